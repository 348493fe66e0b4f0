// What can never be sent, whole, with its reason. One letter for each feed, identity and digest.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DeadLetter, NewDeadLetter } from '../store.ts';
import type { Database, Row } from './database.ts';
import type { Names } from './names.ts';

const LISTED_MAX = 1_000;

export class DeadLetters {
  private readonly db: Database;
  private readonly names: Names;

  constructor(db: Database, names: Names) {
    this.db = db;
    this.names = names;
  }

  /** Inside a transaction. One that is met again is counted, and no longer waits to be replayed. */
  add(feed: number, letters: readonly NewDeadLetter[], at: number): void {
    for (const letter of letters) {
      this.db.run(
        `INSERT INTO dead_letters (feed, ident, digest, uuid, stage, code, reason, raw, seq, first_at, last_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (feed, ident, digest) DO UPDATE SET stage = excluded.stage, code = excluded.code, reason = excluded.reason,
           raw = excluded.raw, seq = excluded.seq, last_at = excluded.last_at, times = times + 1, replay = 0`,
        feed,
        letter.ident,
        letter.digest,
        letter.uuid,
        letter.stage,
        letter.code,
        letter.reason,
        gzipSync(letter.raw),
        letter.seq,
        at,
        at,
      );
    }
  }

  list({ feed, replay, limit = LISTED_MAX }: { feed?: string; replay?: boolean; limit?: number }): DeadLetter[] {
    const rows = this.db.all(
      `SELECT dead_letters.*, feeds.name FROM dead_letters JOIN feeds ON feeds.id = dead_letters.feed
       WHERE (? IS NULL OR feeds.name = ?) AND (? = 0 OR replay = 1) ORDER BY dead_letters.id LIMIT ?`,
      feed ?? null,
      feed ?? null,
      replay ? 1 : 0,
      limit,
    );
    return rows.map(letterOf);
  }

  get(id: number): DeadLetter | null {
    const sql =
      'SELECT dead_letters.*, feeds.name FROM dead_letters JOIN feeds ON feeds.id = dead_letters.feed WHERE dead_letters.id = ?';
    const row = this.db.get(sql, id);
    return row ? letterOf(row) : null;
  }

  count(feed: string): number {
    return Number(this.db.get('SELECT COUNT(*) AS n FROM dead_letters WHERE feed = ?', this.names.feed(feed))!['n']);
  }

  markForReplay(ids: readonly number[]): number {
    return ids.reduce((n, id) => n + this.db.run('UPDATE dead_letters SET replay = 1 WHERE id = ?', id), 0);
  }

  drop(ids: readonly number[]): number {
    return ids.reduce((n, id) => n + this.db.run('DELETE FROM dead_letters WHERE id = ?', id), 0);
  }
}

const letterOf = (row: Row): DeadLetter => ({
  id: Number(row['id']),
  feed: String(row['name']),
  ident: String(row['ident']),
  digest: String(row['digest']),
  uuid: row['uuid'] === null ? null : String(row['uuid']),
  stage: String(row['stage']),
  code: String(row['code']),
  reason: String(row['reason']),
  raw: gunzipSync(row['raw'] as Uint8Array).toString(),
  seq: Number(row['seq']),
  firstAt: Number(row['first_at']),
  lastAt: Number(row['last_at']),
  times: Number(row['times']),
  replay: row['replay'] === 1,
});
