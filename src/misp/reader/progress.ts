// How far a poll or a backfill has come. Plain JSON of a few hundred bytes: whoever holds it goes on from there after any
// crash, however late. A page that is read twice only brings rows that are known already.
import type { Cursor } from '../../core/cursor.ts';

/** By MISP's version: `'only'` from 2.4.202 / 2.5.4 on, `[0, 1]` before (misp-api 2.4). */
export type DeletedForm = 'only' | [0, 1];

export interface ReaderSettings {
  /** Rows asked for in one page. */
  pageSize: number;
  /** Size of the first page of new rows: an idle poll reads no more of them. */
  firstPage: number;
  lookbackSeconds: number;
  /** Forms of `deleted` to ask in, one set of passes each: more than one when the version of MISP is unknown. */
  deletedForms: DeletedForm[];
}

export interface PollJob {
  kind: 'poll';
  cursor: Cursor;
  /** Our clock at the start, in epoch seconds. */
  startedAt: number;
  /** The lesser of MISP's clock and ours at the first answer; null before it. Only clamps the cursor. */
  until: number | null;
  /** MISP's clock at the first answer. */
  date: number;
  /** Where the time windows start. */
  from: number;
  /** The highest id of the first answer, and the id down to which new rows are read. */
  top: number;
  low: number;
  /** Those of the start: a MISP that is updated meanwhile must not shift the passes. */
  deletedForms: DeletedForm[];
}

/** Both ends are inclusive. */
export interface BackfillJob {
  kind: 'backfill';
  since: number;
  until: number;
}

/** By key over time, page 1 only. A `width` narrows the window to `[since, since + width]`, to get past what cannot be seen or read. */
export interface KeyWalk {
  by: 'key';
  since: number;
  width: number | null;
}

/** By id inside one second (upwards), or over everything from the newest id (downwards, `second` null). */
export interface IdWalk {
  by: 'id';
  second: number | null;
  /** How many raw rows lie behind us, hidden ones too. Never too high unless rows went away. */
  behind: number;
  /** The furthest id up to which nothing is missing. */
  edge: number | null;
  /** By how many rows the next page must overlap what lies behind; 0: it begins exactly there and proves nothing about that place. */
  overlap: number;
  /** The small first page of new rows was not enough. */
  peeked: boolean;
  /** The offset behind the last row that cannot be read: no page may contain it again. */
  wall: number;
  /** A place was crossed without proof: the second is read again until three readings in a row agree. */
  doubt: boolean;
  round: number;
  sum: number;
  sumBefore: number | null;
  /** How many readings in a row agreed with the one before. */
  agreed: number;
}

export type Walk = KeyWalk | IdWalk;

export interface Progress {
  job: PollJob | BackfillJob;
  /** Which selector is being walked. */
  step: number;
  walk: Walk;
  /** What we ask for at most: halved where a page cannot be read, doubled after ten good pages. */
  limit: number;
  goodPages: number;
  /** The largest limit that MISP is known to honour: a role may lower ours without a word (misp-api 3.2). */
  honoured: number;
  /** The largest limit that was answered. Above it nothing is known yet. */
  answered: number;
  /** How often this very request failed in a row while MISP was alive. */
  failures: number;
}

/** Where this reading goes on after an answer, or that it has ended. `cursor` is set when a poll has ended. */
export interface Step {
  progress: Progress | null;
  cursor: Cursor | null;
  /** A second (null: the new rows) was left although its readings never agreed: to be counted and shown. */
  doubtful: { second: number | null } | null;
}

export const goOn = (progress: Progress): Step => ({ progress, cursor: null, doubtful: null });

export const keyWalk = (since: number): KeyWalk => ({ by: 'key', since: Math.max(0, since), width: null });

export const idWalk = (second: number | null): IdWalk => ({
  by: 'id',
  second,
  behind: 0,
  edge: null,
  overlap: 1,
  peeked: false,
  wall: 0,
  doubt: false,
  round: 1,
  sum: 0,
  sumBefore: null,
  agreed: 0,
});

const fresh = (settings: ReaderSettings) => ({
  step: 0,
  limit: settings.pageSize,
  goodPages: 0,
  honoured: 0,
  answered: 0,
  failures: 0,
});

/** A poll from `cursor`; `now` is our clock in epoch seconds. */
export const startPoll = (cursor: Cursor, now: number, settings: ReaderSettings): Progress => ({
  job: {
    kind: 'poll',
    cursor,
    startedAt: now,
    until: null,
    date: 0,
    from: 0,
    top: 0,
    low: 0,
    deletedForms: settings.deletedForms,
  },
  walk: idWalk(null),
  ...fresh(settings),
});

/** The live rows of `[since, until]`, in epoch seconds, by Attribute.timestamp. */
export const startBackfill = (since: number, until: number, settings: ReaderSettings): Progress => ({
  job: { kind: 'backfill', since, until },
  walk: keyWalk(since),
  ...fresh(settings),
});
