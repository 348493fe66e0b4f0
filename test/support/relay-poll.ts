// One whole poll of a feed by the real activities, without Temporal: fetch, translate, deliver, page after page.
import { deliverShipment } from '../../activities/deliver.ts';
import type { Deps } from '../../activities/deps.ts';
import { fetchPage } from '../../activities/fetch.ts';
import { translatePage } from '../../activities/translate.ts';
import { bitmapOf } from '../../src/core/bitmap.ts';
import { newCursor, type Cursor } from '../../src/core/cursor.ts';
import { newState, type Reading } from '../../src/core/feed-state.ts';
import { createLog } from '../../src/log.ts';
import { every, sleep, type Runtime } from '../../src/runtime.ts';

export interface Polled {
  cursor: Cursor;
  filtered: Record<string, number>;
  confirmed: number;
  rejected: number;
}

let activities = 0;

/** The dedup window is empty: what was confirmed before is found by the ledger alone. */
export async function pollOnce({ store, feeds }: Runtime, feed: string, from = newCursor(0)): Promise<Polled> {
  const deps: Deps = { store, feeds, log: createLog('silent'), nowMs: Date.now, sleep, every };
  const workflow = `sync/${feed}`;
  const context = () => ({ ref: `run/${++activities}`, signal: new AbortController().signal });
  const polled: Polled = { cursor: from, filtered: {}, confirmed: 0, rejected: 0 };
  let reading: Reading | null = { from, until: null, progress: null };
  while (reading) {
    const page = await fetchPage(deps, { feed, workflow, reading, bounds: null }, context());
    if (page.rows > 0) {
      const fresh = bitmapOf(Array.from({ length: page.rows }, () => true));
      const shipment = await translatePage(deps, { feed, workflow, page, fresh }, context());
      const after = { ...newState(0), revision: activities };
      const receipt = await deliverShipment(deps, { feed, workflow, page: page.ref, shipment, after }, context());
      polled.confirmed += receipt.confirmed;
      polled.rejected += receipt.rejected;
      for (const [rule, n] of Object.entries(shipment.counts.filtered))
        polled.filtered[rule] = (polled.filtered[rule] ?? 0) + n;
    }
    polled.cursor = page.cursor ?? polled.cursor;
    reading = page.next;
  }
  return polled;
}
