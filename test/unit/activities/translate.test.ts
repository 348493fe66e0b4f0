// Which rows a shipment calls settled: the dedup window hides those from then on. And what becomes of the shipment before it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import type { Manifest } from '../../../activities/manifest.ts';
import { packJson } from '../../../activities/packing.ts';
import { packPage } from '../../../activities/page-bytes.ts';
import { addRow, keysOf, newPage } from '../../../activities/stored-page.ts';
import { translatePage } from '../../../activities/translate.ts';
import { loadConfig } from '../../../src/config.ts';
import { bitmapOf, isMarked } from '../../../src/core/bitmap.ts';
import type { Shipment } from '../../../src/core/progress.ts';
import { newBatchProgress } from '../../../src/destinations/destination.ts';
import { createLog } from '../../../src/log.ts';
import { parseRow } from '../../../src/misp/schema.ts';
import { identityOf } from '../../../src/records/delivery.ts';
import { createRuntime, every, sleep, type Runtime } from '../../../src/runtime.ts';
import { ClaimLost } from '../../../src/store/store.ts';
import { recordWith, uuidOf } from '../../support/records.ts';
import { rowOf } from '../misp/rows.ts';

const WORKFLOW = 'sync/f';
const NOW = 1_800_000_000;
const { signal } = new AbortController();
let folder: string;
let runtime: Runtime;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'misp-relay-translate-'));
  const path = join(folder, 'relay.yaml');
  writeFileSync(
    path,
    `version: 1
store: 'sqlite::memory:'
sources: { misp: { url: "http://127.0.0.1:1", apiKey: "key" } }
destinations: { out: { type: file, path: "${join(folder, 'out.ndjson')}" } }
feeds: { f: { source: misp, destination: out, since: 0, filter: { types: [ip-dst] } } }
`,
  );
  runtime = await createRuntime(loadConfig({ path, env: {}, cwd: folder }), createLog('silent'));
});
afterEach(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `fresh`: whether the dedup window does not know the row. */
async function translated(rows: { type: string; fresh: boolean }[]): Promise<Shipment> {
  const deps: Deps = { ...runtime, log: createLog('silent'), nowMs: () => NOW * 1000, sleep, every };
  const page = newPage('f', false, NOW);
  rows.forEach(({ type }, n) => {
    const parsed = parseRow(rowOf({ id: String(n + 1), uuid: uuidOf(n + 1), type }));
    if (!parsed.ok) throw new Error(parsed.reason);
    addRow(page, parsed.row, NOW * 1000 + n);
  });
  await deps.store.putPage({ ref: 'page', owner: WORKFLOW, bytes: await packPage(page, []) });
  const place = { until: NOW, next: null, cursor: null };
  const input = {
    feed: 'f',
    workflow: WORKFLOW,
    page: { ref: 'page', rows: rows.length, keys: keysOf(page), ...place },
    fresh: bitmapOf(rows.map(({ fresh }) => fresh)),
  };
  return translatePage(deps, input, { ref: 'translate', signal });
}

it('a row that the filter leaves out is not settled: another filter may let it through', async () => {
  const { settled, counts, records } = await translated([
    { type: 'ip-dst', fresh: true },
    { type: 'domain', fresh: true },
    { type: 'ip-dst', fresh: false },
  ]);
  expect([0, 1, 2].map((n) => isMarked(settled, n))).toEqual([true, false, true]);
  expect(counts).toEqual({ filtered: { type: 1 }, unchanged: 1 });
  expect(records).toBe(1);
});

it('a shipment that was given up is settled first: what may have arrived is in doubt, and nobody can go on with it', async () => {
  const { store } = runtime;
  const record = recordWith({ uuid: uuidOf(99) });
  const { uuid, timestamp } = record;
  const digest = 'ab'.repeat(12);
  const version = { uuid, timestamp, deleted: false, digest, seq: 7, state: 'live' as const, withdrawals: 0 };
  const records = [{ entry: { ...version, identity: identityOf(record) }, letter: null, row: 0 }];
  const manifest: Manifest = { feed: 'f', records, unsent: [], letters: [], rejected: [], resolved: [] };
  await store.putShipment({
    ref: 'given up',
    owner: WORKFLOW,
    feed: 'f',
    page: 'its page',
    generation: await store.generationOf('f'),
    manifest: await packJson(manifest),
    batches: [{ records: 1, body: Buffer.from('unused') }],
  });
  const found = await store.claimShipment('given up', WORKFLOW);
  if (!found || !('claim' in found)) throw new Error('no claim');
  await store.saveBatch(found.claim, 0, { ...newBatchProgress(1), posting: { from: 0, to: 1 }, requests: 1 });

  await translated([{ type: 'ip-dst', fresh: true }]);

  expect((await store.lookUp('f', [uuid])).get(uuid)).toMatchObject({ state: 'live', digest: null, seq: 7 });
  await expect(store.saveBatch(found.claim, 0, newBatchProgress(1))).rejects.toThrow(ClaimLost);
  expect(await store.claimShipment('given up', WORKFLOW)).toBeNull();
});
