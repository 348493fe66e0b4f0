// The entity of a feed, seen from outside its workflow.
import type { WorkflowClient } from '@temporalio/client';

export const entityId = (feed: string): string => `sync/${feed}`;

/** Tells the feed to poll. One that does not run is started, and reads its checkpoint by itself. */
export async function wakeEntity(workflows: WorkflowClient, feed: string, taskQueue: string): Promise<void> {
  await workflows.signalWithStart('syncFeed', {
    workflowId: entityId(feed),
    taskQueue,
    args: [feed],
    signal: 'poll',
    signalArgs: [],
    staticSummary: `feed ${feed}`,
  });
}
