// The contract of a destination. One file each, one line in registry.ts; one contract suite runs over the registry.
import type { z } from 'zod';
import type { Http, HttpOptions, TlsOptions } from '../http.ts';
import type { Logger } from '../log.ts';
import type { TlsConfig } from '../options.ts';
import type { Delivery } from '../records/delivery.ts';
import type { Shape, Vocabulary } from '../translate/shape.ts';

/** A record that the destination will never take. `index`: its place in the batch. */
export interface Rejection {
  index: number;
  /** Stable word or reply code, for counting. */
  code: string;
  reason: string;
}

/** Records of a batch, by index; `to` is exclusive. */
export interface Range {
  from: number;
  to: number;
}

/** Records that were accepted and wait for an acknowledgement. `handle` is the destination's own small JSON. */
export interface Pending extends Range {
  /** Epoch milliseconds of our clock. */
  sentAt: number;
  handle: unknown;
}

/**
 * How far a batch has come. Small JSON; the store keeps it before and after each request, so that the next attempt, on
 * whatever worker, goes on from there. A record that is neither in `todo`, nor pending, nor rejected, is confirmed.
 */
export interface BatchProgress {
  /** Still to be sent, in this order, without overlaps. */
  todo: Range[];
  /** The part of `todo` that a request is carrying right now: when a later attempt finds it, the outcome is unknown. */
  posting: Range | null;
  pending: Pending[];
  rejected: Rejection[];
  /** Requests made so far, polls for acknowledgements not counted. */
  requests: number;
  /** Uncompressed bytes posted so far. */
  bytes: number;
  /** Records that were sent again after an outcome that could not be known. */
  possibleDuplicates: number;
}

export const newBatchProgress = (records: number): BatchProgress => ({
  todo: records > 0 ? [{ from: 0, to: records }] : [],
  posting: null,
  pending: [],
  rejected: [],
  requests: 0,
  bytes: 0,
  possibleDuplicates: 0,
});

/** How many records of a batch nobody has answered for yet. */
export const owed = ({ todo, pending }: BatchProgress): number =>
  [...todo, ...pending].reduce((sum, { from, to }) => sum + to - from, 0);

/** What one request of a shipment carries. `lines`: the encoded records, one for each, without a line break inside. */
export interface Batch {
  /** Stable across attempts. */
  id: string;
  lines: readonly string[];
  /** All lines, with a line break between two, as one gzip member: for a destination that takes them so. */
  zipped?: Uint8Array;
}

export interface DeliverContext {
  /** Keeps progress durably; throws when this attempt has lost its claim, and then nothing more may be sent. */
  save(progress: BatchProgress): Promise<void>;
  signal: AbortSignal;
}

export interface BatchLimits {
  recordsMax: number;
  /** Of the uncompressed body, line breaks included. */
  bytesMax: number;
  /** Of one encoded record; a larger one is a dead letter. */
  recordBytesMax: number;
  /** How many batches of one shipment may be under way at once. */
  concurrency: number;
}

export interface CheckResult {
  ok: boolean;
  /** One sentence; when not ok, with a colon and the remedy behind it. */
  message: string;
  /** When not ok: the code of docs/errors.md, if it has one. */
  code?: string;
  /** What works and should not stay as it is: sentences of the same form. */
  warnings?: readonly string[];
}

/** How a feed is after a poll, for whoever watches from the destination. No threat data. Names as they stand in an event. */
export interface Heartbeat {
  feed: string;
  /** The name of the source. */
  misp: string;
  mode: string;
  /** So many polls were read to their end, this one included. */
  polls: number;
  /** Of this poll: rows read, and what became of them. `rejected`: new dead letters. */
  rows: number;
  delivered: number;
  withdrawn: number;
  filtered: number;
  unchanged: number;
  rejected: number;
  seconds: number;
  /** MISP's clock minus `confirmed_until`. */
  lag_seconds: number;
  /** ISO 8601. */
  confirmed_until: string;
  ledger_live: number;
  ledger_withdrawn: number;
  /** That wait for somebody. */
  dead_letters: number;
  relay_version: string;
}

/** What becomes of an attribute that must go: a record that says so, the deletion of what stands there, or a mark on it. */
export type WithdrawalForm = 'record' | 'delete' | 'mark';

