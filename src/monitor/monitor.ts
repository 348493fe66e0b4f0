// Watches the feeds of a worker from beside it: nothing here is part of a workflow, and nothing that fails here holds up a feed
// (docs/decisions/0021-watched-from-beside.md). Composition only.
import { messageOf } from '../errors.ts';
import { HttpClient } from '../http.ts';
import { sleep } from '../runtime.ts';
import { RelayPages } from './pages.ts';
import type { MonitorParts } from './parts.ts';
import { PollTeller } from './polls.ts';
import { serveHealth, type HealthServer, type Pages } from './server.ts';
import { Watch } from './watch.ts';
import { Webhook } from './webhook.ts';

export interface RunningMonitor {
  /** Where /healthz and /metrics are; null: nowhere. */
  url: string | null;
  /** What is being told may still arrive, for a moment. After it, nothing uses the store or the connection to Temporal any more. */
  stop(): Promise<void>;
}

const STOP_MS = 1_000;

/** Never throws: a relay that nobody can watch still works. */
export async function startMonitor(parts: MonitorParts): Promise<RunningMonitor> {
  const { config, runtime, worker } = parts;
  const webhook = webhookOf(parts);
  const watch = new Watch(parts, (notice) => webhook?.tell(notice));
  const polls = new PollTeller(parts);
  const pages = new RelayPages(parts, watch);
  runtime.metrics.addProcess();
  worker.onPolled((feed, state) => {
    runtime.metrics.polled(feed);
    watch.remember(feed, state);
    polls.tell(feed, state);
  });
  const server = config.health.address === null ? null : await openServer(parts, pages);
  watch.start();
  return {
    url: server?.url ?? null,
    async stop() {
      const told = new AbortController();
      const telling = Promise.all([polls.idle(), webhook?.idle()]).finally(() => told.abort());
      await Promise.race([telling, sleep(STOP_MS, told.signal).catch(() => {})]);
      await Promise.all([server?.close(), watch.stop(), polls.stop(), webhook?.close()]);
      await pages.idle();
    },
  };
}

function webhookOf({ config, log }: MonitorParts): Webhook | null {
  const { webhook } = config.alerts;
  if (!webhook) return null;
  return new Webhook(webhook, {
    connect: (url, options) => new HttpClient(url, options),
    proxyFor: (url) => config.proxyFor(url),
    log,
    sleep,
  });
}

async function openServer({ config: { health }, log }: MonitorParts, pages: Pages): Promise<HealthServer | null> {
  const { host, port } = health.address!;
  try {
    return await serveHealth({ host, port }, pages);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another process has this port' : messageOf(error);
    log.warn(
      { address: `${host}:${port}`, reason },
      'no /healthz and no /metrics: choose another address (health: { address: "127.0.0.1:9465" }), or health: off',
    );
    return null;
  }
}
