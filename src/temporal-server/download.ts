import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type FindOptions } from './options.ts';
import { checkTemporal, firstLine } from './run.ts';
import { pinnedVersion } from './version.ts';

const execFileAsync = promisify(execFile);
const child = fileURLToPath(new URL('./download-child.ts', import.meta.url));
const platforms: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** What the release server answers: where the archive is, and which file in it is the program. The SDKs ask the same question. */
export interface ReleaseInfo {
  readonly archiveUrl: string;
  readonly fileToExtract: string;
}

/** Fetches the pinned release as Temporal's SDKs do, and moves the program to `target` once it has said its version. */
export async function downloadTemporal(target: string, options: FindOptions): Promise<void> {
  const { onProgress, downloadBase = 'https://temporal.download' } = options;
  const [platform, arch] = [platforms[process.platform], architectures[process.arch]];
  if (platform === undefined || arch === undefined)
    throw new Error(`there is no release for ${process.platform} on ${process.arch}`);
  const work = await mkdtemp(join(dirname(target), '.download-'));
  try {
    onProgress?.({ text: `downloading the Temporal server ${pinnedVersion}` });
    const url = `${downloadBase}/cli/v${pinnedVersion}?platform=${platform}&arch=${arch}`;
    const info = await fetchArchive(url, join(work, 'archive'), options);
    await extract(work, info.fileToExtract);
    const program = join(work, info.fileToExtract);
    await chmod(program, 0o755);
    const checked = await checkTemporal(program);
    if ('refused' in checked) throw new Error(checked.refused);
    if (checked.version !== pinnedVersion) throw new Error(`it is version ${checked.version}, not ${pinnedVersion}`);
    await rename(program, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * In a process of its own, for two reasons: Node takes proxies from the environment only at its start (NODE_USE_ENV_PROXY), and a name
 * look-up that hangs can be ended only from outside.
 */
async function fetchArchive(url: string, file: string, { env, onProgress }: FindOptions): Promise<ReleaseInfo> {
  const node = spawn(process.execPath, [child, url, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, NODE_USE_ENV_PROXY: '1', NODE_NO_WARNINGS: '1' },
    windowsHide: true,
  });
  let info: ReleaseInfo | null = null;
  let errors = '';
  node.stderr.on('data', (chunk) => (errors += String(chunk)));
  createInterface({ input: node.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as { info?: ReleaseInfo; bytes?: number };
    if (message.info !== undefined) info = message.info;
    if (message.bytes !== undefined) {
      onProgress?.({
        text: `downloading the Temporal server ${pinnedVersion}: ${(message.bytes / 1e6).toFixed(0)} MB`,
      });
    }
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    node.once('error', reject);
    node.once('close', resolve);
  });
  if (code !== 0 || info === null) throw new Error(errors.trim().slice(0, 300) || `the download ended with ${code}`);
  return info;
}

/** `tar` is part of Linux, macOS and Windows, where it reads zip archives too. */
async function extract(work: string, file: string): Promise<void> {
  if (!/^[\w.-]+$/.test(file)) throw new Error('the release names a file with a path');
  try {
    await execFileAsync('tar', ['-xf', 'archive', file], { cwd: work, windowsHide: true });
  } catch (error) {
    throw new Error(`the archive cannot be read (${firstLine(error)})`, { cause: error });
  }
}
