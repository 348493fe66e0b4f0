// A page as it lies in the store between fetch and translate.
import { packKey } from '../src/core/attribute-key.ts';
import { messageOf } from '../src/errors.ts';
import type { BadRow } from '../src/misp/read-page.ts';
import type { AttributeRow } from '../src/misp/schema.ts';
import type { EventContexts } from '../src/misp/surroundings.ts';
import type { UnreadableRow } from '../src/misp/unreadable.ts';

/** A dead letter that is replayed: its id, and when its row was read. */
export interface Replayed {
  id: number;
  seq: number;
}

interface Numbered {
  /** Drawn under the reader lease, right after the answer: a later reading has a higher one. */
  seq: number;
  letter: Replayed | null;
}

export interface StoredRow extends Numbered {
  row: AttributeRow;
  /**
   * Read because its event was changed or published. What we deliver of the event, its tags above all, may then be new under a
   * key that is settled: the digest in the ledger decides, and not the dedup window. The same holds for what was deleted: an older
   * version may have come late, and must be withdrawn.
   */
  ofEvent: boolean;
}

/** A row that cannot be parsed, or that has no key. */
export interface BrokenRow extends Numbered {
  reason: string;
  raw: unknown;
  uuid: string | null;
  id: string | null;
}

/** An answer of MISP as it came, the number of its first row, and why it was asked for. */
export interface StoredAnswer {
  body: Uint8Array;
  first: number;
  ofEvent: boolean;
  /** Of an events feed: what stands around its rows. */
  around?: { contexts: EventContexts; plain: number };
}

export interface StoredPage {
  feed: string;
  /** From the store itself: dead letters that are replayed. The dedup window and earlier rejections do not count for them. */
  local: boolean;
  rows: StoredRow[];
  broken: BrokenRow[];
  /** Rows that MISP cannot deliver. */
  unreadable: (UnreadableRow & { seq: number })[];
  /** Uuids of attributes that are live and whose time is over; they come from the ledger, and have no row. */
  expired?: string[];
  /** Epoch seconds, MISP's clock when the last answer was made. */
  observedAt: number;
}

export const newPage = (feed: string, local: boolean, observedAt: number): StoredPage => ({
  feed,
  local,
  rows: [],
  broken: [],
  unreadable: [],
  observedAt,
});

/** Everything that a page holds is accounted for by the shipment that is made from it. */
export const rowCount = ({ rows, broken, unreadable, expired = [] }: StoredPage): number =>
  rows.length + broken.length + unreadable.length + expired.length;

/** The keys of the rows, in order: what the workflow knows of them. */
export const keysOf = ({ rows }: StoredPage): string => rows.map(({ row }) => packKey(row)).join('');

/** The rows of an answer, numbered in this order. */
export function addAnswer(
  page: StoredPage,
  { rows, badRows }: { rows: readonly AttributeRow[]; badRows: readonly BadRow[] },
  { first, ofEvent }: Omit<StoredAnswer, 'body'>,
): void {
  rows.forEach((row, n) => addRow(page, row, first + n, { ofEvent }));
  badRows.forEach((bad, n) => addBroken(page, bad, first + rows.length + n));
}

/** A row whose key cannot be made is set aside with the reason; it is never dropped. */
export function addRow(
  page: StoredPage,
  row: AttributeRow,
  seq: number,
  { letter = null, ofEvent = false }: { letter?: Replayed | null; ofEvent?: boolean } = {},
): void {
  try {
    packKey(row);
    page.rows.push({ row, seq, letter, ofEvent });
  } catch (error) {
    addBroken(page, { ok: false, reason: messageOf(error), raw: row, uuid: row.uuid, id: String(row.id) }, seq, letter);
  }
}

export function addBroken(
  page: StoredPage,
  { reason, raw, uuid, id }: BadRow,
  seq: number,
  letter: Replayed | null = null,
): void {
  page.broken.push({ reason, raw, uuid: uuid ?? null, id: id ?? null, seq, letter });
}
