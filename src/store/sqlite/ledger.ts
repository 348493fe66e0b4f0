// The ledger: for each feed and attribute what the destination has confirmed. It never takes a lower `seq`, so that a slow
// backfill cannot bring an old version back.
import { createHash } from 'node:crypto';
import type { StoredIdentity } from '../../records/delivery.ts';
import type { SettledEntry } from '../store.ts';
import type { LedgerRow, LedgerState } from '../../records/ledger-row.ts';
import type { Database, Row } from './database.ts';
import type { Names } from './names.ts';

const STATES: readonly LedgerState[] = ['live', 'withdrawn', 'rejected'];
const VALUE_BYTES_MAX = 512;

export class Ledger {
  private readonly db: Database;
  private readonly names: Names;

  constructor(db: Database, names: Names) {
    this.db = db;
    this.names = names;
  }

  lookUp(feed: string, uuids: readonly string[]): Map<string, LedgerRow> {
    const id = this.names.feed(feed);
    const found = new Map<string, LedgerRow>();
    // One call for all: most of a page is not known yet, and a call costs more than the search. CROSS keeps the order of the join.
    const rows = this.db.all(
      `SELECT wanted.value AS wanted, ledger.* FROM json_each(?) AS wanted
       CROSS JOIN ledger ON ledger.feed = ? AND ledger.uuid = unhex(wanted.value, '-')`,
      JSON.stringify(uuids),
      id,
    );
    for (const row of rows) {
      const uuid = String(row['wanted']);
      found.set(uuid, this.rowOf(uuid, row));
    }
    return found;
  }

  count(feed: string, from: number): Record<LedgerState, number> {
    const counts = { live: 0, withdrawn: 0, rejected: 0 };
    const rows = this.db.all(
      'SELECT state, COUNT(*) AS n FROM ledger WHERE feed = ? AND timestamp >= ? GROUP BY state',
      this.names.feed(feed),
      from,
    );
    for (const row of rows) counts[STATES[Number(row['state']) - 1]!] = Number(row['n']);
    return counts;
  }

  generation(feed: string): number {
    return Number(this.db.get('SELECT generation FROM feeds WHERE id = ?', this.names.feed(feed))!['generation']);
  }

  /** What is confirmed from this second on is sent again. A delivery that is under way learns it by the generation. */
  forget(feed: string, from: number): void {
    const id = this.names.feed(feed);
    this.db.run('UPDATE ledger SET digest = NULL, rejected_digest = NULL WHERE feed = ? AND timestamp >= ?', id, from);
    this.db.run('UPDATE feeds SET generation = generation + 1, forgot_from = ? WHERE id = ?', from, id);
  }

  /** Inside a transaction. `generation`: the forgetting that the entries have seen. */
  settle(feed: number, generation: number, shipment: string, entries: readonly SettledEntry[], at: number): void {
    const forgot = this.db.get('SELECT generation, forgot_from FROM feeds WHERE id = ?', feed)!;
    const forgotFrom = Number(forgot['generation']) > generation ? Number(forgot['forgot_from']) : Infinity;
    const shipmentId = entries.length > 0 ? this.names.id(shipment) : 0;
    for (const entry of entries) {
      const digest = entry.digest === null || entry.timestamp >= forgotFrom ? null : Buffer.from(entry.digest, 'hex');
      if (entry.state === 'rejected') this.reject(feed, entry, digest, shipmentId, at);
      else this.confirm(feed, entry, digest, shipmentId, at);
    }
  }

  private confirm(feed: number, entry: SettledEntry, digest: Buffer | null, shipment: number, at: number): void {
    const taken = this.db.run(
      `INSERT INTO ledger (feed, uuid, timestamp, deleted, digest, seq, state, at, shipment, value, value_sha256, type, category,
         to_ids, orgc, tags, event, event_uuid, withdrawals, counted_from, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (feed, uuid) DO UPDATE SET timestamp = excluded.timestamp, deleted = excluded.deleted, digest = excluded.digest,
         rejected_digest = NULL, seq = excluded.seq, state = excluded.state, at = excluded.at, shipment = excluded.shipment,
         value = excluded.value, value_sha256 = excluded.value_sha256, type = excluded.type, category = excluded.category,
         to_ids = excluded.to_ids, orgc = excluded.orgc, tags = excluded.tags, event = excluded.event,
         event_uuid = excluded.event_uuid, withdrawals = excluded.withdrawals, counted_from = excluded.counted_from,
         expires_at = excluded.expires_at
       WHERE excluded.seq >= ledger.seq`,
      ...this.valuesOf(feed, entry, digest, shipment, at),
    );
    if (taken === 0 && entry.state === 'live') this.cameLate(feed, entry);
  }

