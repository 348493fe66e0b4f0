// Reads one page: goes over empty answers by itself until it has rows or the poll is read, and stores the rows.
import type { Cursor } from '../src/core/cursor.ts';
import type { Reading } from '../src/core/feed-state.ts';
import type { Page } from '../src/core/progress.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import { startBackfill, startPoll, type Progress } from '../src/misp/reader.ts';
import { pageSettingsOf } from '../src/misp/settings.ts';
import type { UnreadableRow } from '../src/misp/unreadable.ts';
import { readPage, type PageSettings } from '../src/misp/read-page.ts';
import type { ActivityContext } from './context.ts';
import type { Deps } from './deps.ts';
import { FeedRemoved } from './errors.ts';
import { withReaderLease } from './lease.ts';
import { packJson, refOf } from './packing.ts';
import { keyRows } from './read-rows.ts';
import { replayPage } from './replay.ts';
import { rowCount, type StoredPage } from './stored-page.ts';

export interface FetchInput {
  feed: string;
  /** The id of the workflow: it owns the page. */
  workflow: string;
  reading: Reading;
  /** A backfill's window; null: a poll. */
  bounds: { since: number; until: number } | null;
}

/** What `reading.progress` holds; nobody else looks into it. */
interface Place {
  filter: string;
  /** The dead letters that wait to be replayed have been read in this poll. */
  replayed: boolean;
  reader: Progress | null;
}

/** The search for a row that cannot be read, and the walk over empty answers, go on in the next page after so long. */
const SEARCH_MS_MAX = 60_000;
const FETCH_MS_MAX = 300_000;

export async function fetchPage(deps: Deps, input: FetchInput, context: ActivityContext): Promise<Page> {
  const feed = deps.feeds.get(input.feed);
  if (!feed) throw new FeedRemoved(input.feed);
  const now = Math.floor(deps.nowMs() / 1000);
  const place = placeOf(input, feed);
  if (!place.replayed && !input.bounds) {
    const page = await replayPage(deps, feed, now);
    const replayed = { ...place, replayed: true };
    if (page) {
      const next = { ...input.reading, progress: replayed };
      return store(deps, input, context, page, [], { until: input.reading.until ?? now, next, cursor: null });
    }
    return readFromMisp(deps, input, context, feed, replayed);
  }
  return readFromMisp(deps, input, context, feed, place);
}

/** A filter that was changed restarts the poll from its cursor. */
function placeOf({ reading, bounds }: FetchInput, feed: FeedRuntime): Place {
  const place = reading.progress as Place | null;
  if (place?.filter === feed.filterDigest) return place;
  return { filter: feed.filterDigest, replayed: bounds !== null, reader: null };
}

async function readFromMisp(
  deps: Deps,
  input: FetchInput,
  context: ActivityContext,
  feed: FeedRuntime,
  place: Place,
): Promise<Page> {
  const { source } = feed;
  const settings: PageSettings = pageSettingsOf(feed.filter, await source.version(context.signal), feed.reading);
  const startedMs = deps.nowMs();
  let progress = place.reader ?? start(input, Math.floor(startedMs / 1000), settings);
  const hooks = { now: deps.nowMs, wait: deps.sleep, budgetMs: SEARCH_MS_MAX };
  const unreadable: UnreadableRow[] = [];
  for (;;) {
    const outcome = await withReaderLease(deps, source.name, input.bounds ? 'backfill' : 'poll', context, () =>
      readPage(source.client, progress, settings, hooks, context.signal),
    );
    if (outcome.doubtful) deps.log.warn({ feed: feed.name, ...outcome.doubtful }, 'a second was left in doubt');
    if (outcome.unreadable) unreadable.push(outcome.unreadable);
    const until = untilOf(input, outcome.progress ?? progress, outcome.cursor);
    const next = outcome.progress && { ...input.reading, until, progress: { ...place, reader: outcome.progress } };
    const late = deps.nowMs() - startedMs > FETCH_MS_MAX;
    if (outcome.rows.length + outcome.badRows.length + unreadable.length > 0 || !next || late) {
      const { rows, keys, broken } = keyRows(outcome.rows, outcome.badRows);
      const observedAt = outcome.answer?.date ?? Math.floor(deps.nowMs() / 1000);
      const count = rows.length + broken.length + unreadable.length;
      const seq = count > 0 ? await deps.store.drawSeq(source.name, observedAt * 1000, count) : 0;
      const page = { feed: feed.name, local: false, rows, letters: [], broken, unreadable, seq, observedAt };
      return store(deps, input, context, page, keys, { until, next, cursor: outcome.cursor });
    }
    progress = outcome.progress!;
  }
}

const start = ({ reading, bounds }: FetchInput, now: number, settings: PageSettings): Progress =>
  bounds ? startBackfill(bounds.since, bounds.until, settings) : startPoll(reading.from, now, settings);

function untilOf({ reading, bounds }: FetchInput, { job }: Progress, cursor: Cursor | null): number {
  if (bounds) return bounds.until;
  return cursor?.second ?? (job.kind === 'poll' ? job.until : null) ?? reading.from.second;
}

async function store(
  deps: Deps,
  { workflow }: FetchInput,
  context: ActivityContext,
  page: StoredPage,
  keys: string[],
  place: Pick<Page, 'until' | 'next' | 'cursor'>,
): Promise<Page> {
  const rows = rowCount(page);
  if (rows === 0) return { ref: '', rows, keys: '', ...place };
  const bytes = await packJson(page);
  const ref = refOf(context.ref, bytes);
  await deps.store.putPage({ ref, owner: workflow, bytes });
  return { ref, rows, keys: keys.join(''), ...place };
}
