// The whole state of each workflow, by its id. Only a newer one is kept.
import { isNewer, revive, stored } from '../../core/checkpoint.ts';
import { STATE_VERSION, type FeedState } from '../../core/feed-state.ts';
import { PermanentError } from '../../errors.ts';
import type { Database } from './database.ts';
import type { Ledger } from './ledger.ts';

export class Checkpoints {
  private readonly db: Database;
  private readonly ledger: Ledger;
  private readonly now: () => number;

  constructor(db: Database, ledger: Ledger, now: () => number) {
    this.db = db;
    this.ledger = ledger;
    this.now = now;
  }

  create(id: string, feed: string, state: FeedState): boolean {
    return this.db.transaction(() => {
      if (this.read(id)) return false;
      this.put(id, feed, stored(state));
      return true;
    });
  }

  read(id: string): FeedState | null {
    const row = this.db.get('SELECT state FROM checkpoints WHERE id = ?', id);
    if (!row) return null;
    const state = JSON.parse(String(row['state'])) as FeedState;
    if (state.v !== STATE_VERSION) {
      throw new PermanentError(
        'STORE_TOO_NEW',
        `the checkpoint ${id} has version ${String(state.v)}: start the newer misp-relay`,
      );
    }
    return state;
  }

  save(id: string, feed: string, state: FeedState): boolean {
    return this.db.transaction(() => {
      const kept = this.read(id);
      if (kept && !isNewer(state, kept)) return false; // neither does it forget
      if (state.owe !== null) this.ledger.forget(feed, state.owe);
      this.put(id, feed, stored(state));
      return true;
    });
  }

  /** Inside the final transaction of a delivery: `state` is what the feed will hold. */
  commit(id: string, feed: string, state: FeedState): void {
    const kept = this.read(id);
    if (!kept || isNewer(state, kept)) this.put(id, feed, state);
  }

  revive(id: string): FeedState | null {
    return this.db.transaction(() => {
      const kept = this.read(id);
      if (!kept) return null;
      const state = revive(kept);
      const { feed } = this.db.get('SELECT feed FROM checkpoints WHERE id = ?', id)!;
      this.put(id, String(feed), stored(state));
      return state;
    });
  }

  list(): { id: string; feed: string; at: number }[] {
    const rows = this.db.all('SELECT id, feed, at FROM checkpoints ORDER BY id');
    return rows.map(({ id, feed, at }) => ({ id: String(id), feed: String(feed), at: Number(at) }));
  }

  private put(id: string, feed: string, state: FeedState): void {
    this.db.run(
      `INSERT INTO checkpoints (id, feed, life, revision, at, state) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET feed = excluded.feed, life = excluded.life, revision = excluded.revision,
         at = excluded.at, state = excluded.state`,
      id,
      feed,
      state.life,
      state.revision,
      this.now(),
      JSON.stringify(state),
    );
  }
}
