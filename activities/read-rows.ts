// Rows, one by one: those that can be delivered have a key; the others travel with their reason and raw JSON.
import { packKey } from '../src/core/attribute-key.ts';
import { messageOf } from '../src/errors.ts';
import type { BadRow } from '../src/misp/read-page.ts';
import type { AttributeRow } from '../src/misp/schema.ts';
import type { BrokenRow } from './stored-page.ts';

export interface KeyedRows {
  rows: AttributeRow[];
  /** `keys[n]` is the key of `rows[n]`. */
  keys: string[];
  broken: BrokenRow[];
}

/** Every row ends in `rows` or in `broken`. */
export function keyRows(rows: readonly AttributeRow[], badRows: readonly BadRow[]): KeyedRows {
  const keyed: KeyedRows = { rows: [], keys: [], broken: badRows.map(brokenRow) };
  for (const row of rows) {
    try {
      keyed.keys.push(packKey(row));
      keyed.rows.push(row);
    } catch (error) {
      keyed.broken.push(
        brokenRow({ ok: false, reason: messageOf(error), raw: row, uuid: row.uuid, id: String(row.id) }),
      );
    }
  }
  return keyed;
}

const brokenRow = ({ reason, raw, uuid = undefined, id = undefined }: BadRow): BrokenRow => ({
  reason,
  raw,
  uuid: uuid ?? null,
  id: id ?? null,
});
