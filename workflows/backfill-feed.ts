// The same loop over a window of the past, `backfill/<feed>/<id>`: a child of the entity, or started by hand.
import { continueAsNew, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { newBackfillState, type Backfill, type FeedState } from '../src/core/feed-state.ts';
import { live } from './live.ts';
import { namesForBackfills, signalOf } from './messages.ts';
import { backfillId, revived } from './ports.ts';

/** Asked for again, it goes on from its checkpoint; if it was done, it ends at once. */
export async function backfillFeed(
  feed: string,
  asked: Backfill,
  state?: FeedState,
  window?: Uint8Array,
): Promise<void> {
  const workflow = backfillId(feed, asked.id);
  const begin = async (): Promise<FeedState> => state ?? (await revived(workflow)) ?? newBackfillState(asked);
  const { loop, ending } = await live(feed, workflow, namesForBackfills, begin, window);
  if (ending === 'continueAsNew')
    await continueAsNew<typeof backfillFeed>(feed, asked, loop.state, loop.window.bytes());
  if (loop.state.ending) return; // retired: not done
  await getExternalWorkflowHandle(`sync/${feed}`)
    .signal(signalOf('backfillDone'), { id: asked.id })
    .catch((error: unknown) => log.warn('the feed cannot be told that its backfill is done', { error }));
}
