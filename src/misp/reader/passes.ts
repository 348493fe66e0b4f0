// The begin of a poll, the end of a pass, and where a feed stands after the last one.
import type { Cursor } from '../../core/cursor.ts';
import type { Answer } from './answers.ts';
import { goOn, keyWalk, type PollJob, type Progress, type ReaderSettings, type Step } from './progress.ts';
import { selectorsOf, windowStart } from './selectors.ts';

/** The first answer of a poll tells MISP's clock and the highest id, before any window is laid. */
export function beginPoll(job: PollJob, answer: Answer, settings: ReaderSettings): PollJob {
  const until = Math.min(job.startedAt, answer.askedAt, answer.date ?? Infinity);
  return {
    ...job,
    until,
    date: answer.date ?? job.startedAt,
    from: windowStart(job.cursor, until, job.startedAt, settings.lookbackSeconds),
    top: answer.rows.reduce((top, row) => Math.max(top, row.id), job.cursor.mark.id),
    low: job.cursor.id ?? 0,
  };
}

export function endPass(progress: Progress, settings: ReaderSettings): Step {
  const next = selectorsOf(progress)[progress.step + 1];
  if (next) {
    const since = next.column === 'timestamp' ? next.from : 0;
    return goOn({ ...progress, step: progress.step + 1, walk: keyWalk(since) });
  }
  const cursor = progress.job.kind === 'poll' ? cursorAfter(progress.job, settings) : null;
  return { progress: null, cursor, doubtful: null };
}

function cursorAfter({ cursor, startedAt, until, date, top, low }: PollJob, settings: ReaderSettings): Cursor {
  const { mark } = cursor;
  const age = Math.min(date - mark.date, startedAt - mark.readAt);
  const ripe = age >= settings.lookbackSeconds;
  const first = cursor.id === null;
  const known = ripe ? Math.max(cursor.id ?? 0, mark.id) : cursor.id;
  return {
    second: until!,
    readAt: startedAt,
    id: first ? low : known,
    mark: first || ripe || age < 0 ? { id: top, date, readAt: startedAt } : mark,
  };
}