/** One thing that stands at a destination so that it takes our records: a template, an index, an alias. */
export interface AssetChange {
  /** What it is and its name. */
  asset: string;
  /** `newer`: a later relay installed it, and it stays as it is. */
  change: 'new' | 'changed' | 'unchanged' | 'newer';
  detail?: string;
}

export interface InstallRequest {
  /** Only say what would be done. */
  dryRun: boolean;
  /** Also take a name over that another product may hold. */
  takeOver: boolean;
  /** Of any attribute of a feed to this destination, in seconds; null: some never expire. */
  longestLife: number | null;
}

export interface Installation {
  assets: AssetChange[];
  /** What somebody should know: one sentence each. */
  notes: string[];
  /** Why it stopped; what came before stands. */
  problem: { code?: string; message: string } | null;
}

export interface Destination {
  readonly limits: BatchLimits;
  readonly withdraws: WithdrawalForm;
  /** What a feed's `translate:` block can name. */
  readonly vocabulary: Vocabulary;
  /** Each delivery shall carry its row as MISP sent it. Absent: no. */
  readonly wantsOriginal?: boolean;
  /** Asks the destination whether we could work. Writes nothing. */
  check(signal: AbortSignal): Promise<CheckResult>;
  /** Puts there what our records need. Safe to repeat; touches nothing that it did not install. Never throws. Absent: nothing is needed. */
  install?(request: InstallRequest, signal: AbortSignal): Promise<Installation>;
  /** Whether `up` does so by itself. */
  readonly installsItself?: boolean;
  /** What will surprise a person who sees its first records, and how to find them: one sentence each. */
  hints?(): string[];
  /** Ages, in days, from which records are commonly deleted by the destination itself, since they carry MISP's own time. */
  readonly retentionDays?: readonly number[];
  /** Pure. One line of text. Throws RecordError for a delivery that can never be sent. */
  encode(delivery: Delivery, shape: Shape): string;
  /**
   * Sends all of `todo` and reports how far it came; it does not wait for acknowledgements. On return `todo` is empty.
   * Throws RetryableError (what was answered for is saved) or PermanentError (the feed is blocked; the same holds).
   */
  deliver(batch: Batch, progress: BatchProgress, context: DeliverContext): Promise<BatchProgress>;
  /**
   * Waits until nothing of this batch is pending. What cannot be proved confirmed is put back into `todo` (to be delivered
   * again, as possible duplicates) or thrown as RetryableError; it is never taken for confirmed.
   * Absent: the destination's reply is its confirmation.
   */
  confirm?(batch: Batch, progress: BatchProgress, context: DeliverContext): Promise<BatchProgress>;
  /** Tells how a feed is, once after each of its polls. It is not owed: what fails is thrown, and not tried again. Absent: not wanted. */
  heartbeat?(heartbeat: Heartbeat, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What a destination is handed when it is made. */
export interface DestinationContext {
  /** Its name in the config. */
  name: string;
  /** The name of this relay's machine. */
  host: string;
  log: Logger;
  /** A client for one server. */
  connect(url: string, options: HttpOptions): Http;
  /** The proxy for a URL; undefined: none. */
  proxyFor(url: string): string | undefined;
  /** Reads the PEM files that a `tls:` block names. Throws ConfigError. */
  readTls(tls: TlsConfig | undefined): TlsOptions | undefined;
  /** A path of the config, from the folder of the config file. */
  resolvePath(path: string): string;
  /** Epoch milliseconds. */
  nowMs: () => number;
  /** Rejects when the signal is aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** One line in registry.ts. `options` is the destination's block in the config, `type` left out. */
export interface DestinationKind<Options = unknown> {
  type: string;
  options: z.ZodType<Options>;
  /** Seconds after which an attribute expires in a feed that says nothing of it. Absent: never. */
  expireAfter?: number;
  /** What reads there takes every record for fit for detection, whatever MISP says (`to_ids`). Absent: no. */
  matchesAll?: true;
  /** Its destinations have `install`. Absent: nothing must stand there. */
  installs?: true;
  create(options: Options, context: DestinationContext): Destination;
}
