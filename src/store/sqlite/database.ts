// The database file: opened with the right settings, brought to the newest form, and its errors put into words.
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { PermanentError, RelayError, RetryableError, messageOf } from '../../errors.ts';
import { ClaimLost } from '../store.ts';
import { migrations } from './migrations.ts';

export type Row = Record<string, SQLOutputValue>;

const BUSY_TIMEOUT_MS = 5_000;

export class Database {
  readonly path: string;
  /** Whoever caches what a transaction has written must forget it when that is taken back. */
  onRollback: () => void = () => {};
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  /** `:memory:` or a path. The file holds threat data: nobody but its owner may read it. `readOnly`: as it is, or not at all. */
  constructor(path: string, { readOnly = false } = {}) {
    this.path = path;
    this.db = this.guard(() => {
      if (readOnly) return openReadOnly(path);
      if (path !== ':memory:') makeFolder(dirname(resolve(path)));
      const db = new DatabaseSync(path);
      if (path !== ':memory:') chmodSync(path, 0o600);
      return db;
    });
    if (readOnly) return;
    this.guard(() => {
      // FULL: a ledger row that a power cut takes away would be a withdrawal that never happens.
      this.db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 2000;`);
      this.migrate();
    });
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.guard(() => this.statement(sql).all(...values) as Row[]);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.guard(() => this.statement(sql).get(...values));
  }

  /** How many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return this.guard(() => Number(this.statement(sql).run(...values).changes));
  }

  /** All or nothing; a failure inside leaves the file as it was. */
  transaction<T>(work: () => T): T {
    return this.guard(() => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.db.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK');
        this.onRollback();
        throw error;
      }
    });
  }

  close(): void {
    this.statements.clear();
    if (this.db.isOpen) this.db.close();
  }

  private statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  /** How many of the migrations the file has seen. */
  form(): number {
    return this.guard(() => Number((this.db.prepare('PRAGMA user_version').get() as Row)['user_version']));
  }

  private migrate(): void {
    const version = this.form();
    if (version > migrations.length) {
      throw new PermanentError(
        'STORE_TOO_NEW',
        `the store ${this.path} was written by a newer misp-relay (version ${version}, this one knows ${migrations.length}): start the newer one`,
      );
    }
    for (let next = version; next < migrations.length; next++) {
      this.transaction(() => {
        // Another process may have been quicker.
        if (this.form() !== next) return;
        this.db.exec(migrations[next]!);
        this.db.exec(`PRAGMA user_version = ${next + 1}`);
      });
    }
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.inWords(error);
    }
  }

  private inWords(error: unknown): unknown {
    if (error instanceof RelayError || error instanceof ClaimLost) return error;
    const code = (error as { errcode?: number }).errcode;
    const system = (error as { code?: string }).code;
    const at = `the store ${this.path}`;
    switch (code === undefined ? system : code & 0xff) {
      case 5:
      case 6:
        return new RetryableError('STORE_LOCKED', `${at} is locked by another process`, { cause: error });
      case 13:
      case 'ENOSPC':
        return new RetryableError('STORE_FULL', `${at} cannot grow: the disk is full; make room`, { cause: error });
      case 10:
        return new RetryableError(
          'STORE_IO',
          `${at} cannot be read or written (${messageOf(error)}): look at the disk`,
          {
            cause: error,
          },
        );
      case 11:
      case 26:
        return new PermanentError(
          'STORE_CORRUPT',
          `${at} is damaged or is not a database: put it aside and restore a copy; without one, every feed reads anew`,
          { cause: error },
        );
      case 8:
      case 14:
      case 'EACCES':
      case 'EPERM':
      case 'EROFS':
      case 'ENOENT':
      case 'ENOTDIR':
      case 'EEXIST':
        return new PermanentError(
          'STORE_READ_ONLY',
          `${at} cannot be opened for writing: mind the folder and its owner`,
          {
            cause: error,
          },
        );
      default:
        return error;
    }
  }
}

/** Where no other process has the file open, it is taken as unchanging: otherwise even a reader leaves files beside it. */
function openReadOnly(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

/** One level at a time: Node's own recursive way never ends where a folder cannot be made, as below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}
