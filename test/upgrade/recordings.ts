// The recordings of older releases that lie beside this file, and what was in them. Nothing here changes what is recorded.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { MispData } from '../../simulators/misp/data.ts';
import type { Delivered, FeedName, Recorded } from './recorded-world.ts';
import { loadMisp } from './saved-misp.ts';

const HERE = fileURLToPath(new URL('./', import.meta.url));

export class Recording {
  readonly name: string;
  readonly about: Recorded;

  constructor(name: string) {
    this.name = name;
    this.about = JSON.parse(readFileSync(join(HERE, name, 'recorded.json'), 'utf8')) as Recorded;
  }

  /** The MISP as it was. */
  misp(): MispData {
    return loadMisp(this.read('misp.json').toString());
  }

  delivered(feed: FeedName): Delivered {
    return (JSON.parse(this.read('delivered.json').toString()) as Record<FeedName, Delivered>)[feed];
  }

  history(feed: FeedName): { events: Record<string, unknown>[] } {
    return JSON.parse(this.read(`history-${feed}.json`).toString()) as { events: Record<string, unknown>[] };
  }

  /** Puts a database into a folder; answers its path. */
  unpack(database: 'relay.db' | 'temporal.db', folder: string): string {
    const path = join(folder, database);
    writeFileSync(path, this.read(database), { mode: 0o600 });
    return path;
  }

  private read(name: string): Buffer {
    return gunzipSync(readFileSync(join(HERE, this.name, `${name}.gz`)));
  }
}

export const recordings: readonly Recording[] = readdirSync(HERE)
  .filter((name) => name.startsWith('from-'))
  .map((name) => new Recording(name));

/** Every row of every table, as text. */
export function rowsOf(path: string): Record<string, string[]> {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
    return Object.fromEntries(
      tables.map(({ name }) => {
        const rows = db.prepare(`SELECT * FROM "${String(name)}"`).all();
        return [String(name), rows.map((row) => JSON.stringify(row, readable)).sort()];
      }),
    );
  } finally {
    db.close();
  }
}

const readable = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;

/** The delivery_ids of the requests that were on their way when the worker was killed, and of those that were confirmed just before. */
export function underWay(path: string, feed: FeedName): { inDoubt: Set<string>; confirmed: Set<string> } {
  const db = new DatabaseSync(path, { readOnly: true });
  const batches = db
    .prepare(
      `SELECT body, progress FROM batches JOIN shipments ON ref = shipment
       WHERE owner = ? AND receipt IS NULL AND progress IS NOT NULL`,
    )
    .all(`sync/${feed}`);
  db.close();
  const idsOf = (body: unknown): string[] =>
    gunzipSync(body as Uint8Array)
      .toString()
      .split('\n')
      .map((line) => (JSON.parse(line) as { fields: { delivery_id: string } }).fields.delivery_id);
  const found = { inDoubt: new Set<string>(), confirmed: new Set<string>() };
  for (const { body, progress } of batches) {
    const { posting, todo } = JSON.parse(String(progress)) as { posting: object | null; todo: object[] };
    const set = posting !== null ? found.inDoubt : todo.length === 0 ? found.confirmed : null;
    for (const id of idsOf(body)) set?.add(id);
  }
  return found;
}
