// Reads one page: goes over empty and small answers by itself until it has enough rows or the poll is read, and stores them.
import { begun, type Cursor } from '../src/core/cursor.ts';
import type { Reading } from '../src/core/feed-state.ts';
import type { Page } from '../src/core/progress.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import { readPage, type Page as Answer, type PageSettings } from '../src/misp/read-page.ts';
import { startBackfill, startPoll, type Progress } from '../src/misp/reader.ts';
import { pageSettingsOf } from '../src/misp/settings.ts';
import type { ActivityContext } from './context.ts';
import type { Deps } from './deps.ts';
import { FeedRemoved } from './errors.ts';
import { withReaderLease } from './lease.ts';
import { refOf } from './packing.ts';
import { packPage } from './page-bytes.ts';
import { pollEnd } from './poll-end.ts';
import { replayPage } from './replay.ts';
import { surroundingsOf } from './surroundings.ts';
import { addAnswer, keysOf, newPage, rowCount, type StoredAnswer, type StoredPage } from './stored-page.ts';

export interface FetchInput {
  feed: string;
  /** The id of the workflow: it owns the page. */
  workflow: string;
  reading: Reading;
  /** A backfill's window; null: a poll. */
  bounds: { since: number; until: number } | null;
  /** Id of the last backfill for decay scores. */
  refreshed?: string | undefined;
}

/** What `reading.progress` holds; nobody else looks into it. */
interface Place {
  filter: string;
  /** The dead letters that wait to be replayed have been read in this poll. */
  replayed: boolean;
  reader: Progress | null;
  /** It begins once more: rows may have been delivered. */
  again?: boolean;
}

const PAGE_ROWS_ENOUGH = 1_000;
/** The search for a row that cannot be read, and the walk over small answers, go on in the next page after so long. */
const SEARCH_MS_MAX = 60_000;
const FETCH_MS_MAX = 120_000;

export async function fetchPage(deps: Deps, input: FetchInput, context: ActivityContext): Promise<Page> {
  const feed = deps.feeds.get(input.feed);
  if (!feed) throw new FeedRemoved(input.feed);
  const place = placeOf(input, feed);
  if (place.replayed) return readFromMisp(deps, input, context, feed, place);
  const now = Math.floor(deps.nowMs() / 1000);
  const page = await replayPage(deps, feed, now);
  const replayed = { ...place, replayed: true };
  if (!page) return readFromMisp(deps, input, context, feed, replayed);
  const next = { ...input.reading, progress: replayed };
  return put(deps, input, context, page, [], { until: input.reading.until ?? now, next, cursor: null });
}

/** A filter that was changed restarts the poll from its cursor. */
function placeOf({ reading, bounds }: FetchInput, feed: FeedRuntime): Place {
  const place = reading.progress as Place | null;
  if (place?.filter === feed.filterDigest) return place;
  return { filter: feed.filterDigest, replayed: bounds !== null, reader: null, ...(place ? { again: true } : {}) };
}

async function readFromMisp(
  deps: Deps,
  input: FetchInput,
  context: ActivityContext,
  feed: FeedRuntime,
  place: Place,
): Promise<Page> {
  const { source } = feed;
  const settings = pageSettingsOf(feed.filter, await source.version(context.signal), feed.reading);
  const { pageRowsEnough = PAGE_ROWS_ENOUGH } = feed.reading;
  const startedMs = deps.nowMs();
  const page = newPage(feed.name, false, Math.floor(startedMs / 1000));
  const answers: StoredAnswer[] = [];
  let progress = place.reader ?? start(input, place, Math.floor(startedMs / 1000), settings);
  for (;;) {
    const answer = await readAnswer(deps, input, context, feed, progress, settings, page, answers);
    const until = untilOf(input, answer.progress ?? progress, answer.cursor);
    const next = answer.progress && { ...input.reading, until, progress: { ...place, reader: answer.progress } };
    const late = deps.nowMs() - startedMs > FETCH_MS_MAX;
    if (!next || rowCount(page) >= pageRowsEnough || late) {
      const found = next ? {} : await pollEnd(deps, input, feed);
      return put(deps, input, context, page, answers, { until, next, cursor: answer.cursor, ...found });
    }
    progress = next.progress.reader;
  }
}

/** One answer of MISP, added to the page with its numbers. */
async function readAnswer(
  deps: Deps,
  input: FetchInput,
  context: ActivityContext,
  feed: FeedRuntime,
  progress: Progress,
  settings: PageSettings,
  page: StoredPage,
  answers: StoredAnswer[],
): Promise<Answer> {
  const { source } = feed;
  const hooks = { now: deps.nowMs, wait: deps.sleep, budgetMs: SEARCH_MS_MAX };
  return withReaderLease(deps, source.name, input.bounds ? 'backfill' : 'poll', context, async () => {
    const answer = await readPage(source.client, progress, settings, hooks, context.signal);
    const { pass, rows, badRows, unreadable, doubtful } = answer;
    if (doubtful) deps.log.warn({ feed: feed.name, ...doubtful }, 'a second was left in doubt');
    const count = rows.length + badRows.length + (unreadable ? 1 : 0);
    if (count === 0) return answer;
    const around = await surroundingsOf(deps, feed, rows, context);
    page.observedAt = answer.answer?.date ?? Math.floor(deps.nowMs() / 1000);
    // Under the lease, or of two readings the older could get the higher number.
    const first = await deps.store.drawSeq(source.name, page.observedAt * 1000, count);
    const place = { first, ofEvent: pass === 'published' || pass === 'deleted' };
    if (answer.answer) {
      // Without an answer there are no rows.
      addAnswer(page, answer, place);
      answers.push({ body: answer.answer.body, ...place, ...(around ? { around } : {}) });
    }
    if (unreadable) page.unreadable.push({ ...unreadable, seq: first + count - 1 });
    return answer;
  });
}

function start({ reading, bounds }: FetchInput, { again }: Place, now: number, settings: PageSettings): Progress {
  if (bounds) return startBackfill(bounds.since, bounds.until, settings);
  return startPoll(again ? begun(reading.from) : reading.from, now, settings);
}

function untilOf({ reading, bounds }: FetchInput, { job }: Progress, cursor: Cursor | null): number {
  if (bounds) return bounds.until;
  return cursor?.second ?? (job.kind === 'poll' ? job.until : null) ?? reading.from.second;
}

async function put(
  deps: Deps,
  { workflow }: FetchInput,
  context: ActivityContext,
  page: StoredPage,
  answers: readonly StoredAnswer[],
  place: Omit<Page, 'ref' | 'rows' | 'keys'>,
): Promise<Page> {
  const rows = rowCount(page);
  if (rows === 0) return { ref: '', rows, keys: '', ...place };
  const bytes = await packPage(page, answers);
  const ref = refOf(context.ref, bytes);
  await deps.store.putPage({ ref, owner: workflow, bytes });
  deps.handOver?.give(ref, page);
  return { ref, rows, keys: keysOf(page), ...place };
}
