// Looks at the feeds every few seconds: what is wrong is told, and what was seen is kept for whoever asks.
import { lastSuccessOf } from '../core/lag.ts';
import { messageOf } from '../errors.ts';
import { sleep } from '../runtime.ts';
import { Alarms, type AlarmKind, type Notice } from './alarms.ts';
import { lookAt, type FeedLook } from './look.ts';
import type { MonitorParts } from './parts.ts';

const LOOK_MS = 5_000;

interface Look extends FeedLook {
  atMs: number;
}
type Lag = Pick<Look, 'lagSeconds' | 'atMs'>;

export class Watch {
  private readonly parts: MonitorParts;
  private readonly told: (notice: Notice) => void;
  private readonly alarms: Alarms;
  private readonly looks = new Map<string, Look>();
  /** As the workflow said it last. */
  private readonly lags = new Map<string, Lag>();
  private readonly succeeded = new Map<string, number>();
  private readonly startedMs = Date.now();
  private readonly stopped = new AbortController();
  private watching: Promise<void> | null = null;

  constructor(parts: MonitorParts, told: (notice: Notice) => void) {
    const { maxLag, repeat } = parts.config.alerts;
    this.parts = parts;
    this.told = told;
    this.alarms = new Alarms({ maxLagSeconds: maxLag, repeatSeconds: repeat });
  }

  start(): void {
    this.watching = this.watch();
  }

  /** A look that is under way ends first: its queries would outlive their connection. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.watching;
  }

  /** The last look, with the lag of this moment. */
  presentLook(feed: string): FeedLook {
    const look = this.looks.get(feed);
    if (!look) return { feed, mode: 'starting', state: null, lagSeconds: null };
    return { ...look, lagSeconds: lagAt(look, Date.now()) };
  }

  isFiring(feed: string, kind: AlarmKind): boolean {
    return this.alarms.isFiring(feed, kind);
  }

  /** Epoch seconds; null: none is known. */
  lastSuccess(feed: string): number | null {
    return this.succeeded.get(feed) ?? null;
  }

  remember(feed: string, state: Parameters<typeof lastSuccessOf>[0]): void {
    const at = lastSuccessOf(state);
    if (at !== null) this.succeeded.set(feed, Math.max(at, this.succeeded.get(feed) ?? 0));
  }

  private async watch(): Promise<void> {
    const { runtime, worker, lookMs = LOOK_MS } = this.parts;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      // One that is ending answers nobody, and says nothing of its feeds.
      if (worker.state() === 'RUNNING') await Promise.all(runtime.feeds.names().map((feed) => this.lookAt(feed)));
      await sleep(lookMs, signal).catch(() => {});
    }
  }

  private async lookAt(feed: string): Promise<void> {
    const { client, runtime, worker, log } = this.parts;
    try {
      const look = this.refined(await lookAt(client, runtime.store, feed));
      if (worker.state() !== 'RUNNING') return;
      this.looks.set(feed, look);
      if (look.state) this.remember(feed, look.state);
      for (const notice of this.alarms.take(look, Math.floor(Date.now() / 1000))) this.tell(notice);
    } catch (error) {
      log.debug({ feed, reason: messageOf(error) }, 'a feed could not be looked at');
    }
  }

  /** The lag of a checkpoint may be far too long: before there is an alarm, it must have grown while we looked. */
  private refined(look: FeedLook): Look {
    const atMs = Date.now();
    const { feed, mode, lagSeconds } = look;
    if (mode !== 'not running') {
      if (lagSeconds !== null) this.lags.set(feed, { lagSeconds, atMs });
      return { ...look, atMs };
    }
    const grown = lagAt(this.lags.get(feed) ?? { lagSeconds: 0, atMs: this.startedMs }, atMs);
    return { ...look, lagSeconds: Math.min(lagSeconds ?? Infinity, grown!), atMs };
  }

  /** `feed.blocked` and `feed.stalled` are the workflow's own lines. */
  private tell(notice: Notice): void {
    const { feed, kind, status, reason, since, again } = notice;
    if (status === 'resolved') this.parts.log.info({ feed, kind, since }, 'feed.recovered');
    else if (kind === 'lagging' && !again) this.parts.log.error({ feed, reason, since }, 'feed.lagging');
    this.told(notice);
  }
}

const lagAt = ({ lagSeconds, atMs }: Lag, nowMs: number): number | null =>
  lagSeconds === null ? null : lagSeconds + Math.floor((nowMs - atMs) / 1000);
