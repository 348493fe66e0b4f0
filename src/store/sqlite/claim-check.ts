// Pages and shipments: what waits between two activities, and how far each batch of a shipment has come.
// Every write to a shipment depends on the claim; the last one that claimed it wins.
import { createHash } from 'node:crypto';
import type { BatchProgress } from '../../destinations/destination.ts';
import { PermanentError } from '../../errors.ts';
import type { Receipt } from '../../core/progress.ts';
import { ClaimLost, type Blob, type Claim, type ClaimedShipment, type NewShipment } from '../store.ts';
import type { Database, Row } from './database.ts';
import type { Names } from './names.ts';

export class ClaimCheck {
  private readonly db: Database;
  private readonly names: Names;
  private readonly now: () => number;

  constructor(db: Database, names: Names, now: () => number) {
    this.db = db;
    this.names = names;
    this.now = now;
  }

  putPage({ ref, owner, bytes }: Blob): void {
    this.db.run(
      'INSERT INTO pages (ref, owner, sha256, touched, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET touched = excluded.touched',
      ref,
      owner,
      sha256(bytes),
      this.now(),
      bytes,
    );
  }

  getPage(ref: string, owner: string): Uint8Array | null {
    this.db.run('UPDATE pages SET touched = ? WHERE ref = ?', this.now(), ref);
    const row = this.db.get('SELECT owner, sha256, bytes FROM pages WHERE ref = ?', ref);
    return row ? checked(row, 'bytes', `page ${ref}`, owner) : null;
  }

  putShipment({ ref, owner, feed, page, generation, manifest, batches }: NewShipment): void {
    this.db.transaction(() => {
      const added = this.db.run(
        `INSERT INTO shipments (ref, owner, feed, page, generation, touched, sha256, manifest)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ref) DO NOTHING`,
        ref,
        owner,
        this.names.feed(feed),
        page,
        generation,
        this.now(),
        sha256(manifest),
        manifest,
      );
      if (added === 0) return; // the same attempt once more
      batches.forEach(({ records, body }, number) => {
        const sql = 'INSERT INTO batches (shipment, number, records, sha256, body) VALUES (?, ?, ?, ?, ?)';
        this.db.run(sql, ref, number, records, sha256(body), body);
      });
    });
  }

  claim(ref: string, owner: string): ClaimedShipment | null {
    return this.db.transaction(() => {
      const row = this.db.get('SELECT * FROM shipments WHERE ref = ?', ref);
      if (!row) return null;
      if (row['receipt'] !== null) return { receipt: JSON.parse(String(row['receipt'])) as Receipt };
      this.db.run("INSERT INTO counters (name, value) VALUES ('claim', 1) ON CONFLICT DO UPDATE SET value = value + 1");
      const number = Number(this.db.get("SELECT value FROM counters WHERE name = 'claim'")!['value']);
      this.db.run('UPDATE shipments SET claim = ?, touched = ? WHERE ref = ?', number, this.now(), ref);
      const batches = this.db.all('SELECT records, progress FROM batches WHERE shipment = ? ORDER BY number', ref);
      return {
        claim: { ref, number },
        page: String(row['page']),
        manifest: checked(row, 'manifest', `shipment ${ref}`, owner),
        batches: batches.map(({ records, progress }) => ({
          records: Number(records),
          progress: progress === null ? null : (JSON.parse(String(progress)) as BatchProgress),
        })),
      };
    });
  }

  readBatch(claim: Claim, index: number): Uint8Array {
    this.held(claim);
    const row = this.db.get('SELECT sha256, body FROM batches WHERE shipment = ? AND number = ?', claim.ref, index);
    if (!row) throw new ClaimLost(claim.ref);
    return checked(row, 'body', `batch ${index} of ${claim.ref}`);
  }

  saveBatch(claim: Claim, index: number, progress: BatchProgress): void {
    const saved = this.db.run(
      `UPDATE batches SET progress = ? WHERE shipment = ? AND number = ?
       AND EXISTS (SELECT 1 FROM shipments WHERE ref = batches.shipment AND claim = ? AND receipt IS NULL)`,
      JSON.stringify(progress),
      claim.ref,
      index,
      claim.number,
    );
    if (saved === 0) throw new ClaimLost(claim.ref);
  }

  /** The shipment that the claim holds. Throws ClaimLost. */
  held(claim: Claim): { feed: number; generation: number; page: string } {
    const row = this.db.get(
      'SELECT feed, generation, page FROM shipments WHERE ref = ? AND claim = ? AND receipt IS NULL',
      claim.ref,
      claim.number,
    );
    if (!row) throw new ClaimLost(claim.ref);
    return { feed: Number(row['feed']), generation: Number(row['generation']), page: String(row['page']) };
  }

  /** Inside the final transaction: the body goes, the receipt stays. */
  replaceByReceipt({ ref }: Claim, page: string, receipt: Receipt): void {
    this.db.run(
      'UPDATE shipments SET receipt = ?, manifest = NULL, touched = ? WHERE ref = ?',
      JSON.stringify(receipt),
      this.now(),
      ref,
    );
    this.db.run('DELETE FROM batches WHERE shipment = ?', ref);
    this.db.run('DELETE FROM pages WHERE ref = ?', page);
  }

  unfinished(of: { owner: string } | { before: number }): { ref: string; owner: string }[] {
    const open = 'SELECT ref, owner FROM shipments WHERE receipt IS NULL AND claim > 0 AND';
    const rows =
      'owner' in of ? this.db.all(`${open} owner = ?`, of.owner) : this.db.all(`${open} touched < ?`, of.before);
    return rows.map(({ ref, owner }) => ({ ref: String(ref), owner: String(owner) }));
  }

  manifestsUnderWay(feed: string, exceptOwner: string): Uint8Array[] {
    const sql = 'SELECT * FROM shipments WHERE receipt IS NULL AND feed = ? AND owner <> ?';
    const rows = this.db.all(sql, this.names.feed(feed), exceptOwner);
    return rows.map((row) => checked(row, 'manifest', `shipment ${String(row['ref'])}`));
  }

  drop(claim: Claim): void {
    this.db.transaction(() => {
      const { page } = this.held(claim);
      this.db.run('DELETE FROM shipments WHERE ref = ?', claim.ref);
      this.db.run('DELETE FROM pages WHERE ref = ?', page);
    });
  }

  sweep(before: number): { pages: number; shipments: number } {
    return this.db.transaction(() => ({
      pages: this.db.run('DELETE FROM pages WHERE touched < ?', before),
      shipments: this.db.run('DELETE FROM shipments WHERE touched < ?', before),
    }));
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function checked(row: Row, column: string, what: string, owner?: string): Uint8Array {
  const bytes = row[column] as Uint8Array;
  if (owner !== undefined && row['owner'] !== owner) {
    throw new PermanentError('STORE_OWNER', `${what} belongs to ${String(row['owner'])}, not to ${owner}`);
  }
  if (sha256(bytes) !== row['sha256']) {
    throw new PermanentError('STORE_HASH', `${what} is not what was stored: the store is damaged`);
  }
  return bytes;
}
