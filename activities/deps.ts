import type { Counts } from '../src/core/feed-state.ts';
import type { Receipt } from '../src/core/progress.ts';
import type { Feeds } from '../src/feeds.ts';
import type { Logger } from '../src/log.ts';
import type { HandOver } from './hand-over.ts';
import type { Store } from '../src/store/store.ts';

/** What the activities are handed. */
export interface Deps {
  store: Store;
  feeds: Feeds;
  log: Logger;
  /** Left out: every activity reads the store. */
  handOver?: HandOver;
  /** Told of each page once it is settled in the store. */
  committed?: (feed: string, counts: Counts, receipt: Receipt) => void;
  /** Epoch milliseconds, our clock. */
  nowMs: () => number;
  /** Rejects when the signal is aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Does it again and again, until the returned function is called. */
  every: (ms: number, work: () => void) => () => void;
}
