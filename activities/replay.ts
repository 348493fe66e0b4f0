// Dead letters that an operator wants tried again go with the next poll, as a page from the store.
import type { FeedRuntime } from '../src/feeds.ts';
import type { Deps } from './deps.ts';
import { parseRow } from '../src/misp/schema.ts';
import { keyRows } from './read-rows.ts';
import type { StoredPage } from './stored-page.ts';

const REPLAYED_MAX = 1_000;

/** The page, or null when nothing waits. A letter without a row (unreadable in MISP) cannot be replayed: the poll asks MISP. */
export async function replayPage({ store }: Deps, feed: FeedRuntime, now: number): Promise<StoredPage | null> {
  const letters = (await store.listDeadLetters({ feed: feed.name, replay: true, limit: REPLAYED_MAX })).filter(
    ({ raw }) => raw !== '',
  );
  if (letters.length === 0) return null;
  const page: StoredPage = {
    feed: feed.name,
    local: true,
    rows: [],
    letters: [],
    broken: [],
    unreadable: [],
    seq: 0,
    observedAt: now,
  };
  const lettersOfBroken: StoredPage['letters'] = [];
  for (const { id, seq, raw } of letters) {
    const parsed = parseRow(JSON.parse(raw));
    const { rows, broken } = parsed.ok ? keyRows([parsed.row], []) : keyRows([], [parsed]);
    page.rows.push(...rows);
    page.broken.push(...broken);
    (rows.length > 0 ? page.letters : lettersOfBroken).push({ id, seq });
  }
  page.letters.push(...lettersOfBroken);
  page.seq = await store.drawSeq(feed.source.name, now * 1000, letters.length);
  return page;
}
