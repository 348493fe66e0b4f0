// How polls and pages move the state: the cursor only ever over confirmed work.
import { backfill } from './backfills.ts';
import type { Cursor } from './cursor.ts';
import {
  changed,
  cut,
  newReport,
  withBegun,
  type Backfill,
  type Change,
  type Counts,
  type FeedState,
  type PollReport,
  type Reading,
  type Side,
} from './feed-state.ts';

/** What a fetch answers. The rows themselves lie in the store under `ref`. */
export interface Page {
  ref: string;
  /** How many rows lie there, those that could not be parsed included. */
  rows: number;
  /** One slice for each row that has a key, in order. */
  keys: string;
  /** Epoch seconds on MISP's clock: how far this poll will bring the cursor. */
  until: number;
  /** Where to go on; null: the poll is read … */
  next: Reading | null;
  /** … and this is where the feed stands once all of it is confirmed. */
  cursor: Cursor | null;
  /** With the last page: some of what is live has expired. With a slice of those: there are more. */
  expired?: boolean;
  /** With the last page: everything that is live must be read again for its decay scores. */
  refresh?: Backfill;
}

/** What translate answers. `settled` marks the keys that need nothing more once the receipt is there: all but the filtered ones. */
export interface Shipment {
  ref: string;
  /** Records to be sent; 0 is possible: then only the ledger learns something. */
  records: number;
  settled: string;
  counts: Counts;
}

/** What deliver answers once everything of the shipment is settled and committed. */
export interface Receipt {
  confirmed: number;
  /** Of the confirmed ones. */
  withdrawn: number;
  /** Dead letters. */
  rejected: number;
  requests: number;
  bytes: number;
  possibleDuplicates: number;
}

const CAUSES_MAX = 20;

/**
 * Begins a poll, or goes on with it. A new poll, and the try of a blocked page, take `due`: what is asked for from now on
 * counts for the next.
 */
export const startReading =
  (at: number): Change =>
  (state) => ({
    ...state,
    due: state.reading && !state.blocked ? state.due : false,
    reading: state.reading ?? { from: state.cursor, until: null, progress: null },
    poll: state.reading && state.poll.startedAt > 0 ? state.poll : newReport(at),
  });

/** A page that was read proves the source. */
export const pageRead: Change = (state) => (state.blocked?.by === 'source' ? changed(unblock(state)) : state);

/** A delivery takes a revision of its own for the state that it commits: whatever comes of it, no other state has that number. */
export const startDelivery: Change = (state) => changed(withBegun(state));

/**
 * Past this page, when it is confirmed or has no rows. The cursor moves with the last page of a poll only, and then nothing
 * is left that a destination could refuse. A poll that found nothing need not be saved: a revived feed finds nothing once
 * more.
 */
export const movePast =
  (page: Page, at: number, counts: Counts = { filtered: {}, unchanged: 0 }): Change =>
  (state) => {
    const ended = page.next === null;
    const { poll, totals } = state;
    const rows = poll.rows + page.rows;
    const moved: FeedState = {
      ...(ended ? unblock(state) : state),
      cursor: page.cursor ?? state.cursor,
      reading: page.next,
      poll: {
        ...poll,
        endedAt: ended ? at : null,
        pages: poll.pages + 1,
        rows,
        filtered: sum(poll.filtered, counts.filtered),
        unchanged: poll.unchanged + counts.unchanged,
      },
      totals: {
        ...totals,
        pages: totals.pages + 1,
        rows: totals.rows + page.rows,
        filtered: totals.filtered + Object.values(counts.filtered).reduce((all, n) => all + n, 0),
        polls: totals.polls + (ended ? 1 : 0),
      },
    };
    const matters = rows > 0 || state.blocked !== null;
    return pollEnded(page, at)(page.rows === 0 && ended && matters ? changed(moved) : moved);
  };

/** What the last page of a poll has found out beside its rows. */
const pollEnded =
  ({ next, expired, refresh }: Page, at: number): Change =>
  (state) => {
    if (next !== null || state.bounds) return state;
    const found: FeedState = expired ? { ...state, expiring: state.expiring ?? 'when idle' } : state;
    return refresh ? refreshDue(refresh, at)(found) : found;
  };

/** A first poll has just read everything; and of two refreshes one is enough. */
const refreshDue =
  (refresh: Backfill, at: number): Change =>
  (state) => {
    if (state.refreshed === refresh.id) return state;
    const noted = changed({ ...state, refreshed: refresh.id });
    const isFirst = state.totals.polls <= 1;
    const isUnderWay = [...state.queued, ...state.running].some(({ id }) => id === state.refreshed);
    return isFirst || isUnderWay ? noted : backfill(refresh, at)(noted);
  };

/** A record that was confirmed proves the destination. */
export const count =
  (receipt: Receipt): Change =>
  (state) => ({
    ...(receipt.confirmed > 0 && state.blocked?.by === 'destination' ? unblock(state) : state),
    poll: add(state.poll, receipt),
    totals: add(state.totals, receipt),
  });

/** The page is confirmed, and `after` was committed with it. If a reset came in between, its rows count and its place is void. */
export const pageConfirmed =
  (page: Page, shipment: Shipment, receipt: Receipt, after: FeedState, at: number): Change =>
  (state) => {
    if (state.epoch !== after.epoch) return count(receipt)(state);
    return { ...count(receipt)(movePast(page, at, shipment.counts)(state)), savedRevision: after.revision };
  };

/** A permanent failure. The time of the first one stays. */
export const block =
  (by: Side, reason: string, at: number): Change =>
  (state) =>
    state.blocked?.by === by && state.blocked.reason === cut(reason)
      ? state
      : changed({ ...state, blocked: { by, reason: cut(reason), at: state.blocked?.at ?? at } });

/** Polls that came meanwhile were spent on tries, so one follows. */
function unblock(state: FeedState): FeedState {
  return state.blocked ? { ...state, blocked: null, due: true } : state;
}

function add<T extends Pick<PollReport, 'confirmed' | 'withdrawn' | 'rejected' | 'possibleDuplicates'>>(
  to: T,
  { confirmed, withdrawn, rejected, possibleDuplicates }: Receipt,
): T {
  return {
    ...to,
    confirmed: to.confirmed + confirmed,
    withdrawn: to.withdrawn + withdrawn,
    rejected: to.rejected + rejected,
    possibleDuplicates: to.possibleDuplicates + possibleDuplicates,
  };
}

/** By cause; beyond twenty causes the rest is counted together, so that the state stays small. */
function sum(before: Record<string, number>, more: Record<string, number>): Record<string, number> {
  const all = { ...before };
  for (const [cause, n] of Object.entries(more)) {
    const name = cause in all || Object.keys(all).length < CAUSES_MAX ? cause : 'other rules';
    all[name] = (all[name] ?? 0) + n;
  }
  return all;
}
