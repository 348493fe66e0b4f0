// The entity of a feed, `sync/<feed>`: always running, always queryable.
import { ApplicationFailure, continueAsNew } from '@temporalio/workflow';
import type { FeedState } from '../src/core/feed-state.ts';
import { live } from './live.ts';
import { namesForFeeds } from './messages.ts';
import { revived } from './ports.ts';

/** Without a state it goes on from its checkpoint. The window comes last, so that the Web UI shows readable arguments first. */
export async function syncFeed(feed: string, state?: FeedState, window?: Uint8Array): Promise<void> {
  const workflow = `sync/${feed}`;
  const begin = async (): Promise<FeedState> => {
    const found = state ?? (await revived(workflow));
    if (found) return found;
    throw ApplicationFailure.nonRetryable(`the feed ${feed} has no checkpoint: run \`misp-relay apply\``, 'Permanent');
  };
  const { loop, ending } = await live(feed, workflow, namesForFeeds, begin, window);
  if (ending === 'continueAsNew') await continueAsNew<typeof syncFeed>(feed, loop.state, loop.window.bytes());
}
