import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '../../../src/store/sqlite.ts';

/** A store as a relay leaves it behind. */
export function ensureStoreAt(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'relay.db');
  void openSqlite(path).close();
  return path;
}
