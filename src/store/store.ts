// The contract of the store: the claim check between activities, the ledger, checkpoints, dead letters, leases.
// It knows nothing of Temporal, MISP or a SIEM. Every method may fail with RetryableError STORE_* or PermanentError STORE_*.
import type { BatchProgress } from '../destinations/destination.ts';
import type { StoredIdentity } from '../records/delivery.ts';
import type { FeedState } from '../core/feed-state.ts';
import type { ExpiryRule } from '../records/lifetime.ts';
import type { LedgerRow, LedgerState } from '../records/ledger-row.ts';
import type { Receipt } from '../core/progress.ts';

/** What a delivery makes true in the ledger once it is confirmed. */
export interface LedgerEntry {
  uuid: string;
  timestamp: number;
  deleted: boolean;
  digest: string;
  seq: number;
  /** `rejected`: the version is a dead letter; what was live before stays live. */
  state: LedgerState;
  identity: StoredIdentity;
  withdrawals: number;
  /** Epoch seconds, where its age is counted from; left out: its timestamp. */
  countedFrom?: number;
  /** Epoch seconds from which on it counts as expired; null or left out: never. */
  expiresAt?: number | null;
}

/** Digest null: perhaps it is at the destination. It is sent again, and withdrawn if it is gone by then. */
export type SettledEntry = Omit<LedgerEntry, 'digest'> & { digest: string | null };

export interface NewDeadLetter {
  /** The uuid, or coordinates when there is none; with `digest` unique within a feed. */
  ident: string;
  digest: string;
  uuid: string | null;
  /** `parse`, `unreadable`, `translate` or `deliver`. */
  stage: string;
  code: string;
  reason: string;
  /** The raw row as JSON text, whole. Empty when there is none. */
  raw: string;
  seq: number;
}

export interface DeadLetter extends NewDeadLetter {
  id: number;
  feed: string;
  firstAt: number;
  lastAt: number;
  /** How often it was met. */
  times: number;
  /** It goes with the next poll. */
  replay: boolean;
}

/** Bytes that wait between two activities. Owned by one workflow; the hash is checked on reading. */
export interface Blob {
  ref: string;
  owner: string;
  bytes: Uint8Array;
}

export interface NewShipment {
  ref: string;
  owner: string;
  feed: string;
  /** The page that it was made from; gone as soon as the shipment has its receipt. */
  page: string;
  /** The feed's forgetting (see `forget`) that translate has seen. */
  generation: number;
  /** What the shipment means for the ledger; only `deliver` looks into it. */
  manifest: Uint8Array;
  /** Ready to send, compressed. */
  batches: { records: number; body: Uint8Array }[];
}

export interface Claim {
  ref: string;
  /** From a counter: the last claim wins. */
  number: number;
}

export type ClaimedShipment =
  | { receipt: Receipt }
  | {
      claim: Claim;
      page: string;
      manifest: Uint8Array;
      batches: { records: number; progress: BatchProgress | null }[];
    };

export interface Settlement {
  entries: SettledEntry[];
  letters: NewDeadLetter[];
  /** Dead letters that were replayed, by id: gone now, or superseded. */
  resolved: number[];
}

/** What is left when a shipment is settled: everything in one transaction. */
export interface Finish extends Settlement {
  receipt: Receipt;
  checkpoint: { id: string; state: FeedState };
}

export interface Lease {
  name: string;
  holder: string;
}

export interface StoreSizes {
  pages: number;
  shipments: number;
  ledger: number;
  deadLetters: number;
  bytes: number;
}

