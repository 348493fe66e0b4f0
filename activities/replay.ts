// Dead letters that an operator wants tried again go with the next poll, as a page from the store.
import type { FeedRuntime } from '../src/feeds.ts';
import { parseRow } from '../src/misp/schema.ts';
import type { Deps } from './deps.ts';
import { addBroken, addRow, newPage, type StoredPage } from './stored-page.ts';

const REPLAYED_MAX = 1_000;

/** The page, or null when nothing waits. A letter without a row (unreadable in MISP) cannot be replayed: the poll asks MISP. */
export async function replayPage({ store }: Deps, feed: FeedRuntime, now: number): Promise<StoredPage | null> {
  const waiting = await store.listDeadLetters({ feed: feed.name, replay: true, limit: REPLAYED_MAX });
  const letters = waiting.filter(({ raw }) => raw !== '');
  if (letters.length === 0) return null;
  const first = await store.drawSeq(feed.source.name, now * 1000, letters.length);
  const page = newPage(feed.name, true, now);
  letters.forEach(({ id, seq, raw }, n) => {
    const parsed = parseRow(JSON.parse(raw));
    if (parsed.ok) addRow(page, parsed.row, first + n, { letter: { id, seq } });
    else addBroken(page, parsed, first + n, { id, seq });
  });
  return page;
}
