// Makes Temporal and the store match the config: checkpoints, Schedules, entities. Safe to repeat.
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import type { RelayConfig } from './config.ts';
import { newState } from './core/feed-state.ts';
import { isoOf, timeOf } from './core/times.ts';
import { entityId, wakeEntity } from './entity.ts';
import { ConfigError } from './errors.ts';
import { putSchedule, rhythmOf, scheduledFeeds, scheduleId, scheduleOf } from './schedules.ts';
import type { Store } from './store/store.ts';

const RETIRED_LOOKS_MAX = 40;
const RETIRED_LOOK_MS = 250;

export interface Applied {
  feed: string;
  /** `new`: its first checkpoint was written. */
  change: 'new' | 'renamed' | 'changed' | 'unchanged' | 'removed';
  detail: string;
}

export interface ApplyOptions {
  /** Sources that are the same MISP under a new URL. */
  moved: readonly string[];
  /** Says what would be done. */
  dryRun: boolean;
}

/** Throws ConfigError when another MISP stands behind the name of a source; then nothing has been changed. */
export async function apply(
  client: Client,
  store: Store,
  config: RelayConfig,
  owner: string,
  options: ApplyOptions,
): Promise<Applied[]> {
  await checkSources(store, config, options.moved);
  const applied: Applied[] = [];
  const scheduled = await scheduledFeeds(client, owner);
  const renamed = new Map(
    Object.entries(config.feeds).flatMap(([name, { renamedFrom }]) =>
      renamedFrom === undefined ? [] : [[renamedFrom, name]],
    ),
  );
  for (const feed of scheduled.filter((name) => !(name in config.feeds))) {
    const to = renamed.get(feed);
    if (!options.dryRun) await retire(client, feed, to !== undefined);
    if (to === undefined)
      applied.push({
        feed,
        change: 'removed',
        detail: 'its Schedule is deleted and it is retired; what was delivered stays',
      });
  }
  for (const feed of Object.keys(config.feeds)) {
    applied.push(options.dryRun ? await plan(store, feed, config) : await put(client, store, feed, config, owner));
    if (!options.dryRun) await wakeEntity(client.workflow, feed, owner); // not at the next tick
  }
  if (!options.dryRun)
    for (const [name, { url }] of Object.entries(config.sources)) await store.setSourceIdentity(name, url);
  return applied;
}

async function checkSources(
  store: Store,
  { sources, name: file }: RelayConfig,
  moved: readonly string[],
): Promise<void> {
  const lines = moved
    .filter((name) => !(name in sources))
    .map((name) => `--moved ${name}: there is no source ${name}; the config has: ${Object.keys(sources).join(', ')}`);
  for (const [name, { url }] of Object.entries(sources)) {
    const known = await store.getSourceIdentity(name);
    if (known === null || known === url || moved.includes(name)) continue;
    lines.push(
      `${file}: sources.${name}.url: the cursors and the ledger of ${name} belong to ${known}. For another MISP choose another name; ` +
        `for the same MISP at a new address run: misp-relay apply --moved ${name}`,
    );
  }
  if (lines.length > 0) throw new ConfigError(lines);
}

async function plan(store: Store, feed: string, { feeds }: RelayConfig): Promise<Applied> {
  const known = await store.readCheckpoint(entityId(feed));
  return { feed, change: known ? 'unchanged' : 'new', detail: rhythmOf(feeds[feed]!) };
}

async function put(
  client: Client,
  store: Store,
  feed: string,
  { feeds }: RelayConfig,
  owner: string,
): Promise<Applied> {
  const config = feeds[feed]!;
  const renamed = config.renamedFrom !== undefined && (await store.renameFeed(config.renamedFrom, feed));
  const since = timeOf(config.since, Math.floor(Date.now() / 1000))!;
  const created = await store.createCheckpoint(entityId(feed), feed, newState(since));
  const schedule = await putSchedule(client, scheduleOf(feed, config, owner));
  const rhythm = rhythmOf(config);
  if (created)
    return { feed, change: 'new', detail: `${rhythm}, from ${since === 0 ? 'the beginning' : isoOf(since)}` };
  if (renamed) return { feed, change: 'renamed', detail: `${rhythm}, goes on where ${config.renamedFrom} was` };
  return { feed, change: schedule === 'unchanged' ? 'unchanged' : 'changed', detail: rhythm };
}

/**
 * Its backfills end too; should the feed come back, all go on from their checkpoints. `wait`: until it has saved its last state,
 * which goes on under another name; without a worker the last checkpoint must do.
 */
async function retire(client: Client, feed: string, wait: boolean): Promise<void> {
  await client.schedule.getHandle(scheduleId(feed)).delete();
  const handle = client.workflow.getHandle(entityId(feed));
  try {
    await handle.signal('retire');
    for (let looks = 0; wait && looks < RETIRED_LOOKS_MAX; looks++) {
      if ((await handle.describe()).status.name !== 'RUNNING') return;
      await sleep(RETIRED_LOOK_MS);
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
