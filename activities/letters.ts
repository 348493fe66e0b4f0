// How what can never be sent becomes a dead letter.
import { createHash } from 'node:crypto';
import type { LedgerEntry, NewDeadLetter } from '../src/store/store.ts';
import type { BrokenRow, StoredPage } from './stored-page.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** A row that cannot be parsed. The same row is the same letter, however often it is read. */
export function brokenLetter({ raw, reason, uuid, id, seq }: BrokenRow): NewDeadLetter {
  const text = JSON.stringify(raw) ?? 'null';
  const digest = hashOf(JSON.stringify(withoutEvent(raw)) ?? 'null');
  const ident = uuid ?? (id === null ? `row ${digest}` : `attribute ${id}`);
  return { ident, digest, uuid, stage: 'parse', code: 'ROW_MALFORMED', reason, raw: text, seq };
}

/** Every row of an event shows it; a publish must not make a new letter of each broken one. */
const withoutEvent = (raw: unknown): unknown =>
  typeof raw === 'object' && raw !== null && 'Event' in raw ? { ...raw, Event: null } : raw;

/** A row that MISP cannot deliver. It is the same letter whichever pass meets it. */
export function unreadableLetter({
  key,
  uuid,
  id,
  second,
  after,
  reason,
  seq,
}: StoredPage['unreadable'][number]): NewDeadLetter {
  const who =
    id === null
      ? `the row ${second === null ? 'among the newest' : `in second ${second}`} after id ${after ?? 0}`
      : `attribute ${id}`;
  const text = `MISP fails on ${who} whatever the page size (${reason}); look at the error log of MISP`;
  return {
    ident: key,
    digest: hashOf(key),
    uuid,
    stage: 'unreadable',
    code: 'ROW_UNREADABLE',
    reason: text,
    raw: '',
    seq,
  };
}

/** A row that was read, and that cannot be encoded or that the destination refuses. */
export function rowLetter(
  raw: unknown,
  entry: LedgerEntry,
  stage: 'translate' | 'deliver',
  code: string,
  reason: string,
): NewDeadLetter {
  const { uuid, digest, seq } = entry;
  return { ident: uuid, digest, uuid, stage, code, reason, raw: raw === undefined ? '' : JSON.stringify(raw), seq };
}
