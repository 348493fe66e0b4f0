// The rows that a preview looks at, asked for as the feed would ask, and nothing more than once.
import type { FeedRuntime } from '../feeds.ts';
import { pageSettingsOf } from '../misp/settings.ts';

export interface Rows {
  /** As MISP gives them. */
  rows: unknown[];
  /** Epoch seconds of MISP's clock, or of ours when it does not say. */
  observedAt: number;
  /** Of uuids that were asked for: shown to the key, but not under `eventIds:` and `restSearch:` of the feed. */
  narrowedAway: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** The newest rows that MISP shows under the filter, newest first: what the next polls are about. */
export async function newestRows({ source, filter, reading }: FeedRuntime, count: number): Promise<Rows> {
  const { includes, narrow } = pageSettingsOf(filter, await source.version(noSignal()), reading);
  const order = 'timestamp desc,id desc';
  const { rows, date, askedAt } = await source.client.restSearch({
    ...includes,
    ...narrow,
    order,
    limit: count,
    page: 1,
  });
  return { rows, observedAt: date ?? askedAt, narrowedAway: NONE };
}

/** Those of the uuids that MISP shows to our key, deleted ones too, in the order of the uuids. `uuids`: lower case, not empty. */
export async function rowsOf({ source, filter, reading }: FeedRuntime, uuids: readonly string[]): Promise<Rows> {
  const { includes, narrow, deletedForms } = pageSettingsOf(filter, await source.version(noSignal()), reading);
  // The uuid of an event would bring all of its attributes.
  const page = { uuid: uuids, order: 'Attribute.id asc', limit: Math.max(ROWS_MIN, 2 * uuids.length), page: 1 };
  const search = (more: Record<string, unknown>) => source.client.restSearch({ ...includes, ...more, ...page });
  const live = await search({});
  const found = new Map(live.rows.map((row) => [uuidOf(row), row]));
  for (const deleted of deletedForms) {
    for (const row of (await search({ deleted })).rows) if (!found.has(uuidOf(row))) found.set(uuidOf(row), row);
  }
  const isNarrow = Object.keys(narrow).length > 0;
  const passing = isNarrow ? new Set((await search(narrow)).rows.map(uuidOf)) : null;
  const hidden = passing ? live.rows.map(uuidOf).filter((uuid) => !passing.has(uuid)) : [];
  return {
    rows: uuids.flatMap((uuid) => (found.has(uuid) ? [found.get(uuid)] : [])),
    observedAt: live.date ?? live.askedAt,
    narrowedAway: new Set(hidden),
  };
}

const ROWS_MIN = 100;

export const uuidOf = (row: unknown): string => {
  const { uuid } = (row ?? {}) as { uuid?: unknown };
  return typeof uuid === 'string' ? uuid.toLowerCase() : '';
};

/** The client's own time limits hold. */
const noSignal = (): AbortSignal => new AbortController().signal;
