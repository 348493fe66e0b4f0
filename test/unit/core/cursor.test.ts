import { describe, expect, it } from 'vitest';
import { backfillStarted } from '../../../src/core/backfills.ts';
import { revive } from '../../../src/core/checkpoint.ts';
import { begun, isFirst, newCursor, resetTo, type Cursor } from '../../../src/core/cursor.ts';
import { newState } from '../../../src/core/feed-state.ts';
import { resetCursor } from '../../../src/core/operator.ts';
import { startDelivery, startReading } from '../../../src/core/progress.ts';
import { accept, nextRequest, startPoll, type ReaderSettings } from '../../../src/misp/reader.ts';

const settings: ReaderSettings = { pageSize: 100, firstPage: 10, lookbackSeconds: 900, deletedForms: ['only'] };
const polled: Cursor = { second: 50_000, readAt: 50_000, id: 7, mark: { id: 9, date: 49_000, readAt: 49_000 } };

/** The passes of a poll over a MISP that shows nothing. */
function passesOf(cursor: Cursor): string[] {
  const passes: string[] = [];
  const answer = { rows: [], resultCount: 1, skipped: 0, date: 60_000, askedAt: 60_000 };
  for (let progress: ReturnType<typeof startPoll> | null = startPoll(cursor, 60_000, settings); progress;) {
    passes.push(nextRequest(progress, settings).pass);
    progress = accept(progress, answer, settings).progress;
  }
  return passes;
}

describe('a cursor that an operator resets', () => {
  it('backward keeps the known id: rows above it are still new', () => {
    expect(resetTo(polled, 10)).toEqual({ ...polled, second: 10 });
  });

  it('forward forgets the id: what lies in between is skipped', () => {
    expect(resetTo(polled, 55_000)).toMatchObject({ second: 55_000, id: null, readAt: null });
  });

  it('forward still looks for what must be withdrawn: something was delivered', () => {
    expect(isFirst(newCursor(0))).toBe(true);
    expect(isFirst(resetTo(newCursor(0), 55_000))).toBe(true);
    expect(isFirst(resetTo(polled, 55_000))).toBe(false);
    expect(passesOf(newCursor(55_000))).not.toContain('deleted');
    expect(passesOf(resetTo(polled, 55_000))).toContain('deleted');
  });
});

describe('a first poll that begins once more', () => {
  const fresh = newState(10);
  const reading = startReading(7)(fresh);

  it('asks for deletions: what it has delivered may be gone by then', () => {
    expect(passesOf(newCursor(10))).not.toContain('deleted');
    expect(passesOf(begun(newCursor(10)))).toContain('deleted');
    expect(begun(polled)).toEqual(polled);
  });

  it('knows it after a delivery, whatever came of that, and after a reset', () => {
    const delivering = startDelivery(reading);
    expect(isFirst(reading.reading!.from)).toBe(true);
    expect(isFirst(delivering.reading!.from)).toBe(false);
    for (const to of [0, 5_000]) expect(isFirst(resetCursor(to, false, 7)(delivering).cursor)).toBe(false);
  });

  it('knows it after a backfill', () => {
    expect(isFirst(backfillStarted({ id: 'b', since: 0, until: 9 })(fresh).cursor)).toBe(false);
  });

  it('knows it when the feed was lost, but not at its very first start', () => {
    const first = revive(fresh);
    expect(isFirst(first.cursor)).toBe(true);
    expect(isFirst(revive(first).cursor)).toBe(false);
    expect(isFirst(revive(startReading(7)(first)).reading!.from)).toBe(false);
  });
});
