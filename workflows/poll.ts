// What a Schedule starts, `poll/<feed>-<time>`: wakes the feed and ends at once.
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { wakeOptions } from './options.ts';

export async function poll(feed: string): Promise<void> {
  const { wake } = proxyActivities<Activities>({ ...wakeOptions, summary: `wakes ${feed}` });
  await wake(feed);
}
