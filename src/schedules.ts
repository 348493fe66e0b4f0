// The Schedules of the feeds: `poll/<feed>` each. They are the clock, visible and triggerable in the Web UI.
import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import type { FeedConfig } from './config.ts';

export const INTERVAL_SECONDS = 300;
const CATCH_UP_SECONDS_MIN = 60;
const RUN_TIMEOUT = '2m';

export const scheduleId = (feed: string): string => `poll/${feed}`;

/** How a feed's rhythm is said to a person. */
export const rhythmOf = ({ interval, cron }: FeedConfig): string =>
  cron === undefined ? `every ${interval ?? INTERVAL_SECONDS}s` : `cron "${cron}"`;

/** `owner`: the task queue; a Schedule of another deployment is left alone. */
export function scheduleOf(feed: string, config: FeedConfig, owner: string): ScheduleOptions {
  const seconds = config.interval ?? INTERVAL_SECONDS;
  return {
    scheduleId: scheduleId(feed),
    spec: config.cron === undefined ? { intervals: [{ every: seconds * 1000 }] } : { cronExpressions: [config.cron] },
    action: {
      type: 'startWorkflow',
      workflowType: 'poll',
      workflowId: scheduleId(feed),
      taskQueue: owner,
      args: [feed],
      workflowRunTimeout: RUN_TIMEOUT,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: Math.max(seconds, CATCH_UP_SECONDS_MIN) * 1000 },
    memo: { owner, rhythm: rhythmOf(config) },
  };
}

export type ScheduleChange = 'created' | 'changed' | 'unchanged';

/** Makes Temporal match. A Schedule that an operator paused stays paused. */
export async function putSchedule(client: Client, options: ScheduleOptions): Promise<ScheduleChange> {
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    const { memo, action } = await handle.describe();
    const same =
      memo?.['rhythm'] === options.memo!['rhythm'] &&
      'taskQueue' in action &&
      action.taskQueue === (options.action as { taskQueue?: string }).taskQueue;
    if (same) return 'unchanged';
    // A memo cannot be updated: the Schedule is made anew.
    await handle.delete();
    await client.schedule.create(options);
    return 'changed';
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create(options);
    return 'created';
  }
}

/** The feeds that have a Schedule of this owner. */
export async function scheduledFeeds(client: Client, owner: string): Promise<string[]> {
  const feeds: string[] = [];
  for await (const { scheduleId: id, memo } of client.schedule.list()) {
    if (id.startsWith('poll/') && memo?.['owner'] === owner) feeds.push(id.slice('poll/'.length));
  }
  return feeds.sort();
}
