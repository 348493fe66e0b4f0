// What can be known of a path before anything is written there.
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The path itself, or the nearest folder above it that is there. Throws the system's error. */
export async function nearest(path: string): Promise<{ path: string; isDirectory: boolean }> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return { path: at, isDirectory: (await stat(at)).isDirectory() };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(at) === at) throw error;
    }
  }
}

/** Whether a folder can be written, or made. */
export async function isFolderWritable(folder: string): Promise<boolean> {
  try {
    const found = await nearest(folder);
    if (!found.isDirectory) return false;
    await access(found.path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Bytes that we may still write where this path lies. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs((await nearest(path)).path);
  return bavail * bsize;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** `1.5 GB` */
export function sizeOf(bytes: number): string {
  const step = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1).replace(/\.0$/, '')} ${UNITS[step]}`;
}
