// How the progress of a batch changes. Pure: each step gives a new object, so that what was saved last stays what it was.
import type { BatchProgress, Pending, Range } from '../destination.ts';

/** A request was under way when an earlier attempt ended: its outcome is unknown, and it goes again. */
export const resumed = (progress: BatchProgress): BatchProgress =>
  progress.posting === null
    ? progress
    : { ...progress, posting: null, possibleDuplicates: progress.possibleDuplicates + size(progress.posting) };

/** The request is about to be made. It is counted now, since later nobody may be there to do it. */
export const begun = (progress: BatchProgress, range: Range, bytes: number): BatchProgress => ({
  ...progress,
  posting: range,
  requests: progress.requests + 1,
  bytes: progress.bytes + bytes,
});

export interface Outcome {
  range: Range;
  /** Length of the prefix that was taken. */
  taken: number;
  /** `confirmed`, a pending acknowledgement, or `unproved`: it goes again. */
  prefix: 'confirmed' | 'unproved' | Pick<Pending, 'sentAt' | 'handle'>;
  /** The record after the prefix will never be taken. */
  refused?: { code: string; reason: string };
  /** The rest goes again in two halves. */
  split?: { doubtful: boolean };
  /** The rest may have been taken: the next attempt counts it. */
  unknown?: boolean;
}

/** An answer has come. */
export function answered(progress: BatchProgress, outcome: Outcome): BatchProgress {
  const { range, taken, prefix, refused, split, unknown } = outcome;
  const end = range.from + taken;
  const restFrom = refused ? end + 1 : end;
  const rest: Range = { from: restFrom, to: range.to };
  const head: Range = { from: range.from, to: end };
  const again = [...(prefix === 'unproved' ? [head] : []), ...(split ? halves(rest) : [rest])];
  const doubtful = (prefix === 'unproved' ? taken : 0) + (split?.doubtful ? size(rest) : 0);
  return {
    ...progress,
    posting: unknown && size(rest) > 0 ? rest : null,
    todo: [...again, ...withoutHead(progress.todo, range)].filter((each) => size(each) > 0),
    pending: typeof prefix === 'object' && taken > 0 ? [...progress.pending, { ...head, ...prefix }] : progress.pending,
    rejected: refused ? [...progress.rejected, { index: end, ...refused }] : progress.rejected,
    possibleDuplicates: progress.possibleDuplicates + doubtful,
  };
}

/** These acknowledgements came. */
export const confirmed = (progress: BatchProgress, which: (pending: Pending) => boolean): BatchProgress => ({
  ...progress,
  pending: progress.pending.filter((each) => !which(each)),
});

/** These acknowledgements will not come: their records go again. */
export function givenUp(progress: BatchProgress, which: (pending: Pending) => boolean): BatchProgress {
  const lost = progress.pending.filter(which);
  return {
    ...progress,
    pending: progress.pending.filter((each) => !which(each)),
    todo: [...progress.todo, ...lost.map(({ from, to }) => ({ from, to }))].sort((a, b) => a.from - b.from),
    possibleDuplicates: progress.possibleDuplicates + lost.reduce((sum, each) => sum + size(each), 0),
  };
}

export const size = ({ from, to }: Range): number => to - from;

function halves({ from, to }: Range): Range[] {
  const middle = Math.ceil((from + to) / 2);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

const withoutHead = ([first, ...others]: Range[], { to }: Range): Range[] =>
  first === undefined ? [] : [{ from: to, to: first.to }, ...others];
