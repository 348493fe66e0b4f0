// A slice of what is live and has expired, found in the ledger: MISP need not be there for it.
import type { Page } from '../src/core/progress.ts';
import type { ActivityContext } from './context.ts';
import type { Deps } from './deps.ts';
import { FeedRemoved } from './errors.ts';
import { packJson, refOf } from './packing.ts';
import { newPage, rowCount } from './stored-page.ts';

export interface ExpireInput {
  feed: string;
  /** The id of the workflow: it owns the page. */
  workflow: string;
}

/** So many go at once: a poll that comes meanwhile waits for them. */
const EXPIRED_MAX = 2_000;

export async function expirePage(
  deps: Deps,
  { feed: name, workflow }: ExpireInput,
  context: ActivityContext,
): Promise<Page> {
  const feed = deps.feeds.get(name);
  if (!feed) throw new FeedRemoved(name);
  const now = Math.floor(deps.nowMs() / 1000);
  const expired = await deps.store.expired(feed.name, now, EXPIRED_MAX);
  const page = { ...newPage(feed.name, true, now), expired };
  const place = { rows: rowCount(page), keys: '', until: now, next: null, cursor: null };
  if (expired.length === 0) return { ref: '', ...place };
  const bytes = await packJson(page);
  const ref = refOf(context.ref, bytes);
  await deps.store.putPage({ ref, owner: workflow, bytes });
  deps.handOver?.give(ref, page);
  return { ref, ...place, ...(expired.length === EXPIRED_MAX ? { expired: true } : {}) };
}
