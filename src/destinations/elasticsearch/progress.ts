// How the progress of a batch changes. Pure: each step gives a new object, so that what was saved last stays what it was.
//
// A document has an id, so what goes again lands on itself, or is answered with 409: it is no possible duplicate. It may be there all the
// same, and nobody may forget that, so `posting` stays until everything in it has been answered for.
import type { BatchProgress, Range, Rejection } from '../destination.ts';
import type { Outcome } from './conclusion.ts';

/** The request is about to be made. It is counted now, since later nobody may be there to do it. */
export const begun = (progress: BatchProgress, picked: readonly number[], bytes: number): BatchProgress => ({
  ...progress,
  posting: around([...ends(progress.posting), picked[0]!, picked.at(-1)!]),
  requests: progress.requests + 1,
  bytes: progress.bytes + bytes,
});

/** `doubt`: what was in doubt before the request. `outcomes`: one for each of `picked`. */
export function answered(
  progress: BatchProgress,
  doubt: Range | null,
  picked: readonly number[],
  outcomes: readonly Outcome[],
): BatchProgress {
  const done = new Set<number>();
  const rejected: Rejection[] = [];
  const doubtful: number[] = [];
  outcomes.forEach((outcome, n) => {
    const index = picked[n]!;
    if (outcome.kind === 'taken' || outcome.kind === 'refused') done.add(index);
    if (outcome.kind === 'refused') rejected.push({ index, code: outcome.code, reason: outcome.reason });
    if (outcome.kind === 'again' && outcome.doubtful) doubtful.push(index);
  });
  const todo = without(progress.todo, done);
  return {
    ...progress,
    todo,
    posting: within(todo, around([...ends(doubt), ...doubtful])),
    rejected: [...progress.rejected, ...rejected],
  };
}

/** As it was before a request that was never made, or that took nothing. */
export const settledTo = (progress: BatchProgress, doubt: Range | null): BatchProgress => ({
  ...progress,
  posting: within(progress.todo, doubt),
});

const ends = (range: Range | null): number[] => (range ? [range.from, range.to - 1] : []);

const around = (indexes: readonly number[]): Range | null =>
  indexes.length === 0
    ? null
    : {
        from: indexes.reduce((a, b) => Math.min(a, b)),
        to: indexes.reduce((a, b) => Math.max(a, b)) + 1,
      };

/** A doubt that nothing owed lies in is over. */
const within = (todo: readonly Range[], doubt: Range | null): Range | null =>
  doubt && todo.some(({ from, to }) => from < doubt.to && to > doubt.from) ? doubt : null;

function without(todo: readonly Range[], done: ReadonlySet<number>): Range[] {
  const left: Range[] = [];
  for (const { from, to } of todo) {
    let start = from;
    for (let index = from; index <= to; index++) {
      if (index < to && !done.has(index)) continue;
      if (index > start) left.push({ from: start, to: index });
      start = index + 1;
    }
  }
  return left;
}
