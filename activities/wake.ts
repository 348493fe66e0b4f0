// What the Schedule's workflow does: tells the feed to poll, and starts it again if it is lost.
import type { WorkflowClient } from '@temporalio/client';
import { entityId, wakeEntity } from '../src/entity.ts';
import { PermanentError } from '../src/errors.ts';
import type { Deps } from './deps.ts';

/**
 * A lost entity goes on from its last checkpoint, never from zero. Throws PermanentError NO_CHECKPOINT, and starts nothing,
 * when there is none.
 */
export async function wakeFeed(
  { store }: Deps,
  workflows: WorkflowClient,
  taskQueue: string,
  feed: string,
): Promise<void> {
  if (!(await store.readCheckpoint(entityId(feed)))) {
    throw new PermanentError(
      'NO_CHECKPOINT',
      `the feed ${feed} has no checkpoint in this store: run \`misp-relay apply\``,
    );
  }
  await wakeEntity(workflows, feed, taskQueue);
}
