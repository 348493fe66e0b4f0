import { describe, expect, it } from 'vitest';
import { lookForExpired, moveExpiryPast, sliceConfirmed } from '../../../src/core/expiry.ts';
import { newBackfillState, newState, type FeedState } from '../../../src/core/feed-state.ts';
import { movePast, type Page } from '../../../src/core/progress.ts';

const pageOf = (changes: Partial<Page> = {}): Page => ({
  ref: 'p',
  rows: 0,
  keys: '',
  until: 100,
  next: null,
  cursor: null,
  ...changes,
});
const refresh = { id: 'decay-2026-01-01-00-00', since: 5, until: 100 };
const polled = (polls: number, changes: Partial<FeedState> = {}): FeedState => {
  const state = newState(0);
  return { ...state, totals: { ...state.totals, polls }, ...changes };
};

describe('what the last page of a poll has found', () => {
  it('expired attributes go when nothing else is due; an outage that put them first still does', () => {
    expect(movePast(pageOf({ expired: true }), 7)(polled(1)).expiring).toBe('when idle');
    expect(movePast(pageOf({ expired: true }), 7)(polled(1, { expiring: 'first' })).expiring).toBe('first');
    expect(movePast(pageOf(), 7)(polled(1)).expiring).toBeUndefined();
  });

  it('a refresh of decay scores becomes a backfill, once', () => {
    const asked = movePast(pageOf({ refresh }), 7)(polled(1));
    expect(asked).toMatchObject({ queued: [refresh], refreshed: refresh.id });
    expect(asked.revision).toBeGreaterThan(0);
    expect(movePast(pageOf({ refresh }), 7)({ ...asked, queued: [] }).queued).toEqual([]);
  });

  it('a first poll has just read everything, and one refresh that still runs is enough', () => {
    const first = movePast(pageOf({ refresh }), 7)(polled(0));
    expect(first).toMatchObject({ queued: [], refreshed: refresh.id });
    const running = { ...polled(3), running: [refresh], refreshed: refresh.id };
    const next = { ...refresh, id: 'decay-2026-01-02-00-00' };
    expect(movePast(pageOf({ refresh: next }), 7)(running)).toMatchObject({ queued: [], refreshed: next.id });
  });

  it('a backfill leaves both to its feed', () => {
    const state = newBackfillState({ id: 'b', since: 0, until: 9 });
    expect(movePast(pageOf({ expired: true, refresh }), 7)(state)).toMatchObject({ queued: [] });
    expect(lookForExpired(state)).toBe(state);
  });
});

describe('a slice', () => {
  const receipt = { confirmed: 2, withdrawn: 2, rejected: 0, requests: 1, bytes: 1, possibleDuplicates: 0 };

  it('is followed by another one only when there is more, and then polls go first', () => {
    const first = polled(1, { expiring: 'first' });
    expect(moveExpiryPast(pageOf({ expired: true }))(first).expiring).toBe('when idle');
    expect(moveExpiryPast(pageOf())(first).expiring).toBeNull();
  });

  it('counts, and after a reset nothing but that', () => {
    const state = polled(1, { expiring: 'when idle' });
    const after = moveExpiryPast(pageOf())({ ...state, revision: 4 });
    expect(sliceConfirmed(pageOf(), receipt, after)(state)).toMatchObject({
      expiring: null,
      savedRevision: 4,
      totals: { withdrawn: 2 },
    });
    expect(sliceConfirmed(pageOf(), receipt, after)({ ...state, epoch: 9 })).toMatchObject({
      expiring: 'when idle',
      savedRevision: 0,
      totals: { withdrawn: 2 },
    });
  });
});
