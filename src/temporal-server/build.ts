import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type FindOptions } from './options.ts';
import { firstLine, lastLine, which } from './run.ts';
import { isAtLeast, pinnedVersion } from './version.ts';

const execFileAsync = promisify(execFile);
const oldestGo = '1.26.4';
const wrapper = new URL('../../tools/temporal/', import.meta.url);

/**
 * Builds the pinned server from the Go module proxy, into a temporary place, and moves it to `target` when it is whole. The wrapper module
 * is copied first, and `-mod=readonly` builds exactly what its go.sum names.
 */
export async function buildTemporal(target: string, options: FindOptions): Promise<void> {
  const go = which('go', options.pathEnv);
  if (go === null) throw new Error(`there is no \`go\` on the PATH (Go ${oldestGo} or newer is needed)`);

  const work = await mkdtemp(join(dirname(target), '.build-'));
  try {
    for (const name of ['go.mod', 'go.sum']) {
      await copyFile(
        options.moduleDir === undefined ? new URL(name, wrapper) : join(options.moduleDir, name),
        join(work, name),
      );
    }
    const env = { ...options.env, CGO_ENABLED: '0', GOWORK: 'off' };
    await checkGo(go, work, env);
    await compile(go, work, env, basename(target), options);
    await rename(join(work, basename(target)), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Asked in the module's folder: a Go that can fetch a newer one of itself then answers as that one. */
async function checkGo(go: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  let text: string;
  try {
    text = (await execFileAsync(go, ['version'], { cwd, env, timeout: 300_000 })).stdout;
  } catch (error) {
    throw new Error(`Go ${oldestGo} or newer is needed, and ${go} is of no use (${firstLine(error)})`, {
      cause: error,
    });
  }
  const version = /go(\d+\.\d+(\.\d+)?)/.exec(text)?.[1];
  if (version === undefined || !isAtLeast(version, oldestGo)) {
    throw new Error(`Go ${oldestGo} or newer is needed, and ${go} is ${version ?? 'something else'}`);
  }
}

async function compile(
  go: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  output: string,
  { onProgress }: FindOptions,
): Promise<void> {
  const name = 'github.com/temporalio/cli';
  const flags = `-s -w -X ${name}/internal/temporalcli.Version=${pinnedVersion}`;
  // `-v` names each package as it is compiled: the only sign of life that go gives.
  const args = [
    'build',
    '-v',
    '-buildvcs=false',
    '-mod=readonly',
    '-trimpath',
    '-ldflags',
    flags,
    '-o',
    output,
    `${name}/cmd/temporal`,
  ];
  onProgress?.({ text: `building the Temporal server ${pinnedVersion} (once per machine; several minutes)` });
  const child = spawn(go, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
  let modules = 0;
  let packages = 0;
  let tail = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('go: downloading')) modules++;
    else if (/^\S+$/.test(line)) packages++;
    else if (!line.startsWith('#')) tail = `${tail}${line}\n`.slice(-4000);
    onProgress?.({
      text: `building the Temporal server ${pinnedVersion}: ${modules} modules fetched, ${packages} packages compiled`,
    });
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`go build failed (${lastLine(tail) || `exit ${code}`})`);
}
