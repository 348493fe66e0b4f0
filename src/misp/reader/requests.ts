// Which request comes next.
import type { DeletedForm, IdWalk, KeyWalk, Progress, ReaderSettings } from './progress.ts';
import { LAST_SECOND, type PassName, type Selector, selectorAt } from './selectors.ts';

/** The part of a restSearch body that belongs to the reader. Filters and includes are added by the caller. */
export interface Body {
  returnFormat: 'json';
  order: string;
  limit: number;
  page: number;
  timestamp?: number | [number, number];
  event_timestamp?: number;
  publish_timestamp?: number;
  deleted?: DeletedForm;
}

export interface Request {
  pass: PassName;
  body: Body;
}

interface Place {
  limit: number;
  page: number;
}

/** Both ends of a window are inclusive, and a scalar is `>=` (misp-api 2.3). */
export function nextRequest(progress: Progress, settings: ReaderSettings): Request {
  const selector = selectorAt(progress);
  const { walk } = progress;
  const body: Body = { returnFormat: 'json', order: '', limit: progress.limit, page: 1 };
  if (selector.deleted) body.deleted = selector.deleted;
  if (selector.column === 'event_timestamp' || selector.column === 'publish_timestamp') {
    body[selector.column] = selector.from;
  }
  if (walk.by === 'key') {
    const to = endOf(walk, selector);
    body.order = 'timestamp asc,id asc';
    if (to < LAST_SECOND) body.timestamp = [walk.since, to];
    else if (walk.since > 0) body.timestamp = walk.since; // 0 means no condition
  } else {
    body.order = walk.second === null ? 'Attribute.id desc' : 'Attribute.id asc';
    if (walk.second !== null) body.timestamp = [walk.second, walk.second];
    Object.assign(body, pageAt(progress, walk, settings));
  }
  return { pass: selector.pass, body };
}

export const endOf = (walk: KeyWalk, selector: Selector): number =>
  walk.width === null ? selector.to : Math.min(selector.to, walk.since + walk.width);

/** `limit` and `page` are the only way to name an offset. At the start the page may be large; from then on it must be exact. */
function pageAt(progress: Progress, walk: IdWalk, settings: ReaderSettings): Place {
  if (walk.behind === 0) {
    const most = walk.second === null ? newRowsAtMost(progress, walk, settings) : Infinity;
    return { limit: Math.min(progress.limit, most), page: 1 };
  }
  const exact = Math.max(1, Math.min(progress.limit, progress.honoured));
  // An overlap proves itself, and so teaches a larger limit after pages had to be small.
  const daring = progress.answered > progress.honoured ? exact : Math.min(progress.limit, 2 * exact + 1);
  return (walk.overlap > 0 ? pageBehind(walk, daring) : null) ?? pageExactlyAt(walk.behind, exact);
}

/** Ids are never used twice: no more rows than ids can lie between the newest and the one that we read down to. */
const newRowsAtMost = ({ job }: Progress, walk: IdWalk, settings: ReaderSettings): number =>
  walk.peeked && job.kind === 'poll' ? Math.max(settings.firstPage, job.top - job.low + 1) : settings.firstPage;

/** The page that reaches furthest among those that begin on a known row; null when there is none. */
function pageBehind(walk: IdWalk, limitMax: number): Place | null {
  const start = walk.behind - walk.overlap;
  let best: Place | null = null;
  let reach = walk.behind;
  for (let limit = limitMax; limit > 1 && limit * 2 > limitMax; limit--) {
    const page = Math.floor(Math.max(0, start) / limit) + 1;
    if ((page - 1) * limit >= walk.wall && page * limit > reach) {
      best = { limit, page };
      reach = page * limit;
    }
  }
  return best;
}

/** The largest page that begins exactly at an offset: it proves nothing about the place before it. */
function pageExactlyAt(offset: number, limitMax: number): Place {
  let limit = limitMax;
  while (offset % limit !== 0) limit--;
  return { limit, page: offset / limit + 1 };
}
