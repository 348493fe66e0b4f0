// The walk inside one second (upwards) and over the new rows (from the newest id downwards). Here offsets are used, and rows may move
// between two requests: each page overlaps the one before, and counts only if it begins at or before the last id known.
import type { Answer, Row } from './answers.ts';
import { endPass } from './passes.ts';
import {
  goOn,
  idWalk,
  type IdWalk,
  keyWalk,
  type PollJob,
  type Progress,
  type ReaderSettings,
  type Step,
} from './progress.ts';
import type { Body } from './requests.ts';
import { selectorAt } from './selectors.ts';

const ROUNDS_MAX = 7;
/** Two readings that agree are not enough: rows that move may make both miss the same row (1 in 30,000 random histories). */
const AGREEMENTS = 2;
/** Sums of ids stay exact. */
const SUM_MODULUS = 2 ** 50;
export const addTo = (sum: number, more: number): number => (sum + more) % SUM_MODULUS;

/** `whole`: the answer is proved not full. */
export function acceptId(
  progress: Progress,
  walk: IdWalk,
  body: Body,
  answer: Answer,
  whole: boolean,
  settings: ReaderSettings,
): Step {
  const { rows, resultCount } = answer;
  const limit = effectiveLimit(progress, body, answer);
  const offset = limit * (body.page - 1);
  const known = knownTo(walk);
  const proved = body.page === 1 || (rows.length > 0 && known(rows[0]!));
  if (!proved && offset < walk.behind) {
    // Rows went away, or those in the overlap are hidden: begin further back.
    return goOn({ ...progress, walk: { ...walk, overlap: walk.overlap * 2 } });
  }
  const fresh = rows.filter((row) => !known(row));
  // Rows that cannot be counted for sure are not counted: the next page then overlaps more.
  const reached = offset + Math.min(limit, Math.max(rows.length, resultCount - 1));
  const behind = fresh.length === 0 ? Math.max(reached, walk.behind) : reached;
  const next: IdWalk = {
    ...walk,
    doubt: walk.doubt || !proved,
    sum: sumWith(progress, walk, fresh),
    edge: fresh.at(-1)?.id ?? walk.edge,
    behind,
    overlap: fresh.length > 0 || behind > walk.behind ? 1 : 0, // 0: no way forward but over rows that are hidden
  };
  if (walk.second === null) return acceptNew(progress, next, walk, body, answer, whole, settings);
  if (!whole) return goOn({ ...progress, walk: next });
  // The readings must also agree in the number of raw rows: hidden ones may have gone.
  const raw = offset + Math.max(rows.length, resultCount) - (rows.length === 0 ? 1 : 0);
  return endIds(progress, { ...next, sum: next.sum + raw }, settings);
}

/** A role may have lowered ours. */
const effectiveLimit = (progress: Progress, body: Body, answer: Answer): number =>
  answer.resultCount > body.limit ? body.limit : Math.min(body.limit, Math.max(1, progress.honoured));

const knownTo =
  ({ edge, second }: IdWalk) =>
  (row: Row): boolean =>
    edge !== null && (second === null ? row.id >= edge : row.id <= edge);

/** What the readings must agree on: the ids, among the new rows only those that were there at the start. */
function sumWith({ job }: Progress, walk: IdWalk, fresh: Row[]): number {
  const { low, top } = job.kind === 'poll' && walk.second === null ? job : { low: -1, top: Infinity };
  return fresh.reduce((sum, { id }) => (id > low && id <= top ? addTo(sum, id * 1e4) : sum), walk.sum);
}

function acceptNew(
  progress: Progress,
  next: IdWalk,
  walk: IdWalk,
  body: Body,
  { rows }: Answer,
  whole: boolean,
  settings: ReaderSettings,
): Step {
  const job = progress.job as PollJob;
  const lowest = rows.at(-1)?.id;
  if (job.cursor.id === null) {
    // The very first poll knows no id of a lookback ago: the first page that shows rows must do.
    const found = lowest === undefined ? job : { ...job, low: lowest, top: Math.max(job.top, lowest) };
    const after = { ...progress, job: found, walk: next };
    return whole || lowest !== undefined ? endPass(after, settings) : goOn(after);
  }
  if (whole || (lowest !== undefined && lowest <= job.low)) return endIds(progress, next, settings);
  const smallPageWasNotEnough = !walk.peeked && body.page === 1 && body.limit < progress.limit;
  return goOn({ ...progress, walk: smallPageWasNotEnough ? { ...idWalk(null), peeked: true } : next });
}

function endIds(progress: Progress, walk: IdWalk, settings: ReaderSettings): Step {
  const agreed = walk.sum === walk.sumBefore ? walk.agreed + 1 : 0;
  const settled = !walk.doubt || agreed >= AGREEMENTS;
  if (!settled && walk.round < ROUNDS_MAX) {
    const { second, peeked, round, sum } = walk;
    return goOn({ ...progress, walk: { ...idWalk(second), peeked, round: round + 1, sumBefore: sum, agreed } });
  }
  const ends = walk.second === null || walk.second >= selectorAt(progress).to;
  const step = ends ? endPass({ ...progress, walk }, settings) : goOn({ ...progress, walk: keyWalk(walk.second! + 1) }); // the whole second is read: the only + 1
  return settled ? step : { ...step, doubtful: { second: walk.second } };
}
