// What a shipment means for the ledger, beside its batches.
import type { LedgerEntry, NewDeadLetter } from '../src/store/store.ts';

export interface Manifest {
  feed: string;
  /** One for each record of the batches, in their order. `row`: its place in the page, which has the raw JSON; null: it has none. */
  records: { entry: LedgerEntry; letter: number | null; row: number | null }[];
  /** Needs no sending: the ledger learns it with the receipt. */
  unsent: LedgerEntry[];
  /** Found before sending: rows that cannot be parsed, read or encoded. */
  letters: NewDeadLetter[];
  /** Entries for those letters that have a uuid: their version is not tried again. */
  rejected: LedgerEntry[];
  /** Replayed dead letters that are superseded by something newer. */
  resolved: number[];
}

/** A shipment as the same worker still holds it: what the store has of it, unpacked. */
export interface HandedShipment {
  manifest: Manifest;
  /** By batch. */
  lines: readonly (readonly string[])[];
}
