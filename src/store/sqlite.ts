// The store on one SQLite file (`node:sqlite`): the embedded default. Composition only; the parts lie in sqlite/.
import { committed } from '../core/checkpoint.ts';
import type { FeedState } from '../core/feed-state.ts';
import { ClaimCheck } from './sqlite/claim-check.ts';
import { Checkpoints } from './sqlite/checkpoints.ts';
import { Database } from './sqlite/database.ts';
import { DeadLetters } from './sqlite/dead-letters.ts';
import { Expiry } from './sqlite/expiry.ts';
import { Leases } from './sqlite/leases.ts';
import { Ledger } from './sqlite/ledger.ts';
import { Names } from './sqlite/names.ts';
import type { Blob, Claim, Finish, Lease, NewShipment, Settlement, Store, StoreSizes } from './store.ts';
import type { BatchProgress } from '../destinations/destination.ts';
import type { ExpiryRule } from '../records/lifetime.ts';

export interface SqliteOptions {
  /** Epoch milliseconds; for tests and simulations. */
  nowMs?: () => number;
}

/** Opens the file, or makes it. Throws PermanentError STORE_* when it cannot be used. */
export function openSqlite(path: string, { nowMs = Date.now }: SqliteOptions = {}): Store {
  const db = new Database(path);
  return new SqliteStore(db, nowMs);
}

class SqliteStore implements Store {
  private readonly db: Database;
  private readonly now: () => number;
  private readonly names: Names;
  private readonly ledger: Ledger;
  private readonly expiry: Expiry;
  private readonly claims: ClaimCheck;
  private readonly checkpoints: Checkpoints;
  private readonly letters: DeadLetters;
  private readonly leases: Leases;

  constructor(db: Database, nowMs: () => number) {
    this.db = db;
    this.now = () => Math.floor(nowMs() / 1000);
    this.names = new Names(db);
    this.ledger = new Ledger(db, this.names);
    this.expiry = new Expiry(db, this.names);
    this.claims = new ClaimCheck(db, this.names, this.now);
    this.checkpoints = new Checkpoints(db, this.ledger, this.now);
    this.letters = new DeadLetters(db, this.names);
    this.leases = new Leases(db, nowMs);
  }

  putPage = async (blob: Blob) => this.claims.putPage(blob);
  getPage = async (ref: string, owner: string) => this.claims.getPage(ref, owner);
  putShipment = async (shipment: NewShipment) => this.claims.putShipment(shipment);
  claimShipment = async (ref: string, owner: string) => this.claims.claim(ref, owner);
  readBatch = async (claim: Claim, index: number) => this.claims.readBatch(claim, index);
  saveBatch = async (claim: Claim, index: number, progress: BatchProgress) =>
    this.claims.saveBatch(claim, index, progress);
  unfinishedShipments = async (of: { owner: string } | { before: number }) => this.claims.unfinished(of);
  manifestsUnderWay = async (feed: string, exceptOwner: string) => this.claims.manifestsUnderWay(feed, exceptOwner);
  dropShipment = async (claim: Claim) => this.claims.drop(claim);
  sweep = async (before: number) => this.claims.sweep(before);

  settlePart = async (claim: Claim, part: Settlement) => this.db.transaction(() => void this.settle(claim, part));

  finishShipment = async (claim: Claim, finish: Finish) =>
    this.db.transaction(() => {
      const { page, feed } = this.settle(claim, finish);
      this.claims.replaceByReceipt(claim, page, finish.receipt);
      const { id, state } = finish.checkpoint;
      this.checkpoints.commit(id, feed, committed(state, finish.receipt));
    });

  lookUp = async (feed: string, uuids: readonly string[]) => this.ledger.lookUp(feed, uuids);
  countLedger = async (feed: string, from = -(2 ** 53)) => this.ledger.count(feed, from);
  generationOf = async (feed: string) => this.ledger.generation(feed);
  expired = async (feed: string, at: number, limit: number) => this.expiry.expired(feed, at, limit);
  setExpiry = (feed: string, rule: ExpiryRule) => this.expiry.set(feed, rule);
  oldestLive = async (feed: string) => this.expiry.oldestLive(feed);

