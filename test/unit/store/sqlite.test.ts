import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newState, type FeedState } from '../../../src/core/feed-state.ts';
import { newBatchProgress } from '../../../src/destinations/destination.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { ClaimLost, type Claim, type LedgerEntry, type NewDeadLetter, type Store } from '../../../src/store/store.ts';
import { identityOf } from '../../../src/records/delivery.ts';
import { recordWith } from '../../support/records.ts';

let folder: string;
let store: Store;
let nowMs = 1_800_000_000_000;
const bytes = (text: string): Uint8Array => Buffer.from(text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-store-'));
  store = openSqlite(join(folder, 'relay.db'), { nowMs: () => nowMs });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const receipt = { confirmed: 1, withdrawn: 0, rejected: 0, requests: 1, bytes: 9, possibleDuplicates: 0 };
const entryOf = (changes: Partial<LedgerEntry> = {}): LedgerEntry => {
  const record = recordWith();
  return {
    uuid: record.uuid,
    timestamp: record.timestamp,
    deleted: false,
    digest: 'ab'.repeat(12),
    seq: 5,
    state: 'live',
    identity: identityOf(record),
    withdrawals: 0,
    ...changes,
  };
};
const letter: NewDeadLetter = {
  ident: 'a',
  digest: 'd',
  uuid: null,
  stage: 'parse',
  code: 'ROW_MALFORMED',
  reason: 'no uuid',
  raw: '{"x":"\\u0000"}',
  seq: 1,
};

async function shipped(ref = 's1', feed = 'f'): Promise<Claim> {
  await store.putPage({ ref: `page of ${ref}`, owner: 'w', bytes: bytes('page') });
  const generation = await store.generationOf(feed);
  await store.putShipment({
    ref,
    owner: 'w',
    feed,
    page: `page of ${ref}`,
    generation,
    manifest: bytes('manifest'),
    batches: [{ records: 2, body: bytes('a\nb') }],
  });
  return claimed(ref);
}
async function claimed(ref: string): Promise<Claim> {
  const found = await store.claimShipment(ref, 'w');
  if (!found || !('claim' in found)) throw new Error('no claim');
  return found.claim;
}
const state = (changes: Partial<FeedState> = {}): FeedState => ({ ...newState(0), ...changes });
const settle = async (entries: LedgerEntry[], letters: NewDeadLetter[] = [], ref = 's1'): Promise<void> => {
  const claim = await shipped(ref);
  await store.finishShipment(claim, {
    entries,
    letters,
    resolved: [],
    receipt,
    checkpoint: { id: 'sync/f', state: state({ revision: 1 }) },
  });
};

describe('pages and shipments', () => {
  it('come back as they were put, to their owner only', async () => {
    await store.putPage({ ref: 'p', owner: 'w', bytes: bytes('rows') });
    expect(Buffer.from((await store.getPage('p', 'w'))!).toString()).toBe('rows');
    await expect(store.getPage('p', 'other')).rejects.toMatchObject({ code: 'STORE_OWNER' });
    expect(await store.getPage('missing', 'w')).toBeNull();
    expect(await store.claimShipment('missing', 'w')).toBeNull();
  });

  it('are claimed by the last attempt; the one before can do nothing any more', async () => {
    const first = await shipped();
    const second = await claimed('s1');
    expect(second.number).toBeGreaterThan(first.number);
    await expect(store.saveBatch(first, 0, newBatchProgress(2))).rejects.toThrow(ClaimLost);
    await expect(store.readBatch(first, 0)).rejects.toThrow(ClaimLost);
    await expect(store.settlePart(first, { entries: [entryOf()], letters: [], resolved: [] })).rejects.toThrow(
      ClaimLost,
    );
    const finish = {
      entries: [entryOf()],
      letters: [],
      resolved: [],
      receipt,
      checkpoint: { id: 'sync/f', state: state() },
    };
    await expect(store.finishShipment(first, finish)).rejects.toThrow(ClaimLost);
    expect(await store.countLedger('f')).toEqual({ live: 0, withdrawn: 0, rejected: 0 });
    await store.saveBatch(second, 0, { ...newBatchProgress(2), requests: 7 });
    const third = await store.claimShipment('s1', 'w');
    expect(third).toMatchObject({ batches: [{ records: 2, progress: { requests: 7 } }] });
  });

  it('leave their receipt and nothing else', async () => {
    await settle([entryOf()]);
    expect(await store.claimShipment('s1', 'w')).toEqual({ receipt });
    expect(await store.getPage('page of s1', 'w')).toBeNull();
    expect(await store.sizes()).toMatchObject({ pages: 0, shipments: 1, ledger: 1 });
  });

  it('are swept when nobody has touched them', async () => {
    await shipped();
    nowMs += 8 * 86_400_000;
    await store.putPage({ ref: 'young', owner: 'w', bytes: bytes('x') });
    expect(await store.sweep(nowMs / 1000 - 7 * 86_400)).toEqual({ pages: 1, shipments: 1 });
    expect(await store.getPage('young', 'w')).not.toBeNull();
  });
});

describe('the final transaction', () => {
  it('keeps ledger, dead letters, receipt and checkpoint together', async () => {
    await store.createCheckpoint('sync/f', 'f', state());
    const claim = await shipped();
    const after = state({ revision: 4, cursor: { ...newState(9).cursor } });
    await store.finishShipment(claim, {
      entries: [entryOf()],
      letters: [letter],
      resolved: [],
      receipt,
      checkpoint: { id: 'sync/f', state: after },
    });
    expect(await store.readCheckpoint('sync/f')).toMatchObject({
      revision: 4,
      savedRevision: 4,
      cursor: { second: 9 },
      totals: { confirmed: 1 },
    });
    expect(await store.countLedger('f')).toEqual({ live: 1, withdrawn: 0, rejected: 0 });
    expect(await store.listDeadLetters({ feed: 'f' })).toMatchObject([{ ident: 'a', raw: letter.raw, times: 1 }]);
  });

  it('is all or nothing', async () => {
    const claim = await shipped();
    const broken = entryOf({ identity: null as never });
    const finish = {
      entries: [entryOf(), broken],
      letters: [letter],
      resolved: [],
      receipt,
      checkpoint: { id: 'sync/f', state: state() },
    };
    await expect(store.finishShipment(claim, finish)).rejects.toThrow();
    expect(await store.sizes()).toMatchObject({ ledger: 0, deadLetters: 0, shipments: 1 });
    expect(await store.readCheckpoint('sync/f')).toBeNull();
    await store.finishShipment(claim, { ...finish, entries: [entryOf()] }); // texts that were taken back are given anew
    expect((await store.sizes()).ledger).toBe(1);
  });

  it.each([
    ['an older revision', { life: 1, revision: 2 }],
    ['the same revision', { life: 1, revision: 3 }],
    ['an older life', { life: 0, revision: 99 }],
  ])('skips a checkpoint of %s, and keeps the ledger rows beside it', async (_, older) => {
    await store.createCheckpoint('sync/f', 'f', state({ life: 1, revision: 3 }));
    const claim = await shipped();
    const offered = state({ ...older, cursor: newState(77).cursor });
    await store.finishShipment(claim, {
      entries: [entryOf()],
      letters: [],
      resolved: [],
      receipt,
      checkpoint: { id: 'sync/f', state: offered },
    });
    expect((await store.readCheckpoint('sync/f'))?.cursor.second).toBe(0);
    expect((await store.countLedger('f')).live).toBe(1);
  });
});

describe('the ledger', () => {
  it('never takes a lower seq', async () => {
    const entry = entryOf({ seq: 9, digest: '99'.repeat(12) });
    await settle([entry]);
    await settle([{ ...entry, seq: 8, digest: '88'.repeat(12) }], [], 's2');
    expect((await store.lookUp('f', [entry.uuid])).get(entry.uuid)).toMatchObject({ seq: 9, digest: '99'.repeat(12) });
  });

  it('keeps what withdrawals need, long values cut at a character', async () => {
    const record = recordWith({
      value: 'é'.repeat(400),
      tags: [
        { name: 'b', local: false },
        { name: 'a', local: false },
      ],
    });
    const entry = entryOf({ uuid: record.uuid, identity: identityOf(record) });
    await settle([entry]);
    const row = (await store.lookUp('f', [record.uuid])).get(record.uuid)!;
    expect(row.identity).toMatchObject({
      uuid: record.uuid,
      value: 'é'.repeat(256),
      type: 'ip-dst',
      orgc: 'theirs',
      tags: ['a', 'b'],
      eventId: '1',
    });
    expect((await store.lookUp('other', [record.uuid])).size).toBe(0);
  });

  it('still knows what is live when a newer version is rejected', async () => {
    const entry = entryOf();
    await settle([entry]);
    await settle([{ ...entry, state: 'rejected', digest: 'cc'.repeat(12), seq: 6 }], [], 's2');
    const row = (await store.lookUp('f', [entry.uuid])).get(entry.uuid);
    expect(row).toMatchObject({ state: 'live', digest: entry.digest, rejectedDigest: 'cc'.repeat(12), seq: 6 });
  });

  it('forgets from a second on, and a delivery that was under way does not make it remember', async () => {
    const old = entryOf({ timestamp: 100 });
    const young = entryOf({ timestamp: 200 });
    await settle([old, young]);
    const underWay = await shipped('s2');
    const late = entryOf({ timestamp: 300 });
    await store.createCheckpoint('sync/f', 'f', state());
    expect(await store.saveCheckpoint('sync/f', 'f', state({ revision: 9, owe: 150 }))).toBe(true);
    expect((await store.readCheckpoint('sync/f'))?.owe).toBeNull();
    await store.settlePart(underWay, { entries: [late], letters: [], resolved: [] });
    const rows = await store.lookUp('f', [old.uuid, young.uuid, late.uuid]);
    expect([old, young, late].map(({ uuid }) => rows.get(uuid)?.digest)).toEqual([old.digest, null, null]);
  });

  it('does not forget when the checkpoint is not kept', async () => {
    const entry = entryOf({ timestamp: 200 });
    await settle([entry]);
    await store.createCheckpoint('sync/f', 'f', state({ revision: 5 }));
    expect(await store.saveCheckpoint('sync/f', 'f', state({ revision: 1, owe: 0 }))).toBe(false);
    expect((await store.lookUp('f', [entry.uuid])).get(entry.uuid)?.digest).toBe(entry.digest);
  });
});

describe('checkpoints', () => {
  it('are revived with a higher life, each time', async () => {
    expect(await store.reviveCheckpoint('sync/f')).toBeNull();
    expect(await store.createCheckpoint('sync/f', 'f', state({ paused: { reason: 'x', at: 1 } }))).toBe(true);
    expect(await store.createCheckpoint('sync/f', 'f', state())).toBe(false);
    expect(await store.reviveCheckpoint('sync/f')).toMatchObject({ life: 2, paused: { reason: 'x' } });
    expect(await store.reviveCheckpoint('sync/f')).toMatchObject({ life: 3 });
    expect(await store.saveCheckpoint('sync/f', 'f', state({ life: 2, revision: 100 }))).toBe(false);
  });

  it('of an unknown version are refused', async () => {
    await store.createCheckpoint('sync/f', 'f', { ...state(), v: 99 as never });
    await expect(store.readCheckpoint('sync/f')).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
  });

  it('follow a feed that is renamed, with its ledger', async () => {
    await settle([entryOf()]);
    await store.saveCheckpoint('sync/f', 'f', state({ revision: 5, cursor: newState(42).cursor }));
    expect(await store.renameFeed('f', 'g')).toBe(true);
    expect((await store.readCheckpoint('sync/g'))?.cursor.second).toBe(42);
    expect(await store.readCheckpoint('sync/f')).toBeNull();
    expect((await store.countLedger('g')).live).toBe(1);
  });
});

describe('dead letters', () => {
  it('are one for each identity and digest, counted when met again', async () => {
    await settle([], [letter, { ...letter, digest: 'e' }]);
    await settle([], [letter], 's2');
    const letters = await store.listDeadLetters({ feed: 'f' });
    expect(letters.map(({ times }) => times)).toEqual([2, 1]);
    expect(await store.countDeadLetters('f')).toBe(2);
  });

  it('wait to be replayed until they are met again or resolved', async () => {
    await settle([], [letter, { ...letter, digest: 'e' }]);
    const ids = (await store.listDeadLetters({})).map(({ id }) => id);
    expect(await store.markForReplay(ids)).toBe(2);
    expect(await store.listDeadLetters({ feed: 'f', replay: true })).toHaveLength(2);
    const claim = await shipped('s2');
    await store.finishShipment(claim, {
      entries: [],
      letters: [letter],
      resolved: [ids[1]!],
      receipt,
      checkpoint: { id: 'sync/f', state: state() },
    });
    expect(await store.listDeadLetters({ feed: 'f' })).toMatchObject([{ ident: 'a', digest: 'd', replay: false }]);
  });
});

describe('sources and leases', () => {
  it('draw strictly increasing numbers, never below what is asked', async () => {
    expect(await store.drawSeq('m', 1000, 5)).toBe(1000);
    expect(await store.drawSeq('m', 500, 2)).toBe(1005);
    expect(await store.drawSeq('m', 2000, 1)).toBe(2000);
    expect(await store.drawSeq('other', 1, 1)).toBe(1);
  });

  it('give a lease to one at a time, and a live poll goes first', async () => {
    const lease = (holder: string) => ({ name: 'reader/m', holder });
    expect(await store.acquireLease(lease('backfill a'), 1, 30_000)).toBe(true);
    expect(await store.acquireLease(lease('backfill b'), 1, 30_000)).toBe(false);
    expect(await store.acquireLease(lease('poll'), 0, 30_000)).toBe(false);
    await store.releaseLease(lease('backfill a'));
    expect(await store.acquireLease(lease('backfill b'), 1, 30_000)).toBe(false);
    expect(await store.acquireLease(lease('poll'), 0, 30_000)).toBe(true);
    nowMs += 31_000;
    expect(await store.acquireLease(lease('backfill b'), 1, 30_000)).toBe(true);
    expect(await store.renewLease(lease('poll'), 30_000)).toBe(false);
  });

  it('do not hold a lease that seems to end in days, after the clock was set back', async () => {
    expect(await store.acquireLease({ name: 'reader/m', holder: 'a dead one' }, 0, 30_000)).toBe(true);
    nowMs -= 2 * 86_400_000;
    expect(await store.acquireLease({ name: 'reader/m', holder: 'the next one' }, 0, 30_000)).toBe(true);
  });
});

describe('the file', () => {
  it('is readable by its owner only', () => {
    expect(statSync(join(folder, 'relay.db')).mode & 0o777).toBe(0o600);
  });

  it('that is no database is said so', () => {
    const path = join(folder, 'garbage.db');
    writeFileSync(path, 'this is not a database, whatever its name says'.repeat(100));
    expect(() => openSqlite(path)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  });

  it('in a place that cannot be written is said so', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => openSqlite(join(file, 'relay.db'))).toThrow(expect.objectContaining({ code: 'STORE_READ_ONLY' }));
  });

  it('is opened by a second process, and keeps what was committed', async () => {
    await settle([entryOf()]);
    const other = openSqlite(join(folder, 'relay.db'));
    expect((await other.countLedger('f')).live).toBe(1);
    await other.close();
  });
});
