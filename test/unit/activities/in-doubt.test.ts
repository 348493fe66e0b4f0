// What may have arrived without a proof is known as such: whatever becomes of its row, the destination learns it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settleAbandoned } from '../../../activities/abandoned.ts';
import { deliverShipment } from '../../../activities/deliver.ts';
import type { Deps } from '../../../activities/deps.ts';
import { fetchPage } from '../../../activities/fetch.ts';
import type { Manifest } from '../../../activities/manifest.ts';
import { unpackText } from '../../../activities/packing.ts';
import { RawRows, settlementOf } from '../../../activities/settlement.ts';
import { translatePage } from '../../../activities/translate.ts';
import { startHec, type RunningHec } from '../../../simulators/hec/server.ts';
import { MispData } from '../../../simulators/misp/data.ts';
import type { Row } from '../../../simulators/misp/model.ts';
import { startMisp, type RunningMisp } from '../../../simulators/misp/server.ts';
import { loadConfig } from '../../../src/config.ts';
import { bitmapOf } from '../../../src/core/bitmap.ts';
import { begun, newCursor } from '../../../src/core/cursor.ts';
import { newState } from '../../../src/core/feed-state.ts';
import type { Page, Shipment } from '../../../src/core/progress.ts';
import { newBatchProgress } from '../../../src/destinations/destination.ts';
import { RetryableError } from '../../../src/errors.ts';
import { createLog } from '../../../src/log.ts';
import { createRuntime, every, sleep, type Runtime } from '../../../src/runtime.ts';

const FEED = 'test';
const MAIN = `sync/${FEED}`;
const BACKFILL = `backfill/${FEED}/b`;
const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'misp-relay-in-doubt-'));
let misp: RunningMisp;
let hec: RunningHec;
let runtime: Runtime;
let deps: Deps;
let row: Row;
let activities = 0;

beforeEach(async () => {
  const data = new MispData();
  row = data.insertAttribute(data.insertEvent(), { type: 'domain', value: 'evil.example.com' });
  misp = await startMisp({ data });
  hec = await startHec({ keepEvents: true });
  const path = join(folder, 'relay.yaml');
  writeFileSync(
    path,
    `version: 1
store: 'sqlite::memory:'
sources: { misp: { url: "${misp.url}", apiKey: "${misp.key}" } }
destinations: { hec: { type: splunk-hec, url: "${hec.url}", token: "${hec.token}" } }
feeds: { ${FEED}: { source: misp, destination: hec, since: 0, filter: { maxTlp: off } } }
`,
  );
  const log = createLog('silent');
  runtime = await createRuntime(loadConfig({ path, env: {}, cwd: folder }), log);
  deps = { store: runtime.store, feeds: runtime.feeds, log, nowMs: Date.now, sleep, every };
});
afterEach(async () => {
  await Promise.all([runtime.close(), misp.close(), hec.close()]);
  rmSync(join(folder, 'relay.yaml'));
});

const context = () => ({ ref: `run/${++activities}`, signal });

/** A poll that asks for deletions too. */
async function made(workflow: string): Promise<{ page: Page; shipment: Shipment }> {
  const bounds = workflow === MAIN ? null : { since: 0, until: 4e9 };
  const reading = { from: begun(newCursor(0)), until: bounds?.until ?? null, progress: null };
  const page = await fetchPage(deps, { feed: FEED, workflow, reading, bounds }, context());
  const fresh = bitmapOf(Array.from({ length: page.rows }, () => true));
  return { page, shipment: await translatePage(deps, { feed: FEED, workflow, page, fresh }, context()) };
}

const delivered = async (workflow: string, { page, shipment }: { page: Page; shipment: Shipment }) =>
  deliverShipment(
    deps,
    { feed: FEED, workflow, page: page.ref, shipment, after: { ...newState(0), revision: ++activities } },
    context(),
  );

const atHec = () => {
  const events = hec.hec.store.events.map(({ event }) => event as { uuid: string; action: string; seq: number });
  return events.filter(({ uuid }) => uuid === row.uuid).sort((a, b) => b.seq - a.seq);
};

