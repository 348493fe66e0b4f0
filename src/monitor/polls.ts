// What is said of a poll that was read to its end: one line in the log, and, where it is wanted, one heartbeat at the destination.
import type { PollReport } from '../core/feed-state.ts';
import { lagOf } from '../core/lag.ts';
import { isoOf } from '../core/times.ts';
import type { Heartbeat } from '../destinations/destination.ts';
import { messageOf } from '../errors.ts';
import type { PolledState } from '../worker.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { MonitorParts } from './parts.ts';

const HEARTBEAT_WITHIN_MS = 10_000;

export class PollTeller {
  private readonly parts: MonitorParts;
  /** Destinations whose last heartbeat failed. */
  private readonly deaf = new Set<string>();
  private readonly beating = new Set<Promise<void>>();
  private readonly stopped = new AbortController();

  constructor(parts: MonitorParts) {
    this.parts = parts;
  }

  tell(feed: string, state: PolledState): void {
    const { poll } = state;
    this.parts.log[changedSomething(poll) ? 'info' : 'debug'](pollFields(feed, poll), 'feed.polled');
    const beat = this.beat(feed, state).finally(() => this.beating.delete(beat));
    this.beating.add(beat);
  }

  /** Until no heartbeat is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.beating);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.idle();
  }

  /** It is not owed: one that fails is a line in the log, a warning the first time. */
  private async beat(feed: string, state: PolledState): Promise<void> {
    const { config, runtime, log } = this.parts;
    const found = runtime.feeds.get(feed);
    if (!found?.destination.heartbeat) return;
    const { destination } = config.feeds[feed]!;
    const signal = AbortSignal.any([AbortSignal.timeout(HEARTBEAT_WITHIN_MS), this.stopped.signal]);
    try {
      const heartbeat = heartbeatOf({
        feed,
        source: found.source.name,
        state,
        lagSeconds: lagOf(state, Math.floor(Date.now() / 1000), 0),
        ledger: await runtime.store.countLedger(feed),
        deadLetters: await runtime.store.countDeadLetters(feed),
      });
      await found.destination.heartbeat(heartbeat, signal);
      this.deaf.delete(destination);
    } catch (error) {
      const level = this.deaf.has(destination) || this.stopped.signal.aborted ? 'debug' : 'warn';
      this.deaf.add(destination);
      log[level]({ feed, destination, reason: messageOf(error) }, 'a heartbeat was not taken');
    }
  }
}

/** A poll that only found what was settled before, or filtered, has changed nothing. */
const changedSomething = ({ confirmed, rejected }: PollReport): boolean => confirmed + rejected > 0;

const filteredIn = ({ filtered }: PollReport): number => Object.values(filtered).reduce((sum, n) => sum + n, 0);
const secondsOf = ({ startedAt, endedAt }: PollReport): number => Math.max(0, (endedAt ?? startedAt) - startedAt);

/** The fields of the line. */
const pollFields = (feed: string, poll: PollReport): Record<string, unknown> => ({
  feed,
  rows: poll.rows,
  delivered: poll.confirmed - poll.withdrawn,
  withdrawn: poll.withdrawn,
  filtered: filteredIn(poll),
  unchanged: poll.unchanged,
  deadLetters: poll.rejected,
  seconds: secondsOf(poll),
});

interface HeartbeatParts {
  feed: string;
  source: string;
  state: PolledState;
  lagSeconds: number;
  ledger: { live: number; withdrawn: number; rejected: number };
  deadLetters: number;
}

const heartbeatOf = ({ state: { mode, poll, totals, cursor }, ...parts }: HeartbeatParts): Heartbeat => ({
  feed: parts.feed,
  misp: parts.source,
  mode,
  polls: totals.polls,
  rows: poll.rows,
  delivered: poll.confirmed - poll.withdrawn,
  withdrawn: poll.withdrawn,
  filtered: filteredIn(poll),
  unchanged: poll.unchanged,
  rejected: poll.rejected,
  seconds: secondsOf(poll),
  lag_seconds: parts.lagSeconds,
  confirmed_until: isoOf(cursor.second),
  ledger_live: parts.ledger.live,
  ledger_withdrawn: parts.ledger.withdrawn,
  dead_letters: parts.deadLetters,
  relay_version: packageJson.version,
});
