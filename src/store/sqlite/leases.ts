// Who may do what only one may do at a time. A lease runs out by itself; whoever waits says so, and a lower rank goes first.
import type { Lease } from '../store.ts';
import type { Database } from './database.ts';

/** A waiter that does not ask again within this time has gone away. */
const WAITER_MS = 5_000;

export class Leases {
  private readonly db: Database;
  private readonly nowMs: () => number;

  constructor(db: Database, nowMs: () => number) {
    this.db = db;
    this.nowMs = nowMs;
  }

  acquire({ name, holder }: Lease, rank: number, ttlMs: number): boolean {
    return this.db.transaction(() => {
      const now = this.nowMs();
      this.db.run('DELETE FROM lease_waiters WHERE until < ? OR until > ?', now, now + WAITER_MS);
      // One that ends later than any can was taken before the clock was set back: nobody can say how old it is.
      const held = this.db.get(
        'SELECT holder FROM leases WHERE name = ? AND until > ? AND until <= ? AND holder <> ?',
        name,
        now,
        now + ttlMs,
        holder,
      );
      const before = this.db.get(
        'SELECT 1 FROM lease_waiters WHERE name = ? AND holder <> ? AND rank < ?',
        name,
        holder,
        rank,
      );
      if (held || before) {
        this.db.run(
          'INSERT INTO lease_waiters (name, holder, rank, until) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until',
          name,
          holder,
          rank,
          now + WAITER_MS,
        );
        return false;
      }
      this.db.run('DELETE FROM lease_waiters WHERE name = ? AND holder = ?', name, holder);
      this.db.run(
        'INSERT INTO leases (name, holder, until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until',
        name,
        holder,
        now + ttlMs,
      );
      return true;
    });
  }

  renew({ name, holder }: Lease, ttlMs: number): boolean {
    return (
      this.db.run('UPDATE leases SET until = ? WHERE name = ? AND holder = ?', this.nowMs() + ttlMs, name, holder) > 0
    );
  }

  release({ name, holder }: Lease): void {
    this.db.run('DELETE FROM leases WHERE name = ? AND holder = ?', name, holder);
    this.db.run('DELETE FROM lease_waiters WHERE name = ? AND holder = ?', name, holder);
  }
}
