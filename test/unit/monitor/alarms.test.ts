import { describe, expect, it } from 'vitest';
import { Alarms } from '../../../src/monitor/alarms.ts';
import type { FeedLook } from '../../../src/monitor/look.ts';
import { troublesOf } from '../../../src/monitor/well.ts';
import { look, NOW, REASON } from './looks.ts';

const HOUR = 3_600;
const alarms = (maxLagSeconds?: number): Alarms => new Alarms({ maxLagSeconds, repeatSeconds: 4 * HOUR });

/** What is told, look by look. */
const told = (given: Alarms, looks: readonly [FeedLook, number][]): string[][] =>
  looks.map(([each, at]) =>
    given.take(each, NOW + at).map(({ kind, status, again }) => `${kind} ${again ? 'still ' : ''}${status}`),
  );

describe('an alarm', () => {
  it('is told when it begins, again after a while, and when it is over; not in between', () => {
    expect(
      told(alarms(), [
        [look('idle'), 0],
        [look('blocked'), 5],
        [look('blocked'), 10],
        [look('blocked'), 5 + 4 * HOUR],
        [look('blocked'), 10 + 4 * HOUR],
        [look('idle'), 20 + 4 * HOUR],
        [look('idle'), 25 + 4 * HOUR],
      ]),
    ).toEqual([[], ['blocked firing'], [], ['blocked still firing'], [], ['blocked resolved'], []]);
  });

  it('says why, and since when', () => {
    expect(alarms().take(look('blocked'), NOW)).toEqual([
      {
        feed: 'all',
        kind: 'blocked',
        status: 'firing',
        again: false,
        reason: `by the destination: ${REASON}`,
        since: NOW - 300,
        at: NOW,
        mode: 'blocked',
        lagSeconds: 10,
      },
    ]);
  });

  it('is none of its neighbours', () => {
    const both = alarms();
    both.take(look('stalled', 10, 'one'), NOW);
    expect(both.take(look('idle', 10, 'two'), NOW)).toEqual([]);
    expect([both.isFiring('one', 'stalled'), both.isFiring('one', 'blocked'), both.isFiring('two', 'stalled')]).toEqual(
      [true, false, false],
    );
  });

  it('by lag needs a limit, and is beyond it, not at it', () => {
    expect(alarms().take(look('idle', 10 * HOUR), NOW)).toEqual([]);
    const late = alarms(1_800);
    expect(late.take(look('idle', 1_800), NOW)).toEqual([]);
    expect(late.take(look('paused', 1_801), NOW)).toMatchObject([
      { kind: 'lagging', reason: 'its lag of 1801 s is more than 1800 s' },
    ]);
  });

  it('neither begins nor ends while the workflow does not answer, but a feed that is gone grows late', () => {
    const given = alarms(1_800);
    expect(
      told(given, [
        [look('blocked'), 0],
        [look('not running', 60), 5],
        [look('starting', 0), 10],
        [look('not running', 1_900), 15],
        [look('unknown', null), 20],
        [look('idle', 5), 25],
      ]),
    ).toEqual([['blocked firing'], [], [], ['lagging firing'], [], ['blocked resolved', 'lagging resolved']]);
  });
});

describe('well', () => {
  it.each<[FeedLook, number | undefined, string[]]>([
    [look('idle', 99_999), undefined, []],
    [look('running', 1_800), 1_800, []],
    [look('paused'), 1_800, []],
    [look('paused', 1_801), 1_800, ['its lag of 1801 s is more than 1800 s']],
    [look('blocked'), undefined, [`blocked by the destination: ${REASON}`]],
    [
      look('stalled', 2_000),
      1_800,
      ['stalled: one page takes longer than ten minutes', 'its lag of 2000 s is more than 1800 s'],
    ],
    [look('not running'), undefined, ['it does not run, or no worker answers']],
    [{ ...look('unknown', null), state: null }, 60, ['it has no checkpoint: run `misp-relay apply`']],
  ])('%#', (given, maxLag, troubles) => {
    expect(troublesOf(given, maxLag)).toEqual(troubles);
  });
});
