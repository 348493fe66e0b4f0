// The state of one feed, or of one backfill: all that outlives a run, a few KB of JSON. It is also the checkpoint.
// Whatever changes it is a pure function, in operator.ts (commands), progress.ts (polls and pages), backfills.ts and
// checkpoint.ts. Activities use them too, so that the store commits exactly what the feed will hold.
import { begun, newCursor, type Cursor } from './cursor.ts';

export const STATE_VERSION = 1;

/**
 * Where a running poll stands. Only the fetch activity looks into `progress`; null: at the beginning. `until` comes with the
 * first answer.
 */
export interface Reading {
  from: Cursor;
  until: number | null;
  progress: unknown;
}

export type Side = 'source' | 'destination';
export interface Note {
  reason: string;
  /** Epoch seconds. */
  at: number;
}

/** A window of the past, in epoch seconds, both ends inclusive. */
export interface Backfill {
  id: string;
  since: number;
  until: number;
  redeliver?: boolean;
}

/** What a feed tells its running backfills. */
export type Message = { name: 'pause'; reason: string } | { name: 'resume' } | { name: 'poll' } | { name: 'retire' };

/** What became of rows; each row counts in exactly one of these, once for each time that it was read. */
export interface Counts {
  /** By the rule that left them out. */
  filtered: Record<string, number>;
  /** Settled before: by the window or by the ledger. */
  unchanged: number;
}

export interface PollReport extends Counts {
  /** Epoch seconds, our clock. */
  startedAt: number;
  endedAt: number | null;
  pages: number;
  rows: number;
  confirmed: number;
  /** Of the confirmed ones. */
  withdrawn: number;
  rejected: number;
  possibleDuplicates: number;
}

export interface Totals {
  polls: number;
  pages: number;
  rows: number;
  filtered: number;
  confirmed: number;
  withdrawn: number;
  rejected: number;
  possibleDuplicates: number;
  skippedSeconds: number;
}

export interface FeedState {
  v: typeof STATE_VERSION;
  /** Raised by revival: what a lost entity may still write is outdated. */
  life: number;
  /** Raised by reset: the place of a page of an older epoch is void. */
  epoch: number;
  /** Raised by every change that the store must learn of … */
  revision: number;
  /** … and this is the last one that it has learned of. */
  savedRevision: number;
  cursor: Cursor;
  reading: Reading | null;
  /** A backfill's window, which it reads once; null: a feed, which never ends. */
  bounds: { since: number; until: number } | null;
  /** A poll was asked for and has not started; or, while blocked, a try of the page. */
  due: boolean;
  paused: Note | null;
  blocked: (Note & { by: Side }) | null;
  /** Ends at the next page boundary. */
  ending: boolean;
  /** Rows from this second on are to be sent again, and the store does not know it yet. */
  owe: number | null;
  /** Of the running poll, otherwise of the last one. */
  poll: PollReport;
  totals: Totals;
  /** Some of what is live has expired: it is withdrawn when nothing else is due, or before the next try of the source. */
  expiring?: 'when idle' | 'first' | null;
  /** Id of the last backfill for decay scores. */
  refreshed?: string;
  queued: Backfill[];
  running: Backfill[];
  /** For the running backfills; never stored, revival fills it anew. */
  outbox: { id: string; message: Message }[];
  /** The last things that an operator should know: refusals, backfills that died, seconds that were skipped. */
  notes: Note[];
}

export type Change = (state: FeedState) => FeedState;

const NOTES_MAX = 10;
const REASON_CHARACTERS_MAX = 500;

export const newReport = (startedAt: number): PollReport => ({
  startedAt,
  endedAt: null,
  pages: 0,
  rows: 0,
  filtered: {},
  unchanged: 0,
  confirmed: 0,
  withdrawn: 0,
  rejected: 0,
  possibleDuplicates: 0,
});

/** A feed that has read nothing and begins at a second (0: everything). */
export const newState = (since: number): FeedState => ({
  v: STATE_VERSION,
  life: 1,
  epoch: 1,
  revision: 0,
  savedRevision: 0,
  cursor: newCursor(since),
  reading: null,
  bounds: null,
  due: false,
  paused: null,
  blocked: null,
  ending: false,
  owe: null,
  poll: newReport(0),
  totals: {
    polls: 0,
    pages: 0,
    rows: 0,
    filtered: 0,
    confirmed: 0,
    withdrawn: 0,
    rejected: 0,
    possibleDuplicates: 0,
    skippedSeconds: 0,
  },
  queued: [],
  running: [],
  outbox: [],
  notes: [],
});

export const newBackfillState = ({ since, until, redeliver = false }: Backfill): FeedState => {
  const state = newState(since);
  return {
    ...state,
    reading: { from: state.cursor, until, progress: null },
    bounds: { since, until },
    ...(redeliver ? { owe: since, revision: 1 } : {}),
  };
};

/** The store must learn of it. */
export const changed = (state: FeedState): FeedState => ({ ...state, revision: state.revision + 1 });

/** Rows may have been delivered: should this poll begin once more, it must ask for what was deleted meanwhile. */
export const withBegun: Change = (state) => ({
  ...state,
  cursor: begun(state.cursor),
  reading: state.reading && { ...state.reading, from: begun(state.reading.from) },
});

/** Reasons come from outside: an input, an answer. The state stays small. */
export const cut = (reason: string): string => reason.slice(0, REASON_CHARACTERS_MAX);

export const note =
  (reason: string, at: number): Change =>
  (state) => ({ ...state, notes: [...state.notes, { reason: cut(reason), at }].slice(-NOTES_MAX) });