  /** It was known as deleted before it came, and so nothing was sent: now there is something to withdraw. */
  private cameLate(feed: number, { uuid, seq }: SettledEntry): void {
    this.db.run(
      `UPDATE ledger SET state = 1, digest = NULL
       WHERE feed = ? AND uuid = ? AND seq > ? AND state = 2 AND withdrawals = 0`,
      feed,
      bytesOf(uuid),
      seq,
    );
  }

  /** The dead letter keeps the version from being tried again; what is live at the destination stays known as live. */
  private reject(feed: number, entry: SettledEntry, digest: Buffer | null, shipment: number, at: number): void {
    this.db.run(
      `INSERT INTO ledger (feed, uuid, timestamp, deleted, digest, seq, state, at, shipment, value, value_sha256, type, category,
         to_ids, orgc, tags, event, event_uuid, withdrawals, counted_from, expires_at, rejected_digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (feed, uuid) DO UPDATE SET rejected_digest = excluded.rejected_digest, seq = excluded.seq
       WHERE excluded.seq >= ledger.seq`,
      ...this.valuesOf(feed, entry, null, shipment, at),
      digest,
    );
  }

  private valuesOf(feed: number, entry: SettledEntry, digest: Buffer | null, shipment: number, at: number) {
    const { identity } = entry;
    const { value, sha256 } = short(identity.value);
    return [
      feed,
      bytesOf(entry.uuid),
      entry.timestamp,
      entry.deleted ? 1 : 0,
      digest,
      entry.seq,
      STATES.indexOf(entry.state) + 1,
      at,
      shipment,
      value,
      sha256,
      this.names.id(identity.type),
      this.names.id(identity.category),
      identity.toIds ? 1 : 0,
      this.names.id(identity.orgc),
      this.names.id(JSON.stringify(identity.tags)),
      this.names.id(identity.eventId),
      this.names.id(identity.eventUuid),
      entry.withdrawals,
      entry.countedFrom ?? entry.timestamp,
      entry.expiresAt ?? null,
    ] as const;
  }

  private rowOf(uuid: string, row: Row): LedgerRow {
    const text = (column: string): string => this.names.text(Number(row[column]));
    const hex = (column: string): string | null =>
      row[column] === null ? null : Buffer.from(row[column] as Uint8Array).toString('hex');
    const identity: StoredIdentity = {
      uuid,
      value: String(row['value']),
      type: text('type'),
      category: text('category'),
      toIds: row['to_ids'] === 1,
      orgc: text('orgc'),
      tags: JSON.parse(text('tags')) as string[],
      eventId: text('event'),
      eventUuid: text('event_uuid'),
      timestamp: Number(row['timestamp']),
    };
    return {
      timestamp: Number(row['timestamp']),
      deleted: row['deleted'] === 1,
      digest: hex('digest'),
      rejectedDigest: hex('rejected_digest'),
      seq: Number(row['seq']),
      state: STATES[Number(row['state']) - 1]!,
      at: Number(row['at']),
      shipment: text('shipment'),
      identity,
      withdrawals: Number(row['withdrawals']),
      countedFrom: Number(row['counted_from'] ?? row['timestamp']),
      expiresAt: row['expires_at'] === null ? null : Number(row['expires_at']),
    };
  }
}

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** Cut to 512 bytes at a character's border, with the hash of the whole when something is missing. */
function short(value: string): { value: string; sha256: Buffer | null } {
  const bytes = Buffer.from(value);
  if (bytes.length <= VALUE_BYTES_MAX) return { value: bytes.toString(), sha256: null };
  let end = VALUE_BYTES_MAX;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return { value: bytes.subarray(0, end).toString(), sha256: createHash('sha256').update(bytes).digest() };
}
