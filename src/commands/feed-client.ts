// Commands to a feed, sent as updates: they are confirmed, or refused with the reason, or said not to be confirmed.
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { entityId, wakeEntity } from '../entity.ts';
import { ConfigError, RetryableError } from '../errors.ts';
import { signalOf, type MessageName } from '../../workflows/messages.ts';
import type { Status } from '../../workflows/feed.ts';
import type { Connected } from './context.ts';

/** Of every command that a feed takes. */
export const QUEUE = ['--queue', 'leave it on the server, where it waits for a worker and survives any crash'] as const;

const CONFIRMED_WITHIN_MS = 10_000;

/** The command reached nobody who could confirm it. */
export class NotConfirmed extends RetryableError {
  constructor(name: string, feed: string) {
    super(
      'NOT_CONFIRMED',
      `${name} was NOT confirmed by the feed ${feed} within ${CONFIRMED_WITHIN_MS / 1000} s: no worker answers. ` +
        'Start a worker and repeat the command, or add --queue: then it waits on the server and survives any crash',
    );
  }
}

/**
 * Sends a command and waits until the feed has taken it. A feed that does not run is woken first. Throws ConfigError when
 * the feed refuses the input, NotConfirmed when no worker answers.
 */
export async function command(
  { client, target }: Connected,
  feed: string,
  name: MessageName,
  input?: object,
): Promise<Status> {
  const handle = client.workflow.getHandle(entityId(feed));
  const send = (): Promise<Status> =>
    client.connection.withDeadline(Date.now() + CONFIRMED_WITHIN_MS, () =>
      handle.executeUpdate<Status, [object]>(name, { args: [input ?? {}] }),
    );
  try {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await wakeEntity(client.workflow, feed, target.taskQueue);
      return await send();
    }
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new ConfigError([error.cause?.message ?? error.message]);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcServiceError(error))
      throw new NotConfirmed(name, feed);
    throw error;
  }
}

/** Leaves the command on the server, where it waits for a worker. A feed that does not run is woken first. */
export async function queue(
  { client, target }: Connected,
  feed: string,
  name: MessageName,
  input?: object,
): Promise<null> {
  const send = (): Promise<void> => client.workflow.getHandle(entityId(feed)).signal(signalOf(name), input);
  try {
    await send();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    await wakeEntity(client.workflow, feed, target.taskQueue);
    await send();
  }
  return null;
}

/** What is being tried again right now, and why the last attempt failed. */
export interface Trouble {
  activity: string;
  attempt: number;
  reason: string;
}

/** Null: nothing has failed, or the feed does not run. */
export async function troubleOf(client: Client, workflow: string): Promise<Trouble | null> {
  const description = await client.workflow
    .getHandle(workflow)
    .describe()
    .catch(() => null);
  for (const { activityType, attempt, lastFailure } of description?.raw.pendingActivities ?? []) {
    if (!lastFailure) continue;
    return { activity: activityType?.name ?? '', attempt: attempt ?? 1, reason: lastFailure.message ?? '' };
  }
  return null;
}
