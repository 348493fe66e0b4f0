// What a relay that begins today would have put there, and in what it differs from what stands there.
import assert from 'node:assert/strict';
import { outcomeOf } from '../../../src/delivery-of.ts';
import { newCursor } from '../../../src/core/cursor.ts';
import { newBatchProgress } from '../../../src/destinations/destination.ts';
import { readPage } from '../../../src/misp/read-page.ts';
import { startPoll, type Progress } from '../../../src/misp/reader.ts';
import { pageSettingsOf } from '../../../src/misp/settings.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { comparable } from '../../support/comparable.ts';
import { ElasticSink } from './elastic-sink.ts';
import { count } from './tally.ts';
import { FEED, startWorker } from './worker.ts';
import type { World } from './world.ts';

/** Compares the two document by document, as far as the truth owes them. */
export async function likeAFreshLoad(world: World, isOwed: Iterable<{ uuid: string; live: boolean }>): Promise<void> {
  const { sink, clock, tally } = world;
  if (!(sink instanceof ElasticSink)) return;
  const there = sink.documents(clock.ms);
  const fresh = (await freshLoad(world)).documents(clock.ms);
  for (const { uuid, live } of isOwed) {
    if (!live) {
      assert(!there.has(uuid), `${uuid} is gone, and a rule would match it`);
      continue;
    }
    const wanted = fresh.get(uuid);
    assert(wanted, `${uuid} is not in a fresh load`);
    assert.deepEqual(comparable(there.get(uuid)), comparable(wanted), `${uuid} is not as in a fresh load`);
    count(tally, 'documents as in a fresh load');
  }
}

async function freshLoad(world: World): Promise<ElasticSink> {
  const { misp, settings, clock } = world;
  const sink = new ElasticSink(() => clock.ms, settings.sink as 'index', {});
  const store = openSqlite(':memory:', { nowMs: clock.nowMs });
  const { deps } = startWorker({
    ...world.surroundings(),
    sink,
    store,
    serve: (request) => sink.handle(request),
    misp: (request) => misp.handle(request),
    network: { refuses: () => false, slow: () => false },
    storeGate: () => false,
    committed: () => {},
  });
  const feed = deps.feeds.get(FEED)!;
  const { signal } = new AbortController();
  const pages = pageSettingsOf(feed.filter, await feed.source.version(signal), feed.reading);
  const hooks = { now: deps.nowMs, wait: async () => {}, budgetMs: Infinity };
  let seq = 1;
  let progress: Progress | null = startPoll(newCursor(0), world.data.now(), pages);
  while (progress) {
    const page = await readPage(feed.source.client, progress, pages, hooks, signal);
    const observedAt = world.data.now();
    const lines = page.rows.flatMap((row) => {
      const { delivery } = outcomeOf(feed, row, undefined, { seq: seq++, observedAt });
      return delivery ? [feed.destination.encode(delivery, feed.shape)] : [];
    });
    const progressOf = newBatchProgress(lines.length);
    if (lines.length > 0)
      await feed.destination.deliver({ id: '', lines }, progressOf, { signal, save: async () => {} });
    progress = page.progress;
  }
  await store.close();
  return sink;
}
