import type { Feeds } from '../src/feeds.ts';
import type { Logger } from '../src/log.ts';
import type { Store } from '../src/store/store.ts';

/** What the activities are handed. */
export interface Deps {
  store: Store;
  feeds: Feeds;
  log: Logger;
  /** Epoch milliseconds, our clock. */
  nowMs: () => number;
  /** Rejects when the signal is aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Does it again and again, until the returned function is called. */
  every: (ms: number, work: () => void) => () => void;
}
