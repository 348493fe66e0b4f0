// Where the embedded server comes from: the first of several ways that works. A way that does not work says why, and the next one is
// tried; when none is left, the person reads all of them.

import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, messageOf, PermanentError } from '../errors.ts';
import { buildTemporal } from './build.ts';
import { downloadTemporal } from './download.ts';
import { withFileLock } from './file-lock.ts';
import { type FindOptions } from './options.ts';
import { checkTemporal, which } from './run.ts';
import { pinnedVersion } from './version.ts';

export interface Found {
  readonly path: string;
  readonly version: string;
  readonly how: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'build';
}

const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** The place of the fetched or built server of the pinned version. */
export const cachedPath = (cacheDir: string): string => join(cacheDir, 'temporal', pinnedVersion, executable);

/** Finds a Temporal CLI that runs here, fetching or building it when there is none (once per machine, whoever asks first). */
export async function findTemporal(options: FindOptions): Promise<Found> {
  const { cliPath, pathEnv, cacheDir, onProgress = () => undefined } = options;
  if (cliPath !== undefined) return explicit(cliPath);

  const reasons: string[] = ['TEMPORAL_ADDRESS: not set (the address of a Temporal server of your own)'];
  reasons.push('TEMPORAL_CLI_PATH: not set (the path of a `temporal` program)');
  const tried = (way: string, reason: string, note = false) => {
    reasons.push(`${way}: ${reason}`);
    if (note) onProgress({ text: `${way}: ${reason}`, note: true });
  };

  const onPath = which('temporal', pathEnv);
  if (onPath === null) tried('`temporal` on the PATH', 'there is none');
  else {
    const checked = await checkTemporal(onPath);
    if ('path' in checked) return { ...checked, how: 'PATH' };
    tried('`temporal` on the PATH', checked.refused, true);
  }

  const cached = cachedPath(cacheDir);
  const fromCache = await useCached(cached);
  if (fromCache !== null) return fromCache;

  await mkdir(join(cacheDir, 'temporal', pinnedVersion), { recursive: true });
  const wait = () => onProgress({ text: 'another process is fetching the Temporal server; waiting for it' });
  return withFileLock(join(cacheDir, 'temporal', `${pinnedVersion}.lock`), wait, async () => {
    const meanwhile = await useCached(cached);
    if (meanwhile !== null) return meanwhile;
    tried('cache', existsSync(cached) ? `${cached} cannot be run` : `${cached} is not there yet`);
    await removeCutOff(join(cacheDir, 'temporal', pinnedVersion));
    for (const [how, way, get] of [
      ['download', 'download of the release', downloadTemporal],
      ['build', 'build from the Go module proxy', buildTemporal],
    ] as const) {
      try {
        await get(cached, options);
        const checked = await checkTemporal(cached);
        if ('path' in checked) return { ...checked, how };
        tried(way, checked.refused, true);
      } catch (error) {
        tried(way, messageOf(error), true);
      }
    }
    throw new PermanentError('TEMPORAL_NOT_FOUND', notFound(reasons));
  });
}

/** What `findTemporal` would use without fetching or building anything; null: nothing is here. Throws ConfigError. */
export async function findInstalled({
  cliPath,
  pathEnv,
  cacheDir,
}: Pick<FindOptions, 'cliPath' | 'pathEnv' | 'cacheDir'>): Promise<Found | null> {
  if (cliPath !== undefined) return explicit(cliPath);
  const onPath = which('temporal', pathEnv);
  const checked = onPath === null ? null : await checkTemporal(onPath);
  if (checked && 'path' in checked) return { ...checked, how: 'PATH' };
  return useCached(cachedPath(cacheDir));
}

/** A path that a person gave is used or refused, never passed over. */
async function explicit(cliPath: string): Promise<Found> {
  const checked = await checkTemporal(cliPath);
  if ('path' in checked) return { ...checked, how: 'TEMPORAL_CLI_PATH' };
  throw new ConfigError([
    `TEMPORAL_CLI_PATH: ${checked.refused}. Correct it, or leave it out to let misp-relay find a server.`,
  ]);
}

/** The lock is ours, so whatever an earlier download or build left in a folder of its own was cut off. */
async function removeCutOff(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^\.(build|download)-/.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function useCached(path: string): Promise<Found | null> {
  if (!existsSync(path)) return null;
  const checked = await checkTemporal(path);
  return 'path' in checked ? { ...checked, how: 'cache' } : null;
}

const notFound = (reasons: readonly string[]) =>
  [
    'No Temporal server was found, and none could be fetched or built. Any one of these ways is enough:',
    ...reasons.map((r) => `  - ${r}`),
  ].join('\n');
