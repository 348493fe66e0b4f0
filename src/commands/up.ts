// up: everything on one machine: the embedded Temporal server, a worker, the feeds of the config, a live view.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { apply } from '../apply.ts';
import { processEnv, type RelayConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import { createRuntime, type Runtime } from '../runtime.ts';
import { clusterTarget, connectClient, embeddedTarget } from '../temporal.ts';
import { ensureTemporalServer, fromEnvironment, showProgress, type TemporalServer } from '../temporal-server.ts';
import { startWorker, type RunningWorker } from '../worker.ts';
import { lineOf } from './apply.ts';
import { EXIT, openContext, type Connected, type Context, type GlobalOptions } from './context.ts';
import { firstPollLines } from './first-poll.ts';
import { LiveView } from './live-view.ts';
import { feedStatus, linesOf, type FeedStatus } from './status.ts';
import { onStop } from './stop.ts';

interface Options {
  once?: boolean;
  initial?: boolean;
}

const LOOK_MS = 1_000;

export function registerUp(program: Command): void {
  program
    .command('up')
    .option('--once', 'end when every feed has caught up')
    .option('--initial', 'begin with everything that MISP has (since 0), for feeds that are new')
    .description('run everything on this machine: Temporal, a worker, the feeds of the config, a live view')
    .addHelpText('after', '\nExamples:\n  npx misp-relay up\n  npx misp-relay up --once --initial --json')
    .action(run);
}

async function run({ once = false, initial = false }: Options, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>(), { demo: false });
  const config = initial ? withEverything(context.config) : context.config;
  const relay = await startRelay(config, context.log);
  try {
    const known = await apply(relay.client, relay.runtime.store, config, relay.target.taskQueue, {
      moved: [],
      dryRun: false,
    });
    const fresh = known.filter(({ change }) => change === 'new').map(({ feed }) => feed);
    for (const line of [...known.map(lineOf), ...(await firstPollLines(relay.runtime, config, fresh))])
      process.stderr.write(`${line}\n`);
    if (relay.uiUrl) process.stderr.write(`Web UI: ${relay.uiUrl}\n`);
    await (once ? untilCaughtUp(context, relay) : watch(context, relay));
  } finally {
    await relay.stop();
  }
}

const withEverything = (config: RelayConfig): RelayConfig => ({
  ...config,
  feeds: Object.fromEntries(Object.entries(config.feeds).map(([name, feed]) => [name, { ...feed, since: 0 }])),
});

export interface Relay extends Connected {
  runtime: Runtime;
  worker: RunningWorker;
  server: TemporalServer | null;
  /** Finishes what is under way; safe to call twice. */
  stop(): Promise<void>;
}

/** Server (unless the config names one), worker and client. What was started is stopped when a later part fails. */
export async function startRelay(
  config: RelayConfig,
  log: Logger,
  ports?: { port?: number; uiPort?: number },
): Promise<Relay> {
  const runtime = await createRuntime(config, log);
  const closers: (() => Promise<unknown>)[] = [() => runtime.close()];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= closeAll(closers));
  try {
    const server = config.temporal ? null : await startServer(config, log, ports);
    if (server) closers.unshift(() => server.stop());
    const target = config.temporal
      ? clusterTarget(config, config.temporal, processEnv())
      : embeddedTarget(server!.address);
    const client = await connectClient(target);
    closers.unshift(() => client.connection.close());
    const worker = await startWorker(target, runtime, log);
    closers.unshift(() => worker.stop());
    return { runtime, worker, server, client, target, uiUrl: server?.uiUrl ?? null, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function closeAll(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const close of closers) await close().catch(() => {}); // one that fails must not keep the others open
}

async function startServer(
  config: RelayConfig,
  log: Logger,
  ports: { port?: number; uiPort?: number } | undefined,
): Promise<TemporalServer> {
  const progress = showProgress(process.stderr);
  try {
    return await ensureTemporalServer({
      ...fromEnvironment(processEnv()),
      dataDir: config.dataDir,
      ...(ports ? { ports } : {}),
      onProgress: progress.report,
      onEvent: (event) => log.warn({ event }, 'the Temporal server'),
    });
  } finally {
    progress.end();
  }
}

/** Runs until it is stopped. */
async function watch(context: Context, relay: Relay): Promise<void> {
  const view = new LiveView(process.stderr);
  let stopped = false;
  onStop(async () => {
    stopped = true;
    await relay.stop();
  });
  void relay.worker.done.catch(() => {}).finally(() => (stopped = true));
  while (!stopped) {
    const feeds = await statuses(context, relay).catch(() => null);
    if (feeds && !stopped) view.show(feeds);
    await sleep(LOOK_MS);
  }
  await relay.worker.done;
}

/** Ends when every feed is at rest after a whole poll; a feed that is blocked has not caught up. */
async function untilCaughtUp(context: Context, relay: Relay): Promise<void> {
  const view = new LiveView(process.stderr);
  let stopped = false;
  onStop(async () => {
    stopped = true;
    await relay.stop();
  });
  const begun = Date.now();
  let failed = false;
  relay.worker.done.catch(() => (failed = true));
  for (;;) {
    const feeds = await statuses(context, relay).catch((error: unknown) => {
      if (stopped) return [];
      throw error;
    });
    if (failed) await relay.worker.done;
    view.show(feeds);
    const resting = feeds.every(
      ({ mode, state }) =>
        (mode === 'idle' && (state?.totals.polls ?? 0) > 0) || mode === 'blocked' || mode === 'paused',
    );
    if (resting || stopped) {
      const caughtUp = !stopped && feeds.every(({ mode }) => mode === 'idle');
      const seconds = Math.round((Date.now() - begun) / 100) / 10;
      context.answer({ caughtUp, seconds, feeds }, feeds.flatMap(linesOf));
      if (!caughtUp) process.exitCode = EXIT.failed;
      return;
    }
    await sleep(LOOK_MS);
  }
}

const statuses = ({ config }: Context, relay: Relay): Promise<FeedStatus[]> =>
  Promise.all(Object.keys(config.feeds).map((feed) => feedStatus(relay, relay.runtime.store, feed)));
