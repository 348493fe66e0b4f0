// A page that cannot be read (one bad value makes MISP answer 500 for ever) must not stop a feed: the limit is halved down to the
// one row, which is set aside while its neighbours go on.
import { type IdWalk, type Progress, type ReaderSettings } from './progress.ts';
import { nextRequest } from './requests.ts';
import type { PassName } from './selectors.ts';
import { addTo } from './walk-by-id.ts';
import { narrow } from './walk-by-key.ts';

const FAILURES_MAX = 3;

/** A row that MISP cannot deliver: it comes right after the id `after` in this second (null: among the new rows, downwards). */
export interface Unreadable {
  pass: PassName;
  second: number | null;
  after: number | null;
  offset: number;
}

export interface GivenUp {
  progress: Progress;
  unreadable: Unreadable | null;
}

/**
 * The request of `before` failed once more while MISP was alive: right after the failure a small search that works succeeded. Without
 * that proof it is an outage: then the caller waits and asks the same again, and never calls this. Three failures start the search
 * for the row, then every failure is a step, and three end it.
 */
export function giveUp(before: Progress, settings: ReaderSettings): GivenUp {
  const { body, pass } = nextRequest(before, settings);
  const { walk } = before;
  const atOneRow = body.limit === 1 && walk.by === 'id';
  const searching = before.limit < settings.pageSize && !atOneRow;
  const failures = before.failures + 1;
  const progress: Progress = { ...before, goodPages: 0, failures };
  if (failures < FAILURES_MAX && !searching) return { progress, unreadable: null };
  progress.failures = 0;
  if (body.limit > 1) return { progress: { ...progress, limit: Math.floor(body.limit / 2) }, unreadable: null };
  if (walk.by === 'key') {
    // Its second is not known yet.
    return { progress: { ...progress, walk: narrow(before, walk) }, unreadable: null };
  }
  const unreadable = { pass, second: walk.second, after: walk.edge, offset: walk.behind };
  return { progress: { ...progress, walk: passOver(walk), limit: settings.pageSize }, unreadable };
}

const passOver = (walk: IdWalk): IdWalk => ({
  ...walk,
  behind: walk.behind + 1,
  wall: walk.behind + 1,
  overlap: 1,
  doubt: true,
  sum: addTo(walk.sum, 7e3 * (walk.edge ?? 1)),
});
