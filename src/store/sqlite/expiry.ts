// Which attributes of a feed have expired, and what a changed rule makes of the others.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExpiryRule } from '../../records/lifetime.ts';
import type { Database } from './database.ts';
import type { Names } from './names.ts';

/** A ledger may have millions of rows: by the first byte of the uuid no step is long, and heartbeats and others go on in between. */
const SLICES = 256;

export class Expiry {
  private readonly db: Database;
  private readonly names: Names;

  constructor(db: Database, names: Names) {
    this.db = db;
    this.names = names;
  }

  expired(feed: string, at: number, limit: number): string[] {
    // A withdrawal that was refused is a dead letter: it would be found again for ever.
    const rows = this.db.all(
      `SELECT hex(uuid) AS uuid FROM ledger
       WHERE feed = ? AND state = 1 AND expires_at IS NOT NULL AND expires_at <= ? AND rejected_digest IS NULL
       ORDER BY expires_at LIMIT ?`,
      this.names.feed(feed),
      at,
      limit,
    );
    return rows.map(({ uuid }) => uuidOf(String(uuid)));
  }

  async set(feed: string, rule: ExpiryRule): Promise<boolean> {
    // A feed that is not known has no ledger; and its name must stay free, since another feed may be renamed to it.
    const known = this.db.get('SELECT id, expiry FROM feeds WHERE name = ?', feed);
    const wanted = textOf(rule);
    // A ledger without a rule has no ends.
    if (!known || known['expiry'] === wanted || (known['expiry'] === null && isNever(rule))) return false;
    const id = Number(known['id']);
    for (let slice = 0; slice < SLICES; slice++) {
      this.apply(id, rule, slice);
      await nextTurn();
    }
    this.db.run('UPDATE feeds SET expiry = ? WHERE id = ?', wanted, id); // last: one that is cut off is done again
    return true;
  }

  oldestLive(feed: string): number | null {
    const sql = 'SELECT MIN(timestamp) AS oldest FROM ledger WHERE feed = ? AND state = 1';
    const { oldest } = this.db.get(sql, this.names.feed(feed))!;
    return oldest === null ? null : Number(oldest);
  }

  private apply(feed: number, { default: otherwise, byType }: ExpiryRule, slice: number): void {
    const types = Object.entries(byType).map(([type, seconds]) => [this.names.id(type), seconds] as const);
    const cases = types.map(() => 'WHEN ? THEN ?').join(' ');
    const seconds = types.length > 0 ? `CASE type ${cases} ELSE ? END` : '?';
    const from = Buffer.from([slice]);
    const range = slice + 1 < SLICES ? 'uuid >= ? AND uuid < ?' : 'uuid >= ?';
    const to = slice + 1 < SLICES ? [Buffer.from([slice + 1])] : [];
    this.db.run(
      `UPDATE ledger SET expires_at = COALESCE(counted_from, timestamp) + ${seconds} WHERE feed = ? AND ${range}`,
      ...types.flat(),
      otherwise,
      feed,
      from,
      ...to,
    );
  }
}

const isNever = ({ default: otherwise, byType }: ExpiryRule): boolean =>
  otherwise === null && Object.values(byType).every((seconds) => seconds === null);

const textOf = ({ default: otherwise, byType }: ExpiryRule): string =>
  JSON.stringify([otherwise, Object.entries(byType).sort(([a], [b]) => (a < b ? -1 : 1))]);

const uuidOf = (hex: string): string =>
  hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
