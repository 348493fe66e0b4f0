import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const ref = z.object({ pid: z.number().int().positive(), startTime: z.string().nullable() });

/** `data/temporal.json`: which server runs on the data file of this folder, and whose it is. Read and written under the folder's lock. */
const State = ref.extend({
  port: z.number().int(),
  uiPort: z.number().int(),
  version: z.string(),
  /** The relay process that watches over the server; when it is gone, the server is about to end. */
  owner: ref,
});
export type ServerState = z.infer<typeof State>;

const file = (dataDir: string) => join(dataDir, 'temporal.json');

/** What the file says; null when there is none, or when it cannot be understood (then nothing that it names can be trusted). */
export async function readState(dataDir: string): Promise<ServerState | null> {
  try {
    return State.parse(JSON.parse(await readFile(file(dataDir), 'utf8')));
  } catch {
    return null;
  }
}

export async function writeState(dataDir: string, state: ServerState): Promise<void> {
  await writeFile(`${file(dataDir)}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file(dataDir)}.new`, file(dataDir));
}

export const removeState = (dataDir: string): Promise<void> => rm(file(dataDir), { force: true });
