import { describe, expect, it } from 'vitest';
import { newState } from '../../../src/core/feed-state.ts';
import { namesForFeeds, parse } from '../../../workflows/messages.ts';

const NOW = 1_800_000_000;
const apply = (name: (typeof namesForFeeds)[number], input?: unknown) => {
  const change = parse(name, input, NOW);
  if (typeof change === 'string') throw new Error(change);
  return change(newState(NOW - 1000));
};

describe('messages that a person types', () => {
  it('change the state as they say', () => {
    expect(apply('pause', { reason: 'upgrade' }).paused).toEqual({ reason: 'upgrade', at: NOW });
    expect(apply('poll').due).toBe(true);
    expect(apply('resetCursor', { to: '30d' })).toMatchObject({
      epoch: 2,
      due: true,
      owe: null,
      cursor: { second: NOW - 30 * 86_400 },
    });
    expect(apply('resetCursor', { to: 5, redeliver: true }).owe).toBe(5);
    expect(apply('backfill', { since: '30d', until: '7d', id: 'january' }).queued).toEqual([
      { id: 'january', since: NOW - 30 * 86_400, until: NOW - 7 * 86_400, redeliver: false },
    ]);
    expect(apply('retire').ending).toBe(true);
  });

  it('report a reset forward as skipped seconds', () => {
    const state = apply('resetCursor', { to: NOW });
    expect(state.totals.skippedSeconds).toBe(1000);
    expect(state.notes[0]?.reason).toContain('1000 seconds are skipped');
  });

  it.each([
    ['pause', 'text', 'must be a JSON object'],
    ['pause', ['a'], 'must be a JSON object'],
    ['pause', { reason: 5 }, '"reason" must be a text'],
    ['pause', { raeson: 'x' }, '"raeson" is not known'],
    ['resume', { undecodable: 'bad payload' }, 'cannot be decoded'],
    ['resetCursor', undefined, '"to" must be a time'],
    ['resetCursor', { to: 'banana' }, '"to" must be a time'],
    ['resetCursor', { to: NOW + 1 }, 'lies in the future'],
    ['resetCursor', { to: 1, redeliver: 'yes' }, '"redeliver" must be true or false'],
    ['backfill', {}, '"since" must be a time'],
    ['backfill', { since: 5, until: 4 }, '"since" lies after "until"'],
    ['backfill', { since: 5, id: 'a/b' }, '"id" must be letters'],
    ['backfillDone', {}, '"id" is missing'],
  ] as const)('%s %j is refused with the reason', (name, input, reason) => {
    expect(parse(name, input, NOW)).toContain(reason);
  });

  it('never throws, whatever comes', () => {
    for (const name of namesForFeeds) {
      for (const input of [
        null,
        0,
        '',
        true,
        NaN,
        [],
        { __proto__: null },
        { to: {} },
        { id: 'x'.repeat(1000) },
        new Date(),
      ]) {
        expect(() => parse(name, input, NOW)).not.toThrow();
      }
    }
  });

  it('cut what comes from outside', () => {
    expect(apply('pause', { reason: 'x'.repeat(1000) }).paused?.reason).toHaveLength(500);
  });
});
