// The real event files beside the project, when they are there.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MispData } from '../../simulators/misp/data.ts';
import { loadFile, type Loaded } from '../../simulators/misp/loader.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/data/misp-events', import.meta.url));
export const HAVE_REAL_EVENTS = existsSync(FOLDER);
/** What the folder holds: another number means that the loader leaves something out. */
export const FILES = 86;
export const ATTRIBUTES = 43_227;

/** The loader keeps the newest of a uuid; here each attribute of each file counts, so a repeated uuid becomes one of its file. */
export function loadEach(folder = FOLDER): { data: MispData; loaded: Loaded; files: number } {
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
