// How MISP is read: which request comes next, and what an answer proves. Pure: no I/O, no clock, no Node.
//
//   request  = nextRequest(progress, settings)
//   outcome  = accept(progress, answer, settings)   an answer that was whole
//   given up = giveUp(progress, settings)           the request failed once more, although MISP is alive
//
// Three rules carry everything else:
//
//   1. One answer is one snapshot. What is proved is only what one answer shows from a place that we have already reached.
//   2. Between seconds we walk by key (always page 1, `since` = last second seen). Offsets are used only inside one second
//      and from the newest id downwards; there each page starts on a row that is known, so that nothing can slip between two pages.
//   3. A page is the last one only when its answer proves that it was not full.
import type { Cursor } from '../core/cursor.ts';
import { type Answer, checkAnswer, isWhole, type Row } from './reader/answers.ts';
import { beginPoll } from './reader/passes.ts';
import type { Progress, ReaderSettings } from './reader/progress.ts';
import { nextRequest } from './reader/requests.ts';
import { acceptId } from './reader/walk-by-id.ts';
import { acceptKey } from './reader/walk-by-key.ts';

export { type Answer, type Row, WrongAnswer } from './reader/answers.ts';
export { type GivenUp, giveUp, type Unreadable } from './reader/give-up.ts';
export { type DeletedForm, type Progress, type ReaderSettings, startBackfill, startPoll } from './reader/progress.ts';
export { type Body, nextRequest, type Request } from './reader/requests.ts';
export type { PassName } from './reader/selectors.ts';

export interface Outcome<R extends Row = Row> {
  rows: R[];
  /** A second (null: the new rows) was left although its readings never agreed: to be counted and shown. */
  doubtful: { second: number | null } | null;
  /** What to do next; null when everything is read. */
  progress: Progress | null;
  /** Set when a poll is read: where the feed stands once all of it is confirmed. */
  cursor: Cursor | null;
}

const GOOD_PAGES = 10;

/** Takes a whole answer to `nextRequest(before)`. Throws `WrongAnswer` when it is not what was asked for. */
export function accept<R extends Row>(before: Progress, answer: Answer<R>, settings: ReaderSettings): Outcome<R> {
  const { body } = nextRequest(before, settings);
  checkAnswer(before, body, answer);
  const { job } = before;
  const progress: Progress = {
    ...before,
    ...grow(before, settings),
    failures: 0,
    // A page of N rows under the effective limit L reports N, or L + 1 when it is full: never more than L + 1 (misp-api 3.3).
    honoured: Math.max(before.honoured, Math.min(body.limit, answer.resultCount - 1)),
    answered: Math.max(before.answered, body.limit),
    job: job.kind === 'poll' && job.until === null ? beginPoll(job, answer, settings) : job,
  };
  const whole = isWhole(progress, body, answer);
  const { walk } = progress;
  const step =
    walk.by === 'key'
      ? acceptKey(progress, walk, answer, whole, settings)
      : acceptId(progress, walk, body, answer, whole, settings);
  return { rows: answer.rows, ...step };
}

function grow(progress: Progress, settings: ReaderSettings): { limit: number; goodPages: number } {
  const goodPages = progress.goodPages + 1;
  if (progress.limit >= settings.pageSize || goodPages < GOOD_PAGES) return { limit: progress.limit, goodPages };
  return { limit: Math.min(settings.pageSize, progress.limit * 2), goodPages: 0 };
}