  createCheckpoint = async (id: string, feed: string, state: FeedState) => this.checkpoints.create(id, feed, state);
  readCheckpoint = async (id: string) => this.checkpoints.read(id);
  saveCheckpoint = async (id: string, feed: string, state: FeedState) => this.checkpoints.save(id, feed, state);
  reviveCheckpoint = async (id: string) => this.checkpoints.revive(id);
  listCheckpoints = async () => this.checkpoints.list();

  listDeadLetters = async (filter: { feed?: string; replay?: boolean; limit?: number }) => this.letters.list(filter);
  countDeadLetters = async (feed: string) => this.letters.count(feed);
  getDeadLetter = async (id: number) => this.letters.get(id);
  markForReplay = async (ids: readonly number[]) => this.db.transaction(() => this.letters.markForReplay(ids));
  dropDeadLetters = async (ids: readonly number[]) => this.db.transaction(() => this.letters.drop(ids));

  drawSeq = async (source: string, atLeast: number, count: number) =>
    this.db.transaction(() => {
      this.db.run('INSERT INTO sources (name) VALUES (?) ON CONFLICT DO NOTHING', source);
      const { seq } = this.db.get('SELECT seq FROM sources WHERE name = ?', source)!;
      const first = Math.max(Number(seq) + 1, atLeast);
      this.db.run('UPDATE sources SET seq = ? WHERE name = ?', first + count - 1, source);
      return first;
    });

  getSourceIdentity = async (source: string) => {
    const row = this.db.get('SELECT identity FROM sources WHERE name = ?', source);
    return typeof row?.['identity'] === 'string' ? row['identity'] : null;
  };

  setSourceIdentity = async (source: string, identity: string) => {
    const sql =
      'INSERT INTO sources (name, identity) VALUES (?, ?) ON CONFLICT DO UPDATE SET identity = excluded.identity';
    this.db.run(sql, source, identity);
  };

  renameFeed = async (from: string, to: string) =>
    this.db.transaction(() => {
      if (this.db.get('SELECT 1 FROM feeds WHERE name = ?', to)) return false;
      this.db.run('UPDATE feeds SET name = ? WHERE name = ?', to, from);
      this.db.run('UPDATE OR IGNORE checkpoints SET id = ?, feed = ? WHERE id = ?', `sync/${to}`, to, `sync/${from}`);
      return true;
    });

  acquireLease = async (lease: Lease, rank: number, ttlMs: number) => this.leases.acquire(lease, rank, ttlMs);
  renewLease = async (lease: Lease, ttlMs: number) => this.leases.renew(lease, ttlMs);
  releaseLease = async (lease: Lease) => this.leases.release(lease);

  sizes = async (): Promise<StoreSizes> => {
    const count = (table: string): number => Number(this.db.get(`SELECT COUNT(*) AS n FROM ${table}`)!['n']);
    const pragma = (name: string): number => Number(this.db.get(`PRAGMA ${name}`)![name]);
    return {
      pages: count('pages'),
      shipments: count('shipments'),
      ledger: count('ledger'),
      deadLetters: count('dead_letters'),
      bytes: pragma('page_count') * pragma('page_size'),
    };
  };

  close = async () => this.db.close();

  private settle(claim: Claim, { entries, letters, resolved }: Settlement): { page: string; feed: string } {
    const { feed, generation, page } = this.claims.held(claim);
    const at = this.now();
    this.ledger.settle(feed, generation, claim.ref, entries, at);
    this.letters.drop(resolved);
    this.letters.add(feed, letters, at);
    return { page, feed: String(this.db.get('SELECT name FROM feeds WHERE id = ?', feed)!['name']) };
  }
}
