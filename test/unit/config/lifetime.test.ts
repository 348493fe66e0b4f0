import { describe, expect, it } from 'vitest';
import { lifetimeOf, wantsScores } from '../../../src/config/lifetime.ts';
import type { FeedConfig } from '../../../src/config.ts';
import { schema } from '../../../src/config/schema.ts';

const DAY = 86_400;
const parsed = (feed: Record<string, unknown>) =>
  schema.shape.feeds.safeParse({ a: { source: 'm', destination: 'd', ...feed } });
const feedOf = (feed: Record<string, unknown>): FeedConfig => parsed(feed).data!['a']!;

describe('expireAfter', () => {
  it.each([
    [undefined, 90 * DAY, { default: 90 * DAY, byType: {} }],
    [undefined, undefined, { default: null, byType: {} }],
    ['30d', 90 * DAY, { default: 30 * DAY, byType: {} }],
    ['never', 90 * DAY, { default: null, byType: {} }],
    [{ 'ip-dst': '1d', md5: 'never' }, 90 * DAY, { default: 90 * DAY, byType: { 'ip-dst': DAY, md5: null } }],
    [{ default: 'never', domain: '2w' }, 90 * DAY, { default: null, byType: { domain: 14 * DAY } }],
  ])('%j, where the destination says %j', (expireAfter, otherwise, expiry) => {
    const feed = feedOf(expireAfter === undefined ? {} : { expireAfter });
    expect(lifetimeOf(feed, otherwise).expiry).toEqual(expiry);
  });

  it.each([['soon'], ['0d'], [{ md5: 'soon' }], [[]]])('%j is refused', (expireAfter) => {
    expect(parsed({ expireAfter }).success).toBe(false);
  });
});

describe('decay scores', () => {
  it.each([
    [{}, false],
    [{ includeDecayScore: true }, true],
    [{ excludeDecayed: true }, true],
  ])('%j are asked for: %s', (feed, asked) => {
    expect(wantsScores(feedOf(feed))).toBe(asked);
  });

  it('are read again each day, in steps of ten, unless it is said', () => {
    expect(feedOf({}).decay).toEqual({ refreshEvery: DAY, redeliverStep: 10 });
    expect(feedOf({ decay: { refreshEvery: 'never', models: [3] } }).decay).toMatchObject({
      refreshEvery: null,
      models: ['3'],
    });
    expect(parsed({ decay: { refreshEvery: '1m' } }).success).toBe(false);
  });
});
