import { describe, expect, it } from 'vitest';
import { countedFrom, endOf, expiresAt, isDecayed, type LifetimeRules } from '../../../src/records/lifetime.ts';
import type { DecayScore } from '../../../src/records/record.ts';
import { recordWith } from '../../support/records.ts';

const score = (decayed: boolean): DecayScore => ({ model: 'm', modelId: '1', score: 50, baseScore: 80, decayed });
const T = 1_700_000_000;
const DAY = 86_400;
const rules = (changes: Partial<LifetimeRules> = {}): LifetimeRules => ({
  expiry: { default: 90 * DAY, byType: { md5: null, 'ip-dst': 30 * DAY } },
  excludeDecayed: false,
  ...changes,
});

describe('expiry', () => {
  it.each([
    [null, T],
    ['2023-11-14T00:00:00.000000+00:00', T], // before the timestamp
    ['2023-12-14T22:13:20.000000+00:00', T + 30 * DAY],
    ['2023-12-15T00:13:20.900+02:00', T + 30 * DAY],
    ['no time', T],
  ])('is counted from the greater of last_seen (%s) and the timestamp', (lastSeen, from) => {
    expect(countedFrom(recordWith({ timestamp: T, lastSeen }))).toBe(from);
  });

  it('goes by the type, then by the default', () => {
    const { expiry } = rules();
    expect(['domain', 'ip-dst', 'md5'].map((type) => expiresAt(expiry, type, T))).toEqual([
      T + 90 * DAY,
      T + 30 * DAY,
      null,
    ]);
    expect(expiresAt({ default: null, byType: {} }, 'constructor', T)).toBeNull();
  });

  it('is over from its very second on', () => {
    const record = recordWith({ type: 'ip-dst', timestamp: T });
    expect(endOf(rules(), record, T + 30 * DAY - 1)).toBeNull();
    expect(endOf(rules(), record, T + 30 * DAY)).toBe('expired');
  });
});

describe('decay', () => {
  it.each([
    [null, false],
    [[], false],
    [[false], false],
    [[true], true],
    [[true, false], true],
    [[true, false, false], false],
    [[true, true, false, false], true],
  ])('by %j is %s: at least half of the models', (models, decayed) => {
    expect(isDecayed(models && models.map(score))).toBe(decayed);
  });

  it('ends a record only where the feed says so, and after its age', () => {
    const decayed = recordWith({ timestamp: T, decay: [score(true)] });
    expect(endOf(rules(), decayed, T)).toBeNull();
    expect(endOf(rules({ excludeDecayed: true }), decayed, T)).toBe('decayed');
    expect(endOf(rules({ excludeDecayed: true }), decayed, T + 90 * DAY)).toBe('expired');
  });
});
