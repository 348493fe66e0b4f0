// What a feed would send, byte for byte, and what it would leave out and why. It goes the way of `translate` (delivery-of.ts), looks
// at the store without touching it, and draws no number: what is only known at delivery stands there as the next one would.
import { isUuid, packKey } from '../core/attribute-key.ts';
import { isoOf } from '../core/times.ts';
import { bytesOf, outcomeOf, type ReadAs } from '../delivery-of.ts';
import { messageOf, RecordError } from '../errors.ts';
import type { FeedRuntime } from '../feeds.ts';
import { type AttributeRow, parseRow } from '../misp/schema.ts';
import { digestOf } from '../records/digest.ts';
import type { LedgerRow } from '../records/ledger-row.ts';
import type { IndicatorRecord } from '../records/record.ts';
import type { Verdict } from '../records/verdict.ts';
import { pathsApart } from './apart.ts';
import { type Rows, uuidOf } from './rows.ts';

export interface Preview {
  /** In the order in which they were looked at. `line`: as the destination would post it. */
  sent: { uuid: string; line: string }[];
  /** `uuid` is null when the row does not tell it. */
  leftOut: { uuid: string | null; rule: string }[];
  /** Places in the lines that will hold something else at delivery, such as `event.seq`. */
  differs: string[];
}

/** What the store knows; without one nothing is confirmed. */
export interface Known {
  lookUp(feed: string, uuids: readonly string[]): ReadonlyMap<string, LedgerRow>;
  lastSeq(source: string): number;
}

export interface PreviewOptions {
  known: Known | null;
  /** Stops when so many lines are there. */
  limit: number;
  /** As after a reset with `redeliver`: what is confirmed is shown again. */
  redeliver: boolean;
}

/** Pure, but for the look into the store. */
export function previewOf(
  feed: FeedRuntime,
  { rows, observedAt, narrowedAway }: Rows,
  options: PreviewOptions,
): Preview {
  const { known, limit, redeliver } = options;
  const preview: Preview = { sent: [], leftOut: [], differs: [] };
  const ledger = known?.lookUp(feed.name, [...new Set(rows.map(uuidOf).filter((uuid) => isUuid(uuid)))]);
  const differs = new Set<string>();
  let seq = Math.max((known?.lastSeq(feed.source.name) ?? 0) + 1, observedAt * 1000);
  for (const raw of rows) {
    if (preview.sent.length >= limit) break;
    const { uuid, row, rule } = readable(raw);
    const before = ledger?.get(uuid ?? '');
    const result =
      row === null
        ? { rule }
        : narrowedAway.has(row.uuid)
          ? { rule: NARROWED_AWAY }
          : lineOf(feed, row, redeliver ? forgotten(before) : before, { seq: seq++, observedAt });
    if ('line' in result) {
      preview.sent.push({ uuid: uuid!, line: result.line });
      for (const path of result.differs) differs.add(path);
    } else preview.leftOut.push({ uuid, rule: result.rule });
  }
  return { ...preview, differs: [...differs].sort() };
}

const NARROWED_AWAY = 'restSearch or eventIds: MISP leaves it out, because the feed asks it to';

const forgotten = (row: LedgerRow | undefined): LedgerRow | undefined =>
  row && { ...row, digest: null, rejectedDigest: null };

type Readable = { uuid: string; row: AttributeRow; rule: '' } | { uuid: string | null; row: null; rule: string };

function readable(raw: unknown): Readable {
  const parsed = parseRow(raw);
  if (!parsed.ok) return { uuid: parsed.uuid ?? null, row: null, rule: letter('ROW_MALFORMED', parsed.reason) };
  const { row } = parsed;
  try {
    packKey(row);
    return { uuid: row.uuid, row, rule: '' };
  } catch (error) {
    return { uuid: row.uuid, row: null, rule: letter('ROW_MALFORMED', messageOf(error)) };
  }
}

function lineOf(
  feed: FeedRuntime,
  row: AttributeRow,
  known: LedgerRow | undefined,
  read: ReadAs,
): { line: string; differs: string[] } | { rule: string } {
  const encoded = (as: ReadAs): string | { rule: string } => {
    const { record, verdict, delivery } = outcomeOf(feed, row, known, as);
    return delivery ? feed.destination.encode(delivery, feed.shape) : { rule: ruleOf(record, verdict, known) };
  };
  try {
    const line = encoded(read);
    if (typeof line !== 'string') return line;
    bytesOf(line, feed.destination.limits);
    // Found out rather than known: a mapping of the user's own may put seq and time anywhere.
    const later = encoded({ seq: read.seq + 1, observedAt: read.observedAt + 1 });
    return { line, differs: typeof later === 'string' ? pathsApart(line, later) : [] };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { rule: letter(error.code, error.message) };
  }
}

const letter = (code: string, reason: string): string => `dead letter ${code}: ${reason}`;

function ruleOf(record: IndicatorRecord, verdict: Verdict, known: LedgerRow | undefined): string {
  if (verdict.kind === 'filtered') return verdict.rule;
  if (verdict.kind === 'note deleted') return 'deleted: it is not at the destination, so nothing is withdrawn';
  if (known?.rejectedDigest === digestOf(record)) return 'unchanged: it is a dead letter in this form';
  const how = known?.state === 'withdrawn' ? 'withdrawn' : 'confirmed';
  return known ? `unchanged: ${how} at ${isoOf(known.at)}` : 'unchanged';
}
