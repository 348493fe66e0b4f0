// From a row of MISP to what a feed sends for it: record, filter, verdict against the ledger, delivery, line. `translate` sends
// the line and `preview` shows it, so both take this one path.
import type { BatchLimits } from './destinations/destination.ts';
import { RecordError } from './errors.ts';
import type { FeedRuntime } from './feeds.ts';
import { recordOf } from './misp/record.ts';
import type { AttributeRow } from './misp/schema.ts';
import { type Delivery, deliveryIdOf, type Withdrawal } from './records/delivery.ts';
import type { LedgerRow } from './records/ledger-row.ts';
import { countedFrom, endOf, expiresAt } from './records/lifetime.ts';
import type { IndicatorRecord } from './records/record.ts';
import { type Verdict, verdictOf } from './records/verdict.ts';

/** What is only known once a row is read: its number, and MISP's clock in epoch seconds. */
export interface ReadAs {
  seq: number;
  observedAt: number;
}

export type SendVerdict = Extract<Verdict, { kind: 'upsert' | 'withdraw' }>;
export type Outcome = { record: IndicatorRecord } & (
  { verdict: SendVerdict; delivery: Delivery } | { verdict: Exclude<Verdict, SendVerdict>; delivery: null }
);

/** Pure. `known`: what the ledger holds of this attribute. */
export function outcomeOf(
  feed: FeedRuntime,
  row: AttributeRow,
  known: LedgerRow | undefined,
  { seq, observedAt }: ReadAs,
): Outcome {
  const record = recordOf(row);
  const rule = feed.matches(record) ?? endOf(feed.lifetime, record, observedAt);
  const verdict = verdictOf(record, rule, known, seq, feed.decayStep);
  if (verdict.kind !== 'upsert' && verdict.kind !== 'withdraw') return { record, verdict, delivery: null };
  const base = {
    ...originOf(feed),
    seq,
    deliveryId: deliveryIdOf(record, verdict.digest, verdict.kind, known?.withdrawals ?? 0),
    observedAt,
  };
  const delivery: Delivery =
    verdict.kind === 'upsert'
      ? { action: 'upsert', ...base, record, expiresAt: expiryOf(feed, record), original: originalOf(feed, row) }
      : { action: 'withdraw', ...base, reason: verdict.reason, identity: known!.identity };
  return { record, verdict, delivery };
}

const originOf = ({ name, endpoint, source }: FeedRuntime) => ({
  feed: name,
  endpoint,
  source: source.name,
  sourceUrl: source.url,
});

export const expiryOf = ({ lifetime }: FeedRuntime, record: IndicatorRecord): number | null =>
  expiresAt(lifetime.expiry, record.type, countedFrom(record));

/** Without what we have put beside it ourselves. */
function originalOf({ destination }: FeedRuntime, row: AttributeRow): string | null {
  if (!destination.wantsOriginal) return null;
  const { RelayObject: _object, RelayContext: _context, ...told } = row;
  return JSON.stringify(told);
}

/**
 * What withdraws an attribute whose time is over, from the ledger alone. Its `seq` is the one after the version that it ends: what is
 * read in the meantime, and is newer, has a greater one and stays.
 */
export function expiryWithdrawal(feed: FeedRuntime, known: LedgerRow, observedAt: number): Withdrawal {
  const { identity, timestamp, deleted, digest, withdrawals } = known;
  return {
    action: 'withdraw',
    ...originOf(feed),
    seq: known.seq + 1,
    deliveryId: deliveryIdOf({ uuid: identity.uuid, timestamp, deleted }, digest ?? '', 'withdraw', withdrawals),
    observedAt,
    reason: 'expired',
    identity,
  };
}

/** Bytes of an encoded line with its line break. Throws RecordError RECORD_TOO_LARGE for one that no request may carry. */
export function bytesOf(line: string, { bytesMax, recordBytesMax }: BatchLimits): number {
  const bytes = Buffer.byteLength(line) + 1;
  if (bytes <= recordBytesMax && bytes <= bytesMax) return bytes;
  throw new RecordError(
    'RECORD_TOO_LARGE',
    `the encoded record has ${bytes} bytes; the destination takes ${Math.min(recordBytesMax, bytesMax)}`,
  );
}
