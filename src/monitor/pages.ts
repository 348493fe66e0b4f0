// What /healthz and /metrics say.
import { entityId } from '../entity.ts';
import { messageOf } from '../errors.ts';
import { RelayGauges } from '../metrics/gauges.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { ALARM_KINDS } from './alarms.ts';
import type { MonitorParts } from './parts.ts';
import type { Pages } from './server.ts';
import type { Watch } from './watch.ts';
import { troublesOf } from './well.ts';

const ANSWER_WITHIN_MS = 3_000;
/** Counting a large ledger takes a moment. */
const COUNTED_FOR_MS = 60_000;

export class RelayPages implements Pages {
  private readonly parts: MonitorParts;
  private readonly watch: Watch;
  private readonly gauges: RelayGauges;
  /** Requests to Temporal: they must not outlive their connection. */
  private readonly asking = new Set<Promise<string[]>>();
  private countedAtMs = -Infinity;

  constructor(parts: MonitorParts, watch: Watch) {
    this.parts = parts;
    this.watch = watch;
    this.gauges = new RelayGauges(parts.runtime.metrics.registry);
  }

  /** Whether the process works; with a limit, also whether its feeds are well. */
  async healthz(maxLagSeconds: number | undefined): Promise<{ ok: boolean; body: object }> {
    const { worker, runtime } = this.parts;
    const state = worker.state();
    const feeds = maxLagSeconds === undefined ? [] : runtime.feeds.names().map((feed) => this.watch.presentLook(feed));
    const reasons = [
      ...(state === 'RUNNING' ? [] : [`the worker is ${state}`]),
      ...(await this.storeTrouble()),
      ...(await this.temporalTrouble()),
      ...feeds.flatMap((look) => troublesOf(look, maxLagSeconds).map((trouble) => `${look.feed}: ${trouble}`)),
    ];
    const ok = reasons.length === 0;
    const shown = feeds.map(({ feed, mode, lagSeconds }) => ({ feed, mode, lagSeconds }));
    return { ok, body: { ok, version: packageJson.version, reasons, ...(feeds.length > 0 ? { feeds: shown } : {}) } };
  }

  async metrics(): Promise<{ type: string; text: string }> {
    const { config, runtime, log } = this.parts;
    for (const feed of runtime.feeds.names()) {
      const { source, destination } = config.feeds[feed]!;
      const { mode, lagSeconds } = this.watch.presentLook(feed);
      const alarms = Object.fromEntries(ALARM_KINDS.map((kind) => [kind, this.watch.isFiring(feed, kind) ? 1 : 0]));
      const lastSuccess = this.watch.lastSuccess(feed);
      this.gauges.setFeed({ feed, source, destination, mode, lagSeconds, lastSuccess, alarms });
    }
    // Without the store the rest is still to be seen.
    await this.count().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the store cannot be counted'));
    const { registry } = runtime.metrics;
    return { type: registry.contentType, text: await registry.metrics() };
  }

  /** Until nobody is being asked. */
  async idle(): Promise<void> {
    await Promise.all(this.asking);
  }

  private async count(): Promise<void> {
    if (Date.now() - this.countedAtMs < COUNTED_FOR_MS) return;
    this.countedAtMs = Date.now();
    const { store, feeds } = this.parts.runtime;
    for (const feed of feeds.names()) {
      const [ledger, deadLetters] = [await store.countLedger(feed), await store.countDeadLetters(feed)];
      this.gauges.setCounts(feed, { ledger, deadLetters });
    }
    this.gauges.setStore(await store.sizes());
  }

  private storeTrouble(): Promise<string[]> {
    const { feeds, store } = this.parts.runtime;
    return store.readCheckpoint(entityId(feeds.names()[0]!)).then(
      () => [],
      (error: unknown) => [`the store does not answer: ${messageOf(error)}`],
    );
  }

  private async temporalTrouble(): Promise<string[]> {
    const { connection } = this.parts.client;
    const asking = connection
      .withDeadline(Date.now() + ANSWER_WITHIN_MS, () => connection.workflowService.getSystemInfo({}))
      .then(
        () => [],
        (error: unknown) => [`Temporal does not answer: ${messageOf(error)}`],
      );
    this.asking.add(asking);
    return asking.finally(() => this.asking.delete(asking));
  }
}
