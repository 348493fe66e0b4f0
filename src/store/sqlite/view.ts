// The store as it is, for those who only look: nothing is made, brought to a newer form, or locked.
import { existsSync } from 'node:fs';
import type { LedgerRow } from '../../records/ledger-row.ts';
import { Database } from './database.ts';
import { Ledger } from './ledger.ts';
import { migrations } from './migrations.ts';
import { Names } from './names.ts';

export class StoreView {
  /** The form of the file, and the one that this misp-relay writes. Of another form than that nothing more can be read. */
  readonly form: number;
  readonly formNow = migrations.length;
  private readonly db: Database;
  private readonly ledger: Ledger;

  /** Throws RelayErrors STORE_*. */
  constructor(path: string) {
    this.db = new Database(path, { readOnly: true });
    this.ledger = new Ledger(this.db, new Names(this.db));
    this.form = this.db.form();
  }

  /** Empty for a feed that the store does not know. */
  lookUp(feed: string, uuids: readonly string[]): Map<string, LedgerRow> {
    return this.knows(feed) ? this.ledger.lookUp(feed, uuids) : new Map<string, LedgerRow>();
  }

  knows(feed: string): boolean {
    return this.db.get('SELECT 1 FROM feeds WHERE name = ?', feed) !== undefined;
  }

  /** The number that was drawn last for a source; 0: none yet. */
  lastSeq(source: string): number {
    return Number(this.db.get('SELECT seq FROM sources WHERE name = ?', source)?.['seq'] ?? 0);
  }

  close(): void {
    this.db.close();
  }
}

/** Null: there is no store yet. */
export const viewSqlite = (path: string): StoreView | null =>
  path === ':memory:' || !existsSync(path) ? null : new StoreView(path);
