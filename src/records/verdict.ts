// What becomes of one row: the heart of "nothing is lost, nothing twice, and what must go goes".
import type { LedgerRow } from './ledger-row.ts';
import { DECAY_STEP, digestOf } from './digest.ts';
import { isEnd } from './lifetime.ts';
import type { IndicatorRecord } from './record.ts';

export type Verdict =
  | { kind: 'upsert'; digest: string }
  | { kind: 'withdraw'; digest: string; reason: string }
  /** Deleted, and not live at the destination: only the ledger learns it, so that no older version comes back. */
  | { kind: 'note deleted'; digest: string }
  /** Confirmed or rejected before, or the ledger knows something newer. */
  | { kind: 'unchanged' }
  | { kind: 'filtered'; rule: string };

/** The rule whose rows are never withdrawn by a poll: analysts unpublish to edit, so that waits for the reconcile. */
const WAITS_FOR_RECONCILE = 'published';

/**
 * `rule`: what leaves the record out, a filter rule or the end of its life, or null. `known`: what the ledger holds of this
 * attribute. `seq`: drawn when the row was read. `decayStep`: points by which a decay score must move to be another.
 */
export function verdictOf(
  record: IndicatorRecord,
  rule: string | null,
  known: LedgerRow | undefined,
  seq: number,
  decayStep: number = DECAY_STEP,
): Verdict {
  if (known && known.seq >= seq && !isInDoubt(known)) return { kind: 'unchanged' };
  const digest = digestOf(record, record.event.published, decayStep);
  if (record.deleted) return deletedVerdict(digest, known);
  if (rule !== null) {
    const goes = known?.state === 'live' && known.rejectedDigest !== digest && rule !== WAITS_FOR_RECONCILE;
    const reason = isEnd(rule) ? rule : `filtered: ${rule}`;
    return goes ? { kind: 'withdraw', digest, reason } : { kind: 'filtered', rule };
  }
  return isSettled(record, digest, known, decayStep) ? { kind: 'unchanged' } : { kind: 'upsert', digest };
}

/** Nothing is proved of it: neither confirmed nor rejected. */
const isInDoubt = ({ digest, rejectedDigest }: LedgerRow): boolean => digest === null && rejectedDigest === null;

function deletedVerdict(digest: string, known: LedgerRow | undefined): Verdict {
  if (known?.state === 'live') {
    return known.rejectedDigest === digest ? { kind: 'unchanged' } : { kind: 'withdraw', digest, reason: 'deleted' };
  }
  return known?.state === 'withdrawn' && known.digest === digest
    ? { kind: 'unchanged' }
    : { kind: 'note deleted', digest };
}

/** A record that is live, or a dead letter, in this very form. */
function isSettled(record: IndicatorRecord, digest: string, known: LedgerRow | undefined, decayStep: number): boolean {
  if (!known) return false;
  if (known.rejectedDigest === digest) return true;
  if (known.state !== 'live' || known.digest === null) return false;
  if (known.digest === digest) return true;
  // An event that is unpublished to be edited: every attribute of it is read again, and only the flag differs. The edited
  // ones are sent with `published: false`, and once more when the event is published; the others stay as they are.
  return !record.event.published && known.digest === digestOf(record, true, decayStep);
}
