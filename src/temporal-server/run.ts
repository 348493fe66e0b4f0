import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isAtLeast, oldestVersion, parseVersion } from './version.ts';

const execFileAsync = promisify(execFile);

/** A program and its version, or why it is of no use. */
export type Checked = { readonly path: string; readonly version: string } | { readonly refused: string };

/** Asks a `temporal` for its version: the proof that it can run here at all. */
export async function checkTemporal(path: string): Promise<Checked> {
  let text: string;
  try {
    text = (await execFileAsync(path, ['--version'], { timeout: 20_000, windowsHide: true })).stdout;
  } catch (error) {
    return { refused: `${path} cannot be run (${firstLine(error)})` };
  }
  const version = parseVersion(text);
  if (version === null) return { refused: `${path} is not Temporal's CLI (it says "${text.trim().slice(0, 80)}")` };
  if (!isAtLeast(version, oldestVersion))
    return { refused: `${path} is ${version}; ${oldestVersion} or newer is needed` };
  return { path, version };
}

/** The first program of that name on the PATH, or null. */
export function which(name: string, pathEnv: string | undefined): string | null {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name];
  for (const folder of (pathEnv ?? '').split(delimiter)) {
    if (folder === '') continue;
    for (const file of names.map((each) => join(folder, each))) {
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}

/** What a failed command has to say, in one line. */
export function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: unknown; message?: unknown };
  const text = typeof stderr === 'string' && stderr.trim() !== '' ? stderr : String(message ?? error);
  return text.trim().split('\n')[0]!.slice(0, 200);
}

/** The last line that says something. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)!.slice(0, 300);
}
