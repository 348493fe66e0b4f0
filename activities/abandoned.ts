// Shipments that nobody will finish: their delivery was given up, or their workflow was lost, perhaps without a word. What they
// prove is kept, and what they leave in doubt is marked, before their rows are looked at again.
import { newBatchProgress } from '../src/destinations/destination.ts';
import { ClaimLost } from '../src/store/store.ts';
import type { Deps } from './deps.ts';
import type { Manifest } from './manifest.ts';
import { unpackJson } from './packing.ts';
import { RawRows, settlePart } from './settlement.ts';

/**
 * Of one owner, as it makes its next shipment (it has one at a time), or untouched since then (epoch seconds). Claiming them stops any
 * attempt that still works on them.
 */
export async function settleAbandoned({ store }: Deps, of: { owner: string } | { before: number }): Promise<void> {
  for (const { ref, owner } of await store.unfinishedShipments(of)) {
    const found = await store.claimShipment(ref, owner);
    if (!found || 'receipt' in found) continue;
    const { claim, page } = found;
    const batches = found.batches.map(({ records, progress }) => ({
      records,
      progress: progress ?? newBatchProgress(records),
    }));
    try {
      const manifest = await unpackJson<Manifest>(found.manifest);
      await settlePart(store, claim, manifest, batches, new RawRows(store, { ref: page, owner }));
      await store.dropShipment(claim); // only what is settled: whatever fails before it is tried again
    } catch (error) {
      if (!(error instanceof ClaimLost)) throw error;
    }
  }
}
