// The store of an older release, opened by the present code.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entityId } from '../../src/entity.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { migrations } from '../../src/store/sqlite/migrations.ts';
import { viewSqlite } from '../../src/store/sqlite/view.ts';
import { BACKFILL, feedNames, sinkOf } from './recorded-world.ts';
import { recordings, rowsOf } from './recordings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'misp-relay-upgrade-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** How many of the migrations a file has seen. */
function formOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare('PRAGMA user_version').get()!['user_version']);
  } finally {
    db.close();
  }
}

function schemaOf(path: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY name').all();
  } finally {
    db.close();
  }
}

/** Columns that are new hold nothing yet, and are left out. */
function ofOld(rows: readonly string[], old: readonly string[]): string[] {
  const columns = new Set(Object.keys(JSON.parse(old[0] ?? '{}') as object));
  return rows.map((row) => {
    const entries = Object.entries(JSON.parse(row) as Record<string, unknown>);
    const more = entries.filter(([name]) => !columns.has(name));
    expect(more.filter(([, value]) => value !== null)).toEqual([]);
    return JSON.stringify(Object.fromEntries(entries.filter(([name]) => columns.has(name))));
  });
}

it('there are recordings', () => expect(recordings.length).toBeGreaterThan(0));

describe.each(recordings)('the store of $name', (recording) => {
  it('is brought to the newest form, with every row as it was', async () => {
    const path = recording.unpack('relay.db', folder);
    const before = rowsOf(path);
    for (const table of [
      'feeds',
      'ledger',
      'checkpoints',
      'shipments',
      'batches',
      'pages',
      'dead_letters',
      'sources',
    ]) {
      expect(before[table]?.length, table).toBeGreaterThan(0);
    }
    await openSqlite(path).close();
    expect(formOf(path)).toBe(migrations.length);
    const after = rowsOf(path);
    expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(before)));
    for (const [table, rows] of Object.entries(before)) expect(ofOld(after[table]!, rows), table).toEqual(rows);
  });

  it('has the form of a new store after it', async () => {
    const path = recording.unpack('relay.db', folder);
    const fresh = join(folder, 'fresh.db');
    await openSqlite(path).close();
    await openSqlite(fresh).close();
    expect(schemaOf(path)).toEqual(schemaOf(fresh));
  });

  it('is not changed by being opened once more', async () => {
    const path = recording.unpack('relay.db', folder);
    await openSqlite(path).close();
    const once = { rows: rowsOf(path), schema: schemaOf(path), form: formOf(path) };
    await openSqlite(path).close();
    expect({ rows: rowsOf(path), schema: schemaOf(path), form: formOf(path) }).toEqual(once);
  });

  it('is read by the present code: checkpoints, ledger, dead letters', async () => {
    const store = openSqlite(recording.unpack('relay.db', folder));
    try {
      for (const feed of feedNames) {
        expect(await store.readCheckpoint(entityId(feed)), feed).toMatchObject({ v: 1, ending: false });
        const { byUuid } = sinkOf(recording.delivered(feed)).truth();
        const ledger = await store.lookUp(feed, Object.keys(byUuid));
        expect(ledger.size, feed).toBeGreaterThan(30);
        for (const [uuid, { state, timestamp }] of ledger) {
          expect(state, uuid).toBe(byUuid[uuid]!.action === 'upsert' ? 'live' : 'withdrawn');
          if (state === 'live') expect(timestamp, uuid).toBe(byUuid[uuid]!.attribute_time);
        }
      }
      expect(await store.readCheckpoint('sync/paused')).toMatchObject({
        paused: { reason: 'before the upgrade' },
        queued: [{ id: BACKFILL }],
      });
      expect(await store.readCheckpoint('sync/begun')).toMatchObject({ totals: { polls: 0 }, reading: {} });
      expect(await store.listDeadLetters({ feed: 'refused' })).toHaveLength(1);
    } finally {
      await store.close();
    }
  });

  it('is only looked at by who asks for its form', () => {
    const path = recording.unpack('relay.db', folder);
    const form = formOf(path);
    const view = viewSqlite(path)!;
    expect(view).toMatchObject({ form, formNow: migrations.length });
    view.close();
    expect(formOf(path)).toBe(form);
  });

  it('is refused, and left as it is, when a newer release has written it', () => {
    const path = recording.unpack('relay.db', folder);
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    db.close();
    const before = rowsOf(path);
    expect(() => openSqlite(path)).toThrow(expect.objectContaining({ code: 'STORE_TOO_NEW' }));
    expect(rowsOf(path)).toEqual(before);
    expect(formOf(path)).toBe(migrations.length + 1);
  });
});
