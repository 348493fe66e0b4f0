// What the ledger knows of the end of an attribute's life.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LedgerEntry, Store } from '../../../src/store/store.ts';
import { identityOf } from '../../../src/records/delivery.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { newState } from '../../../src/core/feed-state.ts';
import { recordWith, uuidOf } from '../../support/records.ts';

const receipt = { confirmed: 0, withdrawn: 0, rejected: 0, requests: 0, bytes: 0, possibleDuplicates: 0 };
let store: Store;
let shipments = 0;
beforeEach(() => {
  store = openSqlite(':memory:');
});
afterEach(() => store.close());

const entryOf = (n: number, changes: Partial<LedgerEntry> = {}, type = 'ip-dst'): LedgerEntry => {
  const record = recordWith({ uuid: uuidOf(n), timestamp: 1_000, type });
  const { uuid, timestamp } = record;
  const identity = identityOf(record);
  const life = { countedFrom: timestamp, expiresAt: null };
  const version = { uuid, timestamp, deleted: false, digest: 'ab'.repeat(12), seq: 5, withdrawals: 0 };
  return { ...version, state: 'live', identity, ...life, ...changes };
};

async function settled(...entries: LedgerEntry[]): Promise<void> {
  const ref = `s${shipments++}`;
  await store.putPage({ ref: `page of ${ref}`, owner: 'w', bytes: Buffer.from('page') });
  const generation = await store.generationOf('f');
  const manifest = Buffer.from('m');
  await store.putShipment({ ref, owner: 'w', feed: 'f', page: `page of ${ref}`, generation, manifest, batches: [] });
  const found = await store.claimShipment(ref, 'w');
  if (!found || !('claim' in found)) throw new Error('no claim');
  const checkpoint = { id: 'w', state: newState(0) };
  await store.finishShipment(found.claim, { entries, letters: [], resolved: [], receipt, checkpoint });
}

const expired = (at: number, limit = 10): Promise<string[]> => store.expired('f', at, limit);

it('finds what is live and over, the oldest first, and so many', async () => {
  await settled(
    entryOf(1, { expiresAt: 300 }),
    entryOf(2, { expiresAt: 100 }),
    entryOf(3, { expiresAt: 200 }),
    entryOf(4, { expiresAt: 301 }),
    entryOf(5),
    entryOf(6, { expiresAt: 100, state: 'withdrawn' }),
  );
  expect(await expired(300)).toEqual([2, 3, 1].map(uuidOf));
  expect(await expired(300, 2)).toEqual([2, 3].map(uuidOf));
  expect(await expired(99)).toEqual([]);
});

it('does not find a withdrawal again that was refused, until the attribute is delivered anew', async () => {
  await settled(entryOf(1, { expiresAt: 100 }));
  await settled(entryOf(1, { expiresAt: 100, state: 'rejected', seq: 6 }));
  expect(await expired(500)).toEqual([]);
  await settled(entryOf(1, { expiresAt: 400, seq: 7 }));
  expect(await expired(500)).toEqual([uuidOf(1)]);
});

it('a changed rule gives what is there a new end, by type, whenever it was delivered', async () => {
  await settled(
    entryOf(1, { countedFrom: 2_000 }),
    entryOf(2, {}, 'md5'),
    entryOf(3, {}, 'domain'),
    entryOf(0xff_ff_ff_ff_ff),
  );
  const { countedFrom: _, ...old } = entryOf(4); // of a release that knew no expiry
  await settled(old);
  expect(await store.setExpiry('f', { default: 500, byType: { md5: null, domain: 50 } })).toBe(true);
  const uuids = [1, 2, 3, 4, 0xff_ff_ff_ff_ff].map(uuidOf);
  const rows = await store.lookUp('f', uuids);
  expect(uuids.map((uuid) => rows.get(uuid)?.expiresAt)).toEqual([2_500, null, 1_050, 1_500, 1_500]);
  expect(rows.get(uuidOf(1))?.countedFrom).toBe(2_000);

  expect(await store.setExpiry('f', { byType: { domain: 50, md5: null }, default: 500 })).toBe(false);
  expect(await store.setExpiry('f', { default: null, byType: {} })).toBe(true);
  expect((await store.lookUp('f', uuids)).get(uuidOf(1))?.expiresAt).toBeNull();
});

it('a feed that nobody knows keeps its name free', async () => {
  await settled(entryOf(1));
  expect(await store.setExpiry('new', { default: 5, byType: {} })).toBe(false);
  expect(await store.renameFeed('f', 'new')).toBe(true);
});

it('knows the oldest attribute that is live', async () => {
  expect(await store.oldestLive('f')).toBeNull();
  await settled(entryOf(1, { timestamp: 70 }), entryOf(2, { timestamp: 60, state: 'withdrawn' }));
  expect(await store.oldestLive('f')).toBe(70);
});