export interface Store {
  // Pages and shipments.
  putPage(blob: Blob): Promise<void>;
  /** Null: swept, or never there. Throws PermanentError STORE_HASH when the bytes are not those that were put. */
  getPage(ref: string, owner: string): Promise<Uint8Array | null>;
  putShipment(shipment: NewShipment): Promise<void>;
  /** Null: neither body nor receipt is there. */
  claimShipment(ref: string, owner: string): Promise<ClaimedShipment | null>;
  /** Throws ClaimLost. */
  readBatch(claim: Claim, index: number): Promise<Uint8Array>;
  /** Throws ClaimLost. */
  saveBatch(claim: Claim, index: number, progress: BatchProgress): Promise<void>;
  /** Ledger rows and dead letters of what was confirmed so far, without receipt and checkpoint. Throws ClaimLost. */
  settlePart(claim: Claim, part: Settlement): Promise<void>;
  /** The one final transaction. Throws ClaimLost. */
  finishShipment(claim: Claim, finish: Finish): Promise<void>;
  /** Claimed once, and without a receipt: of one owner, or untouched since then (epoch seconds). */
  unfinishedShipments(of: { owner: string } | { before: number }): Promise<{ ref: string; owner: string }[]>;
  /** Of shipments of a feed that have no receipt yet, and another owner. */
  manifestsUnderWay(feed: string, exceptOwner: string): Promise<Uint8Array[]>;
  /** Forgets one that will never be finished. Throws ClaimLost. */
  dropShipment(claim: Claim): Promise<void>;
  /** Deletes what nobody has touched since then (epoch seconds). */
  sweep(before: number): Promise<{ pages: number; shipments: number }>;

  // Ledger.
  lookUp(feed: string, uuids: readonly string[]): Promise<Map<string, LedgerRow>>;
  countLedger(feed: string, from?: number): Promise<Record<LedgerState, number>>;
  generationOf(feed: string): Promise<number>;
  /** Uuids of what is live and has expired by then (epoch seconds), the oldest first. What was refused once is left out. */
  expired(feed: string, at: number, limit: number): Promise<string[]>;
  /** The rule of the feed from now on: where it has changed, what is live gets its new end. False: it was this one already. */
  setExpiry(feed: string, rule: ExpiryRule): Promise<boolean>;
  /** The timestamp of the oldest attribute that is live; null: none is. */
  oldestLive(feed: string): Promise<number | null>;

  // Checkpoints.
  /** Written by `apply`; false: there is one already. */
  createCheckpoint(id: string, feed: string, state: FeedState): Promise<boolean>;
  readCheckpoint(id: string): Promise<FeedState | null>;
  /** Kept only if newer. With `state.owe`, the feed's ledger forgets the digests of rows from that second on. */
  saveCheckpoint(id: string, feed: string, state: FeedState): Promise<boolean>;
  /** Reads it, raises its life and keeps that, in one transaction. */
  reviveCheckpoint(id: string): Promise<FeedState | null>;
  listCheckpoints(): Promise<{ id: string; feed: string; at: number }[]>;

  // Dead letters.
  listDeadLetters(filter: { feed?: string; replay?: boolean; limit?: number }): Promise<DeadLetter[]>;
  countDeadLetters(feed: string): Promise<number>;
  getDeadLetter(id: number): Promise<DeadLetter | null>;
  markForReplay(ids: readonly number[]): Promise<number>;
  dropDeadLetters(ids: readonly number[]): Promise<number>;

  // Sources.
  /** The first of `count` strictly increasing numbers; never below `atLeast`. */
  drawSeq(source: string, atLeast: number, count: number): Promise<number>;
  /** The identity of the MISP behind a source name; null: not known yet. */
  getSourceIdentity(source: string): Promise<string | null>;
  setSourceIdentity(source: string, identity: string): Promise<void>;
  renameFeed(from: string, to: string): Promise<boolean>;

  // Leases.
  /** True: held until `ttlMs` from now. A lower rank goes first: while it waits, a higher one gets nothing. */
  acquireLease(lease: Lease, rank: number, ttlMs: number): Promise<boolean>;
  /** False: somebody else holds it by now. */
  renewLease(lease: Lease, ttlMs: number): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;

  sizes(): Promise<StoreSizes>;
  close(): Promise<void>;
}

/** Another attempt has claimed the shipment: this one stops without a result. */
export class ClaimLost extends Error {
  constructor(ref: string) {
    super(`another attempt has claimed ${ref}`);
    this.name = 'ClaimLost';
  }
}
