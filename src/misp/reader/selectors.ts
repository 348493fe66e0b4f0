// Which passes a poll makes. No single MISP filter is complete (misp-api 4.2), so several are walked one after the other.
import { isFirst, type Cursor } from '../../core/cursor.ts';
import type { DeletedForm, Progress } from './progress.ts';

export type PassName = 'new' | 'changed' | 'deleted' | 'published';
export type TimeColumn = 'timestamp' | 'event_timestamp' | 'publish_timestamp';

/** One walk with one MISP filter. `from` and `to` are inclusive. */
export interface Selector {
  pass: PassName;
  column: TimeColumn | null;
  from: number;
  to: number;
  deleted?: DeletedForm;
}

/** MISP's column is a signed int; a window up to here has no end, should a row be dated later all the same. */
export const LAST_SECOND = 2 ** 31 - 1;

/**
 * New rows first: the first answer tells `until` and the highest id. Then what changed, what was deleted (object edits delete
 * with the old attribute timestamp, so also by the event's), and what lies in events that were changed or published.
 */
export function selectorsOf({ job }: Progress): Selector[] {
  if (job.kind === 'backfill') return [{ pass: 'changed', column: 'timestamp', from: job.since, to: job.until }];
  const window = (pass: PassName, column: TimeColumn, deleted?: DeletedForm): Selector => ({
    pass,
    column,
    from: job.from,
    to: LAST_SECOND,
    ...(deleted ? { deleted } : {}),
  });
  // Before the first poll nothing was delivered that could have to be withdrawn; after a reset forward something was.
  const deleted = (form: DeletedForm): Selector[] =>
    isFirst(job.cursor)
      ? []
      : [
          window('deleted', 'timestamp', form),
          window('deleted', 'event_timestamp', form),
          window('deleted', 'publish_timestamp', form),
        ];
  // A first poll from 0 has seen every live row in `changed`.
  const ofEvents =
    isFirst(job.cursor) && job.from === 0
      ? []
      : [window('published', 'event_timestamp'), window('published', 'publish_timestamp')];
  return [
    { pass: 'new', column: null, from: 0, to: LAST_SECOND },
    window('changed', 'timestamp'),
    ...job.deletedForms.flatMap(deleted),
    ...ofEvents,
  ];
}

export const selectorAt = (progress: Progress): Selector => selectorsOf(progress)[progress.step]!;

/** The windows start a lookback before the cursor. A clock of MISP that went back takes them along. */
export function windowStart(cursor: Cursor, until: number, startedAt: number, lookbackSeconds: number): number {
  const elapsed = cursor.readAt === null ? 0 : Math.max(0, startedAt - cursor.readAt);
  const lastPoll = cursor.readAt === null ? cursor.second : Math.min(cursor.second, until - elapsed);
  return Math.max(0, lastPoll - lookbackSeconds);
}
