// Appends to a file so that what was appended is on the disk, and sets the file aside before it grows too large.
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PermanentError, type RelayError, RetryableError } from '../../errors.ts';

export interface RotatingFileOptions {
  maxBytes: number;
  /** How many files that were set aside remain; undefined: all. */
  keep: number | undefined;
  /** Epoch milliseconds, for the names of files that are set aside. */
  nowMs: () => number;
}

/** It holds threat data. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const LINE_BREAK = 0x0a;

/** Appends of one process to one path come one after the other, also when two destinations name the same file. */
const queues = new Map<string, Promise<void>>();

export class RotatingFile {
  readonly path: string;
  private readonly options: RotatingFileOptions;

  constructor(path: string, options: RotatingFileOptions) {
    this.path = path;
    this.options = options;
  }

  /**
   * Whole lines, each with its line break. Resolved when the disk has them. Throws RetryableError FILE_DISK_FULL or FILE_FAILED,
   * PermanentError FILE_NOT_WRITABLE; a part may have been written then, and the next append begins on a line of its own.
   */
  async append(text: string): Promise<void> {
    const work = (queues.get(this.path) ?? Promise.resolve()).then(() => this.appendNow(Buffer.from(text)));
    const settled = work.catch(() => {});
    queues.set(this.path, settled);
    try {
      await work;
    } catch (error) {
      throw failureOf(error, this.path);
    } finally {
      if (queues.get(this.path) === settled) queues.delete(this.path);
    }
  }

  /** When what is being appended is done. */
  async idle(): Promise<void> {
    await queues.get(this.path);
  }

  private async appendNow(bytes: Buffer): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: FOLDER_MODE });
    let handle = await this.open();
    try {
      let found = await handle.stat();
      if (found.isFile() && found.size > 0 && found.size + bytes.length > this.options.maxBytes) {
        await handle.close();
        await this.setAside();
        handle = await this.open();
        found = await handle.stat();
      }
      const torn = found.isFile() && (await endsInsideLine(handle, found.size));
      await handle.appendFile(torn ? Buffer.concat([Buffer.of(LINE_BREAK), bytes]) : bytes);
      // A pipe or a terminal has nothing to sync; a new file is safe only when its folder is.
      if (found.isFile()) await handle.datasync();
      if (found.size === 0) await syncFolder(dirname(this.path));
    } finally {
      await handle.close().catch(() => {});
    }
  }

  private open(): Promise<FileHandle> {
    return open(this.path, 'a+', FILE_MODE);
  }

  /** The time orders the names; the random part keeps two processes from taking the same one. */
  private async setAside(): Promise<void> {
    const time = new Date(this.options.nowMs()).toISOString().replace(/[-:.]/g, '');
    await rename(this.path, `${this.path}.${time}-${randomBytes(3).toString('hex')}`);
    const { keep } = this.options;
    if (keep === undefined) return;
    const folder = dirname(this.path);
    const start = `${basename(this.path)}.`;
    const aside = (await readdir(folder)).filter(
      (name) => name.startsWith(start) && /^\d{8}T\d{9}Z-[0-9a-f]{6}$/.test(name.slice(start.length)),
    );
    for (const name of aside.sort().slice(0, -keep)) await rm(join(folder, name), { force: true });
  }
}

/** After a crash in the middle of a line. */
async function endsInsideLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] !== LINE_BREAK;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  // Not every system lets a folder be opened or synced.
  await folder?.sync().catch(() => {});
  await folder?.close();
}

export function failureOf(error: unknown, path: string): RelayError {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? 'no code';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new RetryableError('FILE_DISK_FULL', `${path} cannot grow: the disk is full (${code}); make room`, {
      cause: error,
    });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP'].includes(code)) {
    const message = `${path} cannot be written (${code}): mind the path and who may write there`;
    return new PermanentError('FILE_NOT_WRITABLE', message, { cause: error });
  }
  return new RetryableError('FILE_FAILED', `${path} cannot be written now (${code})`, { cause: error });
}
