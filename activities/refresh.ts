// Decay scores fall by themselves, and a sighting lifts them without touching any timestamp: from time to time everything that is live
// is read again for them, as a backfill.
import type { Backfill } from '../src/core/feed-state.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import type { Deps } from './deps.ts';

/** The backfill of the period that `now` (epoch seconds) lies in; null when nothing is live, or when `last` is its id. */
export async function refreshOf(
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
