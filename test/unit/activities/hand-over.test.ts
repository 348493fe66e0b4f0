// A worker hands pages and shipments over to itself, and can always read them from the store instead: both ways do the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { deliverShipment } from '../../../activities/deliver.ts';
import { fetchPage } from '../../../activities/fetch.ts';
import { HandOver } from '../../../activities/hand-over.ts';
import { packJson } from '../../../activities/packing.ts';
import { unpackPage } from '../../../activities/page-bytes.ts';
import type { StoredPage } from '../../../activities/stored-page.ts';
import { translatePage } from '../../../activities/translate.ts';
import { startHec, type RunningHec } from '../../../simulators/hec/server.ts';
import { generate } from '../../../simulators/misp/generator.ts';
import { startMisp, type RunningMisp } from '../../../simulators/misp/server.ts';
import { loadConfig } from '../../../src/config.ts';
import { bitmapOf } from '../../../src/core/bitmap.ts';
import { newCursor } from '../../../src/core/cursor.ts';
import { newState } from '../../../src/core/feed-state.ts';
import type { Page } from '../../../src/core/progress.ts';
import { createLog } from '../../../src/log.ts';
import { createRuntime, every, sleep, type Runtime } from '../../../src/runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'misp-relay-hand-over-'));
const FEED = 'test';
const workflow = `sync/${FEED}`;
const { signal } = new AbortController();
let misp: RunningMisp;
let hec: RunningHec;

beforeAll(async () => {
  const data = generate({ attributes: 1_500 });
  const [first, second] = data.byId.rows();
  first!.override = { type: null }; // cannot be parsed
  second!.override = { value: '"\\u2028 and ünï\\n"' };
  misp = await startMisp({ data });
  hec = await startHec();
});
afterAll(async () => {
  await Promise.all([misp.close(), hec.close()]);
  rmSync(folder, { recursive: true, force: true });
});

type Endpoint = 'attributes' | 'events';

async function withDeps<T>(
  handOver: HandOver | undefined,
  endpoint: Endpoint,
  work: (deps: Deps) => Promise<T>,
): Promise<T> {
  const path = join(folder, 'relay.yaml');
  writeFileSync(
    path,
    `version: 1
store: 'sqlite::memory:'
sources: { misp: { url: "${misp.url}", apiKey: "${misp.key}" } }
destinations: { hec: { type: splunk-hec, url: "${hec.url}", token: "${hec.token}", batchRecords: 100 } }
feeds: { ${FEED}: { source: misp, destination: hec, since: 0, endpoint: ${endpoint}, filter: { maxTlp: off } } }
`,
  );
  const log = createLog('silent');
  const runtime: Runtime = await createRuntime(loadConfig({ path, env: {}, cwd: folder }), log);
  try {
    const { store, feeds } = runtime;
    return await work({ store, feeds, log, nowMs: Date.now, sleep, every, ...(handOver ? { handOver } : {}) });
  } finally {
    await runtime.close();
  }
}

const beginning = { from: newCursor(0), until: null, progress: null };

/** The whole first poll; what it left at the HEC and in the store. */
async function relayed(deps: Deps) {
  hec.hec.store.clear();
  let page: Page | null = null;
  let requests = 0;
  for (let n = 0; page === null || page.next; n++) {
    const fetched: Page = await fetchPage(
      deps,
      { feed: FEED, workflow, reading: page?.next ?? beginning, bounds: null },
      { ref: `fetch ${n}`, signal },
    );
    page = fetched;
    const fresh = bitmapOf(Array.from({ length: fetched.rows }, () => true));
    const input = { feed: FEED, workflow, page: fetched, fresh };
    const shipment = await translatePage(deps, input, { ref: `translate ${n}`, signal });
    const after = { ...newState(0), revision: n + 1 };
    const delivery = { feed: FEED, workflow, page: fetched.ref, shipment, after };
    const receipt = await deliverShipment(deps, delivery, { ref: `deliver ${n}`, signal });
    requests += receipt.requests;
  }
  const letters = await deps.store.listDeadLetters({ feed: FEED });
  const { byUuid, events, duplicates } = hec.hec.truth();
  return {
    requests,
    events,
    duplicates,
    // Batches travel side by side, so the order in which they arrive says nothing.
    attributes: Object.entries(byUuid)
      .map(([uuid, { action, value, delivery_id }]) => ({ uuid, action, value, delivery_id }))
      .sort((a, b) => (a.uuid < b.uuid ? -1 : 1)),
    ledger: await deps.store.countLedger(FEED),
    letters: letters.map(({ ident, digest, code, raw }) => ({ ident, digest, code, raw })),
  };
}

describe.each<Endpoint>(['attributes', 'events'])('the hand-over of %s', (endpoint) => {
  it('delivers the same as the store', async () => {
    const handed = await withDeps(new HandOver(), endpoint, relayed);
    const stored = await withDeps(undefined, endpoint, relayed);
    expect(handed).toEqual(stored);
    expect(handed.attributes.length).toBeGreaterThan(1_400);
    expect(handed.letters).toMatchObject([{ code: 'ROW_MALFORMED' }]);
  });

  it('has the page that the store has, and the form that it had before', async () => {
    const handOver = new HandOver();
    await withDeps(handOver, endpoint, async (deps) => {
      const input = { feed: FEED, workflow, reading: beginning, bounds: null };
      const { ref, rows } = await fetchPage(deps, input, { ref: 'fetch', signal });
      const handed = handOver.take<StoredPage>(ref)!;
      expect(rows).toBe(handed.rows.length + handed.broken.length);
      expect(handed.broken).toHaveLength(1);
      expect(await unpackPage((await deps.store.getPage(ref, workflow))!)).toEqual(handed);
      expect(await unpackPage(await packJson(handed))).toEqual(handed);
    });
  });
});

it('gives once, and holds few', () => {
  const handOver = new HandOver();
  for (let n = 0; n < 6; n++) handOver.give(`ref ${n}`, n);
  expect([0, 1, 2, 3, 4, 5].map((n) => handOver.take(`ref ${n}`))).toEqual([undefined, undefined, 2, 3, 4, 5]);
  expect(handOver.take('ref 5')).toBeUndefined();
});
