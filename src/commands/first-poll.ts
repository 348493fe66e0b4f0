// What a person should know before the first poll of a feed: how much there is, how much of it is asked for, what will surprise.
import type { RelayConfig } from '../config.ts';
import { isoOf, timeOf } from '../core/times.ts';
import { messageOf } from '../errors.ts';
import type { FeedRuntime } from '../feeds.ts';
import { countMatching } from '../misp/count.ts';
import type { Runtime } from '../runtime.ts';

const COUNT_TIMEOUT_MS = 60_000;
const DAY_SECONDS = 86_400;

/** Lines for a person; a MISP that does not answer is said so, and stops nothing. */
export async function firstPollLines(
  { feeds }: Runtime,
  config: RelayConfig,
  names: readonly string[],
): Promise<string[]> {
  const lines: string[] = [];
  for (const name of names) {
    const feed = feeds.get(name)!;
    try {
      lines.push(...(await linesOf(feed, config)));
    } catch (error) {
      lines.push(`${name}: how much matches is not known yet: ${messageOf(error)}`);
    }
  }
  // Once for each destination: they say nothing of a feed.
  const destinations = new Set(names.map((name) => feeds.get(name)!.destination));
  return [...lines, ...[...destinations].flatMap((destination) => destination.hints?.() ?? [])];
}

async function linesOf(feed: FeedRuntime, { feeds }: RelayConfig): Promise<string[]> {
  const signal = AbortSignal.timeout(COUNT_TIMEOUT_MS);
  const given = feeds[feed.name]!.since;
  const since = timeOf(given, Math.floor(Date.now() / 1000))!;
  const all = await countMatching(feed.source.client, feed.filter, 0, signal);
  const inside = since === 0 ? all : await countMatching(feed.source.client, feed.filter, since, signal);
  const about = all.atMost ? 'at most ' : '';
  const lines = [
    `${feed.name}: ${about}${all.count} attributes match in MISP, ${about}${inside.count} of them since ${since === 0 ? 'the beginning' : isoOf(since)}`,
  ];
  if (inside.count < all.count) {
    lines.push(
      `${feed.name}: for the older ${all.count - inside.count}: npx misp-relay backfill ${feed.name} --since 0 --until ${isoOf(since)}`,
    );
  }
  if (inside.count === 0) {
    const newest =
      all.newest === null
        ? 'there is none at all: is the filter, or the role of the key, too narrow?'
        : `the newest one that matches is of ${isoOf(all.newest)}`;
    lines.push(`${feed.name}: nothing lies inside since; ${newest}`);
  }
  return [...lines, ...(await tooOld(feed, since, inside.count, signal))];
}

/** How many will be older than what the destination commonly keeps: a copy that vanishes is no copy. */
async function tooOld(
  { name, source, filter, destination }: FeedRuntime,
  since: number,
  inside: number,
  signal: AbortSignal,
): Promise<string[]> {
  const now = Math.floor(Date.now() / 1000);
  const ages = (destination.retentionDays ?? []).filter((days) => now - days * DAY_SECONDS > since && inside > 0);
  const lines: string[] = [];
  for (const days of ages) {
    const young = await countMatching(source.client, filter, now - days * DAY_SECONDS, signal);
    const old = inside - young.count;
    if (old > 0)
      lines.push(`${name}: ${old} of them are older than ${days} days: an index that keeps less deletes them again`);
  }
  return lines;
}
