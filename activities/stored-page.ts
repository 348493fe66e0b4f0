// A page as it lies in the store between fetch and translate.
import type { AttributeRow } from '../src/misp/schema.ts';
import type { UnreadableRow } from '../src/misp/unreadable.ts';

export interface BrokenRow {
  reason: string;
  raw: unknown;
  uuid: string | null;
  id: string | null;
}

export interface StoredPage {
  feed: string;
  /** From the store itself: dead letters that are replayed. The dedup window and earlier rejections do not count for them. */
  local: boolean;
  /** The rows that could be parsed, in the order of the keys. */
  rows: AttributeRow[];
  /** For a local page: the dead letter that each row, then each broken row, came from. */
  letters: { id: number; seq: number }[];
  broken: BrokenRow[];
  unreadable: UnreadableRow[];
  /** Row n has the number `seq + n`; broken rows follow. */
  seq: number;
  /** Epoch seconds, MISP's clock when the answer was made. */
  observedAt: number;
}

/** Everything that a page holds is accounted for by the shipment that is made from it. */
export const rowCount = (page: StoredPage): number => page.rows.length + page.broken.length + page.unreadable.length;
