// From the ledger to the destination: what has expired is withdrawn, without MISP, and what is newer by then stays.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { deliverShipment } from '../../../activities/deliver.ts';
import { expirePage } from '../../../activities/expire.ts';
import { packPage } from '../../../activities/page-bytes.ts';
import { addRow, keysOf, newPage } from '../../../activities/stored-page.ts';
import { translatePage } from '../../../activities/translate.ts';
import { loadConfig } from '../../../src/config.ts';
import { bitmapOf } from '../../../src/core/bitmap.ts';
import { newState } from '../../../src/core/feed-state.ts';
import type { Page, Receipt } from '../../../src/core/progress.ts';
import { createLog } from '../../../src/log.ts';
import { parseRow } from '../../../src/misp/schema.ts';
import { createRuntime, every, sleep, type Runtime } from '../../../src/runtime.ts';
import { uuidOf } from '../../support/records.ts';
import { rowOf } from '../misp/rows.ts';

const WORKFLOW = 'sync/f';
const { signal } = new AbortController();
const DAY = 86_400;
const T = 1_700_000_000;

let folder: string;
let runtime: Runtime;
let now: number;
let seq: number;
let refs = 0;

async function start(expireAfter: string): Promise<void> {
  const path = join(folder, 'relay.yaml');
  writeFileSync(
    path,
    `version: 1
store: 'sqlite:${join(folder, 'relay.db')}'
sources: { misp: { url: "http://127.0.0.1:1", apiKey: "key" } }
destinations: { out: { type: file, path: "${join(folder, 'out.ndjson')}" } }
feeds: { f: { source: misp, destination: out, since: 0, expireAfter: ${expireAfter} } }
`,
  );
  runtime = await createRuntime(loadConfig({ path, env: {}, cwd: folder }), createLog('silent'));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'misp-relay-expire-'));
  now = T;
  seq = T * 1000;
});
afterEach(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

const deps = (): Deps => ({ ...runtime, log: createLog('silent'), nowMs: () => now * 1000, sleep, every });
const context = () => ({ ref: `run/${refs++}`, signal });

async function shipped(page: Page, fresh: string): Promise<Receipt> {
  const shipment = await translatePage(deps(), { feed: 'f', workflow: WORKFLOW, page, fresh }, context());
  const after = { ...newState(0), revision: ++refs };
  return deliverShipment(deps(), { feed: 'f', workflow: WORKFLOW, page: page.ref, shipment, after }, context());
}

async function read(...rows: Record<string, unknown>[]): Promise<Receipt> {
  const page = newPage('f', false, now);
  for (const [n, changes] of rows.entries()) {
    const parsed = parseRow(rowOf({ id: String(n + 1), uuid: uuidOf(n + 1), timestamp: String(T), ...changes }));
    if (!parsed.ok) throw new Error(parsed.reason);
    addRow(page, parsed.row, seq++);
  }
  const ref = `page ${refs++}`;
  await runtime.store.putPage({ ref, owner: WORKFLOW, bytes: await packPage(page, []) });
  const fresh = bitmapOf(rows.map(() => true));
  return shipped({ ref, rows: rows.length, keys: keysOf(page), until: now, next: null, cursor: null }, fresh);
}

const expire = (): Promise<Page> => expirePage(deps(), { feed: 'f', workflow: WORKFLOW }, context());
const lines = (): Record<string, unknown>[] =>
  readFileSync(join(folder, 'out.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('withdraws what is over, with its reason, and nothing else', async () => {
  await start('{ default: 90d, md5: never, domain: 1d }');
  await read({}, { type: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e' }, { type: 'domain', value: 'c.example' });
  now = T + 2 * DAY;
  const page = await expire();
  expect(page).toMatchObject({ rows: 1, next: null, cursor: null });
  expect(await shipped(page, '')).toMatchObject({ confirmed: 1, withdrawn: 1 });
  const [first, , third, withdrawal] = lines();
  expect(withdrawal).toMatchObject({ action: 'withdraw', reason: 'expired', uuid: uuidOf(3), value: 'c.example' });
  expect(withdrawal!['seq']).toBe((third!['seq'] as number) + 1);
  expect(withdrawal!['delivery_id']).not.toBe(third!['delivery_id']);
  expect(first!['action']).toBe('upsert');
  expect(await expire()).toMatchObject({ rows: 0, ref: '' });
  now = T + 1_000 * DAY;
  expect(await expire()).toMatchObject({ rows: 1 });
});

it('a row that is read when it is over is not sent; one that is live then is withdrawn', async () => {
  await start('1d');
  now = T + DAY;
  expect(await read({})).toMatchObject({ confirmed: 0 });
  now = T;
  await read({});
  now = T + DAY;
  expect(await read({ comment: 'edited, and as old' })).toMatchObject({ confirmed: 1, withdrawn: 1 });
  expect(lines().map(({ action, reason }) => [action, reason])).toEqual([
    ['upsert', undefined],
    ['withdraw', 'expired'],
  ]);
});

it('what is newer by the time that a slice is sent stays live', async () => {
  await start('1d');
  await read({}, {});
  now = T + DAY;
  const slice = await expire();
  expect(slice.rows).toBe(2);
  await read({ timestamp: String(now), comment: 'seen again' });
  expect(await shipped(slice, '')).toMatchObject({ confirmed: 1, withdrawn: 1 });
  const known = await runtime.store.lookUp('f', [uuidOf(1), uuidOf(2)]);
  expect([1, 2].map((n) => known.get(uuidOf(n))?.state)).toEqual(['live', 'withdrawn']);
});

it('comes back when it is edited, and when the config lets it live longer', async () => {
  await start('1d');
  await read({}, {});
  now = T + DAY;
  await shipped(await expire(), '');
  expect(await read({ timestamp: String(now) })).toMatchObject({ confirmed: 1, withdrawn: 0 });
  await runtime.close();
  await start('never');
  await runtime.store.setExpiry('f', runtime.feeds.get('f')!.lifetime.expiry);
  expect(await expire()).toMatchObject({ rows: 0 });
  expect(await read({ timestamp: String(now) }, {})).toMatchObject({ confirmed: 1 });
  expect((await runtime.store.lookUp('f', [uuidOf(2)])).get(uuidOf(2))).toMatchObject({
    state: 'live',
    withdrawals: 1,
  });
});
