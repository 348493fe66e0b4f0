// A feed as it is now: what its workflow says, or, when it says nothing, what its checkpoint holds.
import type { Client } from '@temporalio/client';
import type { Status } from '../../workflows/feed.ts';
import { lagOf } from '../core/lag.ts';
import { entityId, isRunning, statusOf } from '../entity.ts';
import type { Store } from '../store/store.ts';

export interface FeedLook {
  feed: string;
  /** `not running`: it has ended, or no worker answers, and the state is that of its checkpoint. `unknown`: it has none. */
  mode: Status['mode'] | 'not running' | 'unknown';
  state: Omit<Status, 'mode' | 'outbox'> | null;
  /**
   * Seconds between MISP's clock and the second up to which all is confirmed; before the first whole poll, since it began. Of a feed that
   * is not running it is at most this: a checkpoint does not know of polls that found nothing. Null: not known.
   */
  lagSeconds: number | null;
}

/** Reads only. Throws when the store does not answer. */
export async function lookAt(client: Client, store: Store, feed: string): Promise<FeedLook> {
  const id = entityId(feed);
  const answered = (await isRunning(client, id)) ? await statusOf(client, id) : null;
  const kept = answered ?? (await store.readCheckpoint(id));
  if (!kept) return { feed, mode: 'unknown', state: null, lagSeconds: null };
  const { outbox: _, ...rest } = kept;
  const now = Math.floor(Date.now() / 1000);
  const begun = kept.totals.polls > 0 || kept.poll.startedAt > 0;
  const madeAt = begun ? now : ((await store.listCheckpoints()).find((each) => each.id === id)?.at ?? now);
  return {
    feed,
    mode: answered ? answered.mode : 'not running',
    state: rest,
    lagSeconds: answered?.mode === 'starting' ? null : lagOf(kept, now, madeAt), // then its state is not there yet
  };
}
