// What a poll finds out at its end, beside its rows: that something live has expired, and that decay scores must be read again. They fall by
// themselves, and a sighting lifts them without touching any timestamp: so everything that is live is read again, as a backfill.
import type { Backfill } from '../src/core/feed-state.ts';
import type { Page } from '../src/core/progress.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import type { Deps } from './deps.ts';

/** Nothing for a backfill. */
export async function pollEnd(
  deps: Deps,
  { bounds, refreshed }: { bounds: object | null; refreshed?: string | undefined },
  feed: FeedRuntime,
): Promise<Pick<Page, 'expired' | 'refresh'>> {
  if (bounds) return {};
  const now = Math.floor(deps.nowMs() / 1000);
  const expired = await deps.store.expired(feed.name, now, 1);
  const refresh = await refreshOf(deps, feed, refreshed, now);
  return { ...(expired.length > 0 ? { expired: true } : {}), ...(refresh ? { refresh } : {}) };
}

/** The backfill of the period that `now` (epoch seconds) lies in; null when nothing is live, or when `last` is its id. */
async function refreshOf(
  { store }: Deps,
  { name, refreshEvery }: FeedRuntime,
  last: string | undefined,
  now: number,
): Promise<Backfill | null> {
  if (refreshEvery === null) return null;
  const begin = now - (now % refreshEvery);
  const id = `decay-${new Date(begin * 1000).toISOString().slice(0, 16).replace(/[:T]/g, '-')}`;
  if (id === last) return null;
  const since = await store.oldestLive(name);
  return since === null ? null : { id, since: Math.max(0, since), until: now };
}