describe('a record in doubt', () => {
  it('is withdrawn when it is deleted before the delivery is tried again', async () => {
    hec.hec.fail('drop after taking', { next: 1 });
    await expect(delivered(MAIN, await made(MAIN))).rejects.toThrow();
    expect(atHec()).toMatchObject([{ action: 'upsert' }]);
    misp.data.deleteAttribute(row);
    await delivered(MAIN, await made(MAIN));
    expect(atHec()[0]).toMatchObject({ action: 'withdraw' });
    expect(await deps.store.countLedger(FEED)).toEqual({ live: 0, withdrawn: 1, rejected: 0 });
  });

  it('is withdrawn when its worker died without a word, and its workflow was lost', async () => {
    const { shipment } = await made(MAIN);
    const found = await deps.store.claimShipment(shipment.ref, MAIN);
    if (!found || 'receipt' in found) throw new Error('it is there');
    const lines = (await unpackText(await deps.store.readBatch(found.claim, 0))).split('\n');
    const save = (progress: ReturnType<typeof newBatchProgress>) => deps.store.saveBatch(found.claim, 0, progress);
    const { destination } = deps.feeds.get(FEED)!;
    await destination.deliver({ id: 'batch', lines }, newBatchProgress(lines.length), { save, signal });
    misp.data.deleteAttribute(row);
    await delivered(MAIN, await made(MAIN));
    expect(atHec()[0]).toMatchObject({ action: 'withdraw' });
    expect(await deps.store.unfinishedShipments({ owner: MAIN })).toEqual([]);
  });

  it('is not forgotten when the store fails as it is settled', async () => {
    const { shipment } = await made(MAIN);
    await deps.store.claimShipment(shipment.ref, MAIN);
    const locked = new RetryableError('STORE_LOCKED', 'the store is locked');
    const failing = Object.assign(Object.create(deps.store) as Deps['store'], {
      settlePart: () => Promise.reject(locked),
    });
    await expect(settleAbandoned({ ...deps, store: failing }, { owner: MAIN })).rejects.toBe(locked);
    expect(await deps.store.unfinishedShipments({ owner: MAIN })).toMatchObject([{ ref: shipment.ref }]);
    await settleAbandoned(deps, { owner: MAIN });
    expect(await deps.store.unfinishedShipments({ owner: MAIN })).toEqual([]);
  });

  it('is sent again when it is still there, under the same delivery_id', async () => {
    hec.hec.fail('drop after taking', { next: 1 });
    await expect(delivered(MAIN, await made(MAIN))).rejects.toThrow();
    await delivered(MAIN, await made(MAIN));
    expect(hec.hec.counts()).toMatchObject({ events: 2, deliveries: 1 });
    expect(await deps.store.countLedger(FEED)).toEqual({ live: 1, withdrawn: 0, rejected: 0 });
  });

  it('is not made of what was never sent', async () => {
    hec.hec.switches.token = 'disabled';
    await expect(delivered(MAIN, await made(MAIN))).rejects.toThrow();
    hec.hec.switches.token = 'valid';
    expect(hec.hec.counts().events).toBe(0);
  });
});

describe('a version that another workflow has on its way', () => {
  it('is withdrawn when it is deleted meanwhile, although the ledger does not know it', async () => {
    const late = await made(BACKFILL);
    misp.data.deleteAttribute(row);
    await delivered(MAIN, await made(MAIN));
    await delivered(BACKFILL, late);
    expect(atHec()).toMatchObject([{ action: 'withdraw' }, { action: 'upsert' }]);
    expect(await deps.store.countLedger(FEED)).toEqual({ live: 0, withdrawn: 1, rejected: 0 });
  });

  it('is withdrawn by the next poll when it was on nobody’s way yet', async () => {
    const page = await fetchPage(
      deps,
      {
        feed: FEED,
        workflow: BACKFILL,
        reading: { from: newCursor(0), until: 4e9, progress: null },
        bounds: { since: 0, until: 4e9 },
      },
      context(),
    );
    const input = { feed: FEED, workflow: BACKFILL, page, fresh: bitmapOf([true]) };
    const shipment = await translatePage(deps, input, context());
    // As if its look at the ledger and its shipment had stood on both sides of a whole poll.
    const manifests = await deps.store.manifestsUnderWay(FEED, MAIN);
    expect(manifests).toHaveLength(1);
    deps = {
      ...deps,
      store: Object.assign(Object.create(deps.store) as Deps['store'], { manifestsUnderWay: async () => [] }),
    };
    misp.data.deleteAttribute(row);
    await delivered(MAIN, await made(MAIN));
    expect(atHec()).toEqual([]);
    await delivered(BACKFILL, { page, shipment });
    expect(atHec()).toMatchObject([{ action: 'upsert' }]);
    await delivered(MAIN, await made(MAIN));
    expect(atHec()[0]).toMatchObject({ action: 'withdraw' });
  });
});

it('what rests on a record that is owed is not settled without it', async () => {
  const entry = (seq: number) => ({ uuid: 'u', seq, state: 'withdrawn', digest: 'd' }) as Manifest['unsent'][number];
  const manifest: Manifest = {
    feed: FEED,
    records: [{ entry: entry(1), letter: null, row: 0 }],
    unsent: [entry(2)],
    letters: [],
    rejected: [],
    resolved: [],
  };
  const raw = new RawRows(deps.store, { ref: 'none', owner: MAIN });
  const owed = [{ records: 1, progress: newBatchProgress(1) }];
  expect((await settlementOf(manifest, owed, raw)).entries).toEqual([]);
  const done = [{ records: 1, progress: { ...newBatchProgress(1), todo: [] } }];
  expect((await settlementOf(manifest, done, raw)).entries.map(({ seq }) => seq)).toEqual([2, 1]);
});
