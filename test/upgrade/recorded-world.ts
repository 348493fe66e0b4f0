// The relay whose store and histories are recorded for the upgrade tests: its config, and what each of its feeds is in the middle of.
// bin/record-upgrade.ts plays it with a release, and the tests go on from there with the present code.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Hec } from '../../simulators/hec/hec.ts';
import { Store as HecStore } from '../../simulators/hec/store.ts';

export const MISP_KEY = 'recorded0123456789recorded0123456789test';
export const HEC_TOKEN = '00000000-0000-4000-8000-5ecde7104e11';

/** Each feed has a HEC of its own, of the same name. */
export const FEEDS = {
  delivering: 'its worker was killed while it delivered a page in the middle of its second poll',
  begun: 'its first poll has delivered a page and cannot go on: its HEC is busy',
  paused: 'paused, with a backfill of the time before its `since` in the queue',
  refused: 'its HEC has refused a record: a dead letter',
  idle: 'it has completed two polls and waits',
} as const;
export type FeedName = keyof typeof FEEDS;
export const feedNames = Object.keys(FEEDS) as FeedName[];

export const BACKFILL = 'the-past';
/** One request at a time: what a crash leaves in doubt. */
export const BATCH_RECORDS = 5;
/** Of the HEC of `refused`: one row does not fit. */
export const EVENT_BYTES_MAX = 10_000;

/** What is known of a recording beside its files. */
export interface Recorded {
  version: string;
  commit: string;
  /** Epoch seconds. */
  at: number;
  /** Where `paused` began. */
  pausedSince: number;
}

export interface Addresses {
  misp: string;
  hecs: Record<FeedName, string>;
  /** Left out: the embedded server beside the store. */
  temporal?: { address: string; taskQueue: string };
}

export interface ConfigOptions {
  /** Left out: all. */
  feeds?: readonly FeedName[];
  /** Beside the usual filter of each feed. */
  filter?: object;
}

/** Writes relay.yaml, with the store beside it; answers its path. */
export function writeConfig(
  folder: string,
  { misp, hecs, temporal }: Addresses,
  pausedSince: number,
  { feeds = feedNames, filter = {} }: ConfigOptions = {},
): string {
  const path = join(folder, 'relay.yaml');
  const each = <T>(make: (feed: FeedName) => T): Record<string, T> =>
    Object.fromEntries(feeds.map((feed) => [feed, make(feed)]));
  const config = {
    version: 1,
    store: 'sqlite:./relay.db',
    logLevel: 'warn',
    ...(temporal && { temporal }),
    sources: { misp: { url: misp, apiKey: MISP_KEY, pageSize: 20 } },
    destinations: each((feed) => ({
      type: 'splunk-hec',
      url: hecs[feed],
      token: HEC_TOKEN,
      batchRecords: BATCH_RECORDS,
      concurrency: 1,
    })),
    feeds: each((feed) => ({
      source: 'misp',
      destination: feed,
      interval: '12h', // polls are asked for
      since: feed === 'paused' ? pausedSince : 0,
      filter: { maxTlp: 'off', ...filter },
    })),
  };
  writeFileSync(path, stringify(config));
  return path;
}

/** What a HEC was given, in order, without threat data: delivery_id, uuid, action, attribute_time. */
export type Delivered = [id: string, uuid: string, action: string, attributeTime: number | null][];

export const deliveredTo = (hec: Hec): Delivered =>
  hec.store.events.map(({ fields, event }) => [
    fields!['delivery_id'] as string,
    fields!['misp_uuid'] as string,
    fields!['action'] as string,
    ((event as Record<string, unknown>)['attribute_time'] as number | undefined) ?? null,
  ]);

/** All that was delivered, as one HEC would hold it. */
export function sinkOf(...deliveries: Delivered[]): HecStore {
  const store = new HecStore(false, true);
  for (const [delivery_id, misp_uuid, action, attribute_time] of deliveries.flat()) {
    store.add({ fields: { delivery_id, misp_uuid, action }, event: { attribute_time } });
  }
  return store;
}
