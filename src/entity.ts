// The entity of a feed, seen from outside its workflow.
import type { Client, WorkflowClient } from '@temporalio/client';
import type { Status } from '../workflows/feed.ts';
import { statusQuery } from '../workflows/messages.ts';

const ANSWER_WITHIN_MS = 3_000;

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

/** What a workflow says of itself. Null: there is none, or no worker answers. */
export async function statusOf(client: Client, workflow: string): Promise<Status | null> {
  const handle = client.workflow.getHandle(workflow);
  try {
    return await client.connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () => handle.query(statusQuery));
  } catch {
    return null;
  }
}

/** Whether it can answer for the present: one that has ended still answers, with the state in which it ended. */
export async function isRunning(client: Client, workflow: string): Promise<boolean> {
  const handle = client.workflow.getHandle(workflow);
  try {
    const seen = await client.connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () => handle.describe());
    return seen.status.name === 'RUNNING';
  } catch {
    return false;
  }
}
