// A shipment that stops half way: what is proved is known, what may have arrived is in doubt, and nothing else is said.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Manifest } from '../../../activities/manifest.ts';
import { RawRows, settlePart } from '../../../activities/settlement.ts';
import { newBatchProgress } from '../../../src/destinations/destination.ts';
import { identityOf } from '../../../src/records/delivery.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import type { Claim, LedgerEntry, Store } from '../../../src/store/store.ts';
import { recordWith } from '../../support/records.ts';

const FEED = 'f';
const DIGEST = 'ab'.repeat(12);
let store: Store;
let claim: Claim;

beforeEach(async () => {
  store = openSqlite(':memory:');
  const bytes = Buffer.from('unused');
  const batches = [4, 1].map((records) => ({ records, body: bytes }));
  const generation = await store.generationOf(FEED);
  await store.putShipment({ ref: 's', owner: 'w', feed: FEED, page: 'p', generation, manifest: bytes, batches });
  const found = await store.claimShipment('s', 'w');
  if (!found || !('claim' in found)) throw new Error('no claim');
  claim = found.claim;
});
afterEach(() => store.close());

const entryOf = (seq: number, changes: Partial<LedgerEntry> = {}): LedgerEntry => {
  const record = recordWith();
  const { uuid, timestamp } = record;
  const identity = identityOf(record);
  return { uuid, timestamp, deleted: false, digest: DIGEST, seq, state: 'live', identity, withdrawals: 0, ...changes };
};

it('keeps what is proved, and marks what may have arrived', async () => {
  const entries = [1, 2, 3].map((seq) => entryOf(seq));
  const withdrawal = entryOf(4, { state: 'withdrawn', withdrawals: 1 });
  const notPosted = entryOf(5);
  const records = [...entries, withdrawal, notPosted].map((entry, row) => ({ entry, letter: null, row }));
  const manifest: Manifest = { feed: FEED, records, unsent: [], letters: [], rejected: [], resolved: [] };
  const batches = [
    {
      records: 4,
      progress: {
        ...newBatchProgress(4),
        requests: 2,
        pending: [{ from: 1, to: 2, sentAt: 0, handle: null }],
        todo: [{ from: 2, to: 4 }],
      },
    },
    { records: 1, progress: newBatchProgress(1) },
  ];
  await settlePart(store, claim, manifest, batches, new RawRows(store, { ref: 'p', owner: 'w' }));

  const known = await store.lookUp(
    FEED,
    records.map(({ entry }) => entry.uuid),
  );
  const [confirmed, pending, owed] = entries.map(({ uuid }) => known.get(uuid));
  expect(confirmed).toMatchObject({ state: 'live', digest: DIGEST });
  expect(pending).toMatchObject({ state: 'live', digest: null });
  expect(owed).toMatchObject({ state: 'live', digest: null });
  // Made again under the same delivery_id.
  expect(known.get(withdrawal.uuid)).toMatchObject({ state: 'live', digest: null, withdrawals: 0 });
  expect(known.has(notPosted.uuid)).toBe(false);
});
