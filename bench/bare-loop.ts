// Part (b): the loop that one would write without this project. The same requests, schema, mapping, events, compression and number of
// requests at a time, with one page read ahead; but no Temporal, no store, no ledger: whatever fails is lost.
import { BatchCutter } from '../activities/batches.ts';
import { outcomeOf } from '../src/delivery-of.ts';
import { newBatchProgress } from '../src/destinations/destination.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import type { Page } from '../src/misp/read-page.ts';
import { pagesOf } from './reading.ts';

/** How many rows were read. Each is sent once for each time that it was read. */
export async function bareLoop(feed: FeedRuntime): Promise<number> {
  const pages = pagesOf(feed);
  let rows = 0;
  for (let ahead = pages.next(); ;) {
    const { value: page, done } = await ahead;
    if (done || !page) return rows;
    ahead = pages.next();
    ahead.catch(() => {}); // it is awaited after the page at hand
    await send(feed, linesOf(feed, page));
    rows += page.rows.length;
  }
}

/** The events of a page, cut into batches. */
export function linesOf(feed: FeedRuntime, page: Page): string[][] {
  const batches = new BatchCutter(feed.destination.limits);
  const observedAt = page.answer?.date ?? Math.floor(Date.now() / 1000);
  let seq = observedAt * 1000;
  for (const row of page.rows) {
    // Nothing is known of what was sent before. The digest is made all the same: the event carries it in its delivery_id.
    const { delivery } = outcomeOf(feed, row, undefined, { seq: seq++, observedAt });
    if (delivery) batches.add(feed.destination.encode(delivery, feed.shape));
  }
  return batches.done();
}

async function send({ destination }: FeedRuntime, batches: string[][]): Promise<void> {
  const { signal } = new AbortController();
  const context = { signal, save: async () => {} };
  const lane = async (): Promise<void> => {
    for (let lines = batches.shift(); lines; lines = batches.shift()) {
      const batch = { id: '', lines };
      const progress = await destination.deliver(batch, newBatchProgress(lines.length), context);
      if (progress.pending.length > 0) await destination.confirm!(batch, progress, context);
    }
  };
  await Promise.all(Array.from({ length: destination.limits.concurrency }, lane));
}
