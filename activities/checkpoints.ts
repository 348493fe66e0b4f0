// Activities on the store alone: checkpoints, and the sweep.
import type { FeedState } from '../src/core/feed-state.ts';
import { settleAbandoned } from './abandoned.ts';
import type { Deps } from './deps.ts';

/** What nobody has touched for so long belongs to nobody. */
const UNTOUCHED_SECONDS_MAX = 7 * 86_400;

/** Only ever fails retryably: a store that cannot be written now is waited for. */
export async function saveCheckpoint({ store }: Deps, feed: string, workflow: string, state: FeedState): Promise<void> {
  await store.saveCheckpoint(workflow, feed, state);
}

/** Null: there is none, so this workflow has never run. */
export const reviveCheckpoint = ({ store }: Deps, workflow: string): Promise<FeedState | null> =>
  store.reviveCheckpoint(workflow);

export async function sweepStore(deps: Deps): Promise<void> {
  const { store, nowMs, log } = deps;
  const before = Math.floor(nowMs() / 1000) - UNTOUCHED_SECONDS_MAX;
  await settleAbandoned(deps, { before });
  const swept = await store.sweep(before);
  if (swept.pages + swept.shipments > 0) log.info(swept, 'swept the store');
}
