// The loop under every order of outcomes and commands. `FEED_SEEDS=20000 npx vitest run test/simulation/feed` runs more.
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = Number(process.env.FEED_SEEDS ?? 2000);
const CHUNK = 250;

/** What must have happened at least once, or the seeds prove nothing. */
const MUST_HAPPEN = [
  'crash',
  'revival',
  'continueAsNew',
  'end',
  'losses',
  'redeliveries',
  'permanent failures',
  'outdated checkpoint',
  'backfill killed',
  'empty page',
  'empty last page',
  'fetch',
  'expire',
  'expired',
  'translate',
  'deliver',
  'saveCheckpoint',
  'startBackfill',
  'tell',
];

describe('the feed loop', () => {
  const total: Record<string, number> = {};

  for (let first = 1; first <= SEEDS; first += CHUNK) {
    const last = Math.min(SEEDS, first + CHUNK - 1);
    it(`loses nothing and never spins, seeds ${first}–${last}`, async () => {
      for (let seed = first; seed <= last; seed++) {
        const { stats } = await simulate(seed).catch((error: unknown) => {
          throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
        });
        for (const [what, n] of Object.entries(stats)) total[what] = (total[what] ?? 0) + n;
      }
    });
  }

  it('met every kind of trouble', () => {
    console.log(`${SEEDS} seeds:`, JSON.stringify(total));
    expect(MUST_HAPPEN.filter((what) => !total[what])).toEqual([]);
  });

  it('does the same for the same seed', async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const { hash } = await simulate(seed);
      expect((await simulate(seed)).hash).toBe(hash);
      hashes.add(hash);
    }
    expect(hashes.size).toBe(40);
  });
});
