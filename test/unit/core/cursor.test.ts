import { describe, expect, it } from 'vitest';
import { isFirst, newCursor, resetTo, type Cursor } from '../../../src/core/cursor.ts';
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
