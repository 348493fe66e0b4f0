// Real event files end to end: each attribute is found at the sink with its value intact.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MispData } from '../../simulators/misp/data.ts';
import { generate } from '../../simulators/misp/generator.ts';
import { loadFile, type Loaded } from '../../simulators/misp/loader.ts';
import { Scene } from '../support/e2e/scene.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/data/misp-events', import.meta.url));
const REAL = existsSync(FOLDER);
/** What the folder holds: another number means that the loader leaves something out. */
const FILES = 86;
const ATTRIBUTES = 43_227;

let temporal: TestTemporal;
let scene: Scene;
beforeAll(async () => {
  temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(() => scene?.close());
afterAll(() => temporal?.stop());

/** Everything is read, delivered once, and every value, also the odd ones, is the same on both sides. */
async function allArrive(data: MispData): Promise<void> {
  scene = await Scene.start(temporal, { data });
  const { state } = await scene.settled();
  await scene.expectComplete(0);
  const live = [...data.byId.rows()].filter(({ deleted }) => !deleted);
  const { byUuid, events, attributes } = scene.hec.truth();
  expect({ events, attributes }).toEqual({ events: live.length, attributes: live.length });
  const wrong = live.filter(({ uuid, value }) => byUuid[uuid]?.value !== value);
  expect(wrong.map(({ uuid, value }) => ({ uuid, value, got: byUuid[uuid]?.value }))).toEqual([]);
  expect(await scene.letters()).toEqual([]);
  expect(state!.totals).toMatchObject({ confirmed: live.length, possibleDuplicates: 0 });
}

describe('real MISP events', () => {
  it.skipIf(!REAL)(
    `all ${ATTRIBUTES} attributes of ${FILES} files arrive with their value intact`,
    async () => {
      const { data, loaded, files } = loadEach(FOLDER);
      expect(files).toBe(FILES);
      expect(loaded).toMatchObject({ attributes: ATTRIBUTES, duplicates: 0 });
      await allArrive(data);
    },
    240_000,
  );

  it.skipIf(REAL)(
    'without the folder: generated events of all kinds arrive with their value intact',
    async () => {
      await allArrive(generate({ attributes: 20_000, seed: 43 }));
    },
    240_000,
  );
});

/** The loader keeps the newest of a uuid; here each attribute of each file counts, so a repeated uuid becomes one of its file. */
function loadEach(folder: string): { data: MispData; loaded: Loaded; files: number } {
  const data = new MispData();
  const loaded: Loaded = { events: 0, attributes: 0, skipped: 0, duplicates: 0 };
  const seen = new Set<string>();
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  let files = 0;
  for (const path of paths) {
    const text = withOwnUuids(readFileSync(path, 'utf8'), path.slice(folder.length), seen);
    const before = loaded.events;
    loadFile(data, text, loaded);
    if (loaded.events > before) files++;
  }
  return { data, loaded, files };
}

function withOwnUuids(text: string, file: string, seen: Set<string>): string {
  let n = 0;
  return JSON.stringify(JSON.parse(text.replace(/^\uFEFF/, '')), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('uuid' in value) || typeof value.uuid !== 'string')
      return value;
    const uuid = value.uuid.toLowerCase();
    const isOurs = ('type' in value && 'value' in value) || 'info' in value;
    if (!isOurs) return value;
    if (!seen.has(uuid)) {
      seen.add(uuid);
      return value;
    }
    return { ...value, uuid: derived(`${file} ${n++} ${uuid}`) };
  });
}

function derived(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
