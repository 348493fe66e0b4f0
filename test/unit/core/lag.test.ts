import { describe, expect, it } from 'vitest';
import { newState, type FeedState } from '../../../src/core/feed-state.ts';
import { lagOf, lastSuccessOf } from '../../../src/core/lag.ts';

const NOW = 1_764_000_000;
const fresh = newState(0);

/** After one poll whose second on MISP's clock was `second`, when MISP's clock was `ahead` of ours. */
const polled = (second: number, ahead: number): FeedState => ({
  ...fresh,
  cursor: { second, readAt: NOW - 60, id: 7, mark: { id: 9, date: NOW - 600 + ahead, readAt: NOW - 600 } },
  poll: { ...fresh.poll, startedAt: NOW - 60, endedAt: NOW - 50 },
  totals: { ...fresh.totals, polls: 1 },
});

describe('lag', () => {
  it.each([
    ['as ours', 0, NOW - 60, 60],
    ['two hours behind', -7_200, NOW - 7_260, 60],
    ['an hour ahead: what it has since then is not confirmed', 3_600, NOW - 60, 3_660],
    ['behind by more than the cursor', -100, NOW - 60, 0],
  ])("is MISP's clock minus the cursor: %s", (_, ahead, second, lag) => {
    expect(lagOf(polled(second, ahead), NOW, 0)).toBe(lag);
  });

  it('grows as long as no poll is completed, wherever the feed begins', () => {
    const reading = { ...newState(NOW - 86_400), poll: { ...fresh.poll, startedAt: NOW - 120 } };
    expect(lagOf(reading, NOW, NOW - 500)).toBe(120);
    expect(lagOf(newState(NOW - 86_400), NOW, NOW - 500)).toBe(500);
  });
});

describe('the last success', () => {
  it('is none before the first whole poll', () => {
    expect(lastSuccessOf(fresh)).toBeNull();
  });

  it('is the end of the last whole poll, or its beginning while the next one runs', () => {
    const state = polled(NOW, 0);
    expect(lastSuccessOf(state)).toBe(NOW - 50);
    expect(lastSuccessOf({ ...state, poll: { ...state.poll, endedAt: null } })).toBe(NOW - 60);
  });
});
