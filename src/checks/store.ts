// The store: can it be written, is its form known, is there room? It is neither made nor changed.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { freeBytes, isFolderWritable, sizeOf } from '../disk.ts';
import { viewSqlite } from '../store/sqlite/view.ts';
import { type Check, checkOf, failureOf, type Finding } from './check.ts';

const FREE_BYTES_MIN = 1_000_000_000;

/** `freeMin`: bytes of disk that should be left. */
export async function checkStore(path: string, freeMin = FREE_BYTES_MIN): Promise<Check> {
  if (path === ':memory:') {
    const message = 'it lies in memory, and is forgotten when the relay ends';
    return checkOf('store', path, [{ level: 'warning', message, remedy: 'store: sqlite:./data/relay.db' }], []);
  }
  const bytes = await bytesOf(path);
  const findings = [...(await unwritable(path, bytes !== null))];
  const facts: string[] = [];
  try {
    const view = viewSqlite(path);
    view?.close();
    if (view && view.form > view.formNow) {
      const message = `it was written by a newer misp-relay (form ${view.form}, this one knows ${view.formNow})`;
      findings.push({ level: 'failed', message, remedy: 'start the newer one', code: 'STORE_TOO_NEW' });
    }
    facts.push(
      view === null
        ? 'it is not there yet, and is made at the first start'
        : `form ${view.form}${view.form < view.formNow ? `, brought to ${view.formNow} at the next start` : ''}`,
    );
  } catch (error) {
    findings.push(failureOf(error));
  }
  if (bytes !== null) facts.push(sizeOf(bytes));
  return checkOf('store', path, [...findings, ...(await room(path, Math.max(freeMin, bytes ?? 0), facts))], facts);
}

/** Of the file and what SQLite keeps beside it; null: there is none. */
async function bytesOf(path: string): Promise<number | null> {
  const sizes = await Promise.all(
    [path, `${path}-wal`].map((each) =>
      stat(each).then(
        ({ size }) => size,
        () => null,
      ),
    ),
  );
  return sizes[0] == null ? null : sizes[0] + (sizes[1] ?? 0);
}

async function unwritable(path: string, isThere: boolean): Promise<Finding[]> {
  const folder = dirname(path);
  const file = isThere
    ? await access(path, constants.W_OK).then(
        () => true,
        () => false,
      )
    : true;
  if (file && (await isFolderWritable(folder))) return [];
  const message = `${file ? folder : path} cannot be written`;
  return [
    {
      level: 'failed',
      message,
      remedy: 'mind the folder and its owner, or name another store:',
      code: 'STORE_READ_ONLY',
    },
  ];
}

/** It should be able to double: so much a copy of it takes, and a change of its form. */
async function room(path: string, wanted: number, facts: string[]): Promise<Finding[]> {
  let free: number;
  try {
    free = await freeBytes(path);
  } catch {
    return []; // the disk has been complained about
  }
  facts.push(`${sizeOf(free)} free`);
  if (free >= wanted) return [];
  return [
    {
      level: 'warning',
      message: `only ${sizeOf(free)} of disk are left for it`,
      remedy: `make room: ${sizeOf(wanted)} at least`,
    },
  ];
}
