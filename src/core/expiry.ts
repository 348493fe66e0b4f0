// What is over is withdrawn in slices, between polls, so that a million at once holds no poll up. While the source does not answer,
// a slice goes before each new try.
import { count, type Page, type Receipt } from './progress.ts';
import type { Change, FeedState } from './feed-state.ts';

/** A source that fails knows nothing of age: what is over goes nevertheless. A backfill leaves that to its feed. */
export const lookForExpired: Change = (state) => (state.bounds ? state : { ...state, expiring: 'first' });

/** When nothing else is due. */
export const expireLater: Change = (state) => ({ ...state, expiring: 'when idle' });

/** Past this slice; after it polls go first again. */
export const moveExpiryPast =
  (page: Page): Change =>
  (state) => ({ ...state, expiring: page.expired ? 'when idle' : null });

/** The slice is confirmed, and `after` was committed with it. */
export const sliceConfirmed =
  (page: Page, receipt: Receipt, after: FeedState): Change =>
  (state) => {
    if (state.epoch !== after.epoch) return count(receipt)(state);
    return { ...count(receipt)(moveExpiryPast(page)(state)), savedRevision: after.revision };
  };
