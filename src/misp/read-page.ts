// One page: a request, the proof that its answer is whole, and the search for the row at fault when it can never be read.
import type { Cursor } from '../core/cursor.ts';
import { PermanentError } from '../errors.ts';
import { pageMayBeUnreadable } from './answer-errors.ts';
import { attributesIn, type MispAnswer, type MispClient } from './client.ts';
import {
  accept,
  giveUp,
  nextRequest,
  type PassName,
  type Progress,
  type ReaderSettings,
  type Request,
  type Row,
  WrongAnswer,
} from './reader.ts';
import { type AttributeRow, type KnownEvents, type ParsedRow, parseRow } from './schema.ts';
import { identify, type UnreadableRow } from './unreadable.ts';

export interface PageSettings extends ReaderSettings {
  /** Filters that go to MISP: never in the pass for deleted rows, since a delete may change what they look at. */
  narrow: Record<string, unknown>;
  /** What MISP shall add to each row. */
  includes: Record<string, unknown>;
}

export interface PageHooks {
  /** Our clock in milliseconds. */
  now: () => number;
  /** Waits before the same request is sent again. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** After so long the search for a row at fault goes on in the next page. */
  budgetMs: number;
}

export type BadRow = Extract<ParsedRow, { ok: false }>;

export interface Page {
  pass: PassName;
  rows: AttributeRow[];
  /** Rows that cannot be parsed: a dead letter each. */
  badRows: BadRow[];
  /** A row that MISP cannot deliver: a dead letter too. */
  unreadable: UnreadableRow | null;
  doubtful: { second: number | null } | null;
  /** What to read next; null when everything is read. */
  progress: Progress | null;
  /** Set when a poll is read: where the feed stands once all of it is confirmed. */
  cursor: Cursor | null;
  /** The body, `Date` of MISP and our clock when the page was asked for, in epoch seconds; null for a page without an answer. */
  answer: Pick<MispAnswer, 'body' | 'date' | 'askedAt'> | null;
}

const PAUSE_MS = 2000;

/**
 * Reads one page. Throws RetryableErrors for an outage and PermanentErrors; both leave `start` as it is. A page that was searched for
 * the row at fault may have no rows and a new `progress`.
 */
export async function readPage(
  client: MispClient,
  start: Progress,
  settings: PageSettings,
  hooks: PageHooks,
  signal?: AbortSignal,
): Promise<Page> {
  const deadline = hooks.now() + hooks.budgetMs;
  let progress = withinPageSize(start, settings);
  let wrongAnswers = 0;
  let searched = false;
  for (;;) {
    const request = nextRequest(progress, settings);
    const body = bodyOf(request, settings);
    try {
      return pageOf(request, progress, await client.restSearch(body, signal), settings);
    } catch (error) {
      if (error instanceof WrongAnswer) {
        if (++wrongAnswers > 1) throw wrongAnswer(client, error);
        continue;
      }
      if (!pageMayBeUnreadable(error)) throw error;
      const alive = await client.probe(signal);
      if (!alive && !searched) throw error;
      if (!alive) return emptyPage(request, progress); // what was found out so far is kept; the next try meets the outage
      const givenUp = giveUp(progress, settings);
      if (givenUp.unreadable !== null) {
        const unreadable = await identify(client, givenUp.unreadable, body, error.message, signal);
        return { ...emptyPage(request, givenUp.progress), unreadable };
      }
      progress = givenUp.progress;
      searched = true;
      if (hooks.now() >= deadline) return emptyPage(request, progress);
      if (progress.failures > 0) await hooks.wait(PAUSE_MS, signal);
    }
  }
}

/** The page size may have been lowered since. */
const withinPageSize = (progress: Progress, { pageSize }: ReaderSettings): Progress =>
  progress.limit > pageSize ? { ...progress, limit: pageSize } : progress;

export const bodyOf = ({ pass, body }: Request, { narrow, includes }: PageSettings): Record<string, unknown> => ({
  ...includes,
  ...(pass === 'deleted' ? {} : narrow),
  ...body,
});

function pageOf(request: Request, progress: Progress, answer: MispAnswer, settings: PageSettings): Page {
  const parsed = parsedRows(answer.rows);
  const { rows: _, ...outcome } = accept(progress, { ...answer, rows: parsed.flatMap(placeOf) }, settings);
  const { body, date, askedAt } = answer;
  return {
    ...emptyPage(request, null),
    ...outcome,
    ...sorted(parsed),
    answer: { body, date, askedAt },
  };
}

/** The rows of a page whose body was kept: the same as when it was read. */
export const rowsOfBody = (body: Uint8Array): Pick<Page, 'rows' | 'badRows'> => sorted(parsedRows(attributesIn(body)));

function parsedRows(rows: readonly unknown[]): ParsedRow[] {
  const events: KnownEvents = new Map();
  return rows.map((row) => parseRow(row, events));
}

const sorted = (parsed: readonly ParsedRow[]): Pick<Page, 'rows' | 'badRows'> => ({
  rows: parsed.flatMap((each) => (each.ok ? [each.row] : [])),
  badRows: parsed.filter((each) => !each.ok),
});

/** A bad row without id or timestamp has no place: for the walk it is a hidden one. */
function placeOf(parsed: ParsedRow): Row[] {
  if (parsed.ok) return [{ id: parsed.row.id, timestamp: parsed.row.timestamp }];
  const { id, timestamp } = parsed;
  return id === undefined || timestamp === undefined ? [] : [{ id: Number(id), timestamp }];
}

const emptyPage = ({ pass }: Request, progress: Progress | null): Page => ({
  pass,
  rows: [],
  badRows: [],
  unreadable: null,
  doubtful: null,
  progress,
  cursor: null,
  answer: null,
});

function wrongAnswer(client: MispClient, error: WrongAnswer): PermanentError {
  const hint = 'a cache or a proxy may answer in its place, or this MISP ignores the order';
  return new PermanentError(
    'MISP_WRONG_ANSWER',
    `${client.http.host} does not answer what it was asked, ${error.message}: ${hint}.`,
  );
}
