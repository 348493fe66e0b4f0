// Part (c): reading alone. The product's own client, reader and schema, from the beginning to the end of a first poll.
import type { FeedRuntime } from '../src/feeds.ts';
import { newCursor } from '../src/core/cursor.ts';
import { readPage, type Page } from '../src/misp/read-page.ts';
import { startPoll, type Progress } from '../src/misp/reader.ts';
import { pageSettingsOf } from '../src/misp/settings.ts';
import { sleep } from '../src/runtime.ts';

export async function* pagesOf(feed: FeedRuntime): AsyncGenerator<Page, void> {
  const { source } = feed;
  const { signal } = new AbortController();
  const settings = pageSettingsOf(feed.filter, await source.version(signal), feed.reading);
  const hooks = { now: Date.now, wait: sleep, budgetMs: 60_000 };
  let progress: Progress | null = startPoll(newCursor(0), Math.floor(Date.now() / 1000), settings);
  while (progress) {
    const page = await readPage(source.client, progress, settings, hooks, signal);
    yield page;
    progress = page.progress;
  }
}

/** How many rows were read. */
export async function readAll(feed: FeedRuntime): Promise<number> {
  let rows = 0;
  for await (const page of pagesOf(feed)) rows += page.rows.length;
  return rows;
}
