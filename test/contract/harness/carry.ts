// Drives a destination as the relay does: deliver, confirm, and again until nothing is owed.
import {
  newBatchProgress,
  owed,
  type Batch,
  type BatchProgress,
  type Destination,
} from '../../../src/destinations/destination.ts';
import type { Delivery } from '../../../src/records/delivery.ts';
import type { IndicatorRecord } from '../../../src/records/record.ts';
import { recordWith, uuidOf } from '../../support/records.ts';

export const AS_IS = (body: Record<string, unknown>): Record<string, unknown> => body;

const base = {
  feed: 'everything',
  endpoint: 'attributes' as const,
  source: 'main',
  sourceUrl: 'https://misp.example.org',
  observedAt: 1_764_000_000,
};

export const upsertOf = (n: number, changes: Partial<IndicatorRecord> = {}): Delivery => ({
  ...base,
  action: 'upsert',
  seq: 1_764_000_000_000 + n,
  deliveryId: `delivery-${n}`,
  record: recordWith({ uuid: uuidOf(n), ...changes }),
  expiresAt: null,
  original: null,
});

export const withdrawalOf = (n: number): Delivery => ({
  ...base,
  action: 'withdraw',
  seq: 1_764_000_000_000 + n,
  deliveryId: `withdrawal-${n}`,
  reason: 'deleted',
  identity: {
    uuid: uuidOf(n),
    value: '198.51.100.7|443',
    type: 'ip-dst|port',
    category: 'Network activity',
    toIds: true,
    orgc: 'theirs',
    tags: ['tlp:green'],
    eventId: '1',
    eventUuid: uuidOf(0xe1),
    timestamp: 1_700_000_000,
  },
});

export const batchOf = (destination: Destination, deliveries: readonly Delivery[]): Batch => ({
  id: 'shipment#0',
  lines: deliveries.map((delivery) => destination.encode(delivery, AS_IS)),
});

export const someBatch = (destination: Destination, count = 5): Batch =>
  batchOf(
    destination,
    Array.from({ length: count }, (_, n) => upsertOf(n)),
  );

export interface Carried {
  /** What is durable: the last progress that was saved. */
  saved: BatchProgress;
  error: unknown;
}

/** One attempt. `save` may throw, as a store does for an attempt that has lost its claim. */
export async function carry(
  destination: Destination,
  batch: Batch,
  start: BatchProgress = newBatchProgress(batch.lines.length),
  {
    save = () => {},
    signal = new AbortController().signal,
  }: { save?: (progress: BatchProgress) => void; signal?: AbortSignal } = {},
): Promise<Carried> {
  let saved = start;
  const keep = async (progress: BatchProgress): Promise<void> => {
    save(progress);
    saved = structuredClone(progress);
  };
  try {
    while (owed(saved) > 0 || saved.posting) {
      await keep(await destination.deliver(batch, saved, { save: keep, signal }));
      if (saved.pending.length > 0) await keep(await destination.confirm!(batch, saved, { save: keep, signal }));
    }
    return { saved, error: null };
  } catch (error) {
    return { saved, error };
  }
}
