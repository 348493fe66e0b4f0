// What the ledger holds of one attribute, as the store gives it and the verdict needs it.
import type { StoredIdentity } from './delivery.ts';

/** `live`: the destination has it. `withdrawn`: it does not (any more). `rejected`: it never took any version of it. */
export type LedgerState = 'live' | 'withdrawn' | 'rejected';

/** What is known of one attribute at one feed's destination. */
export interface LedgerRow {
  /** Of the version that was confirmed last. */
  timestamp: number;
  deleted: boolean;
  /** 24 hex digits; null: forgotten, so that the next reading sends it again. */
  digest: string | null;
  /** The digest of the last version that is a dead letter. */
  rejectedDigest: string | null;
  seq: number;
  state: LedgerState;
  /** Epoch seconds, our clock. */
  at: number;
  shipment: string;
  identity: StoredIdentity;
  /** How often it was withdrawn so far. */
  withdrawals: number;
  /** Epoch seconds: where its age is counted from, and from when on it counts as expired; null: never. */
  countedFrom: number;
  expiresAt: number | null;
}
