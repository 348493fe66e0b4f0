// What the relay's store shows of the work under way, read from its file while the worker writes to it.
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** The newest shipment is the one that is being delivered, because a feed ships one page at a time. */
export interface Newest {
  /** The count of shipments so far. */
  shipments: number;
  /** A delivery has begun. */
  claimed: boolean;
  /** It is committed. */
  receipt: boolean;
  /** Batches whose request is under way. */
  posting: number;
}

export class StoreView {
  private readonly db: DatabaseSync;
  private readonly shipment: StatementSync;
  private readonly posting: StatementSync;
  private readonly receipts: StatementSync;

  constructor(path: string) {
    this.db = new DatabaseSync(path, { readOnly: true });
    this.db.exec('PRAGMA busy_timeout = 5000');
    this.shipment = this.db.prepare(
      'SELECT rowid AS number, ref, claim > 0 AS claimed, receipt IS NOT NULL AS receipt FROM shipments ORDER BY rowid DESC LIMIT 1',
    );
    this.posting = this.db.prepare(
      "SELECT COUNT(*) AS n FROM batches WHERE shipment = ? AND json_extract(progress, '$.posting') IS NOT NULL",
    );
    this.receipts = this.db.prepare('SELECT COUNT(*) AS n FROM shipments WHERE receipt IS NOT NULL');
  }

  newest(): Newest {
    const row = this.shipment.get();
    if (!row) return { shipments: 0, claimed: false, receipt: false, posting: 0 };
    const posting = Number(this.posting.get(String(row['ref']))!['n']);
    return {
      shipments: Number(row['number']),
      claimed: row['claimed'] === 1,
      receipt: row['receipt'] === 1,
      posting,
    };
  }

  /** How many deliveries are committed. */
  committed(): number {
    return Number(this.receipts.get()!['n']);
  }

  deadLetters(): Set<string> {
    return new Set(
      this.db
        .prepare('SELECT uuid FROM dead_letters WHERE uuid IS NOT NULL')
        .all()
        .map(({ uuid }) => String(uuid)),
    );
  }

  close(): void {
    this.db.close();
  }
}
