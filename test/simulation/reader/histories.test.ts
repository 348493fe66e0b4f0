// Thousands of random histories of the reader. READER_HISTORIES and READER_SEED choose how many, and from which seed.
import { expect, it } from 'vitest';
import { History } from './history.ts';
import { newTally, report } from './tally.ts';

const histories = Number(process.env['READER_HISTORIES'] ?? 1500);
const firstSeed = Number(process.env['READER_SEED'] ?? 1);

it(
  `${histories} histories from seed ${firstSeed}: every row that a pass covers is shown by the poll, and every poll ends`,
  { timeout: 60_000 + histories * 100 },
  () => {
    const tally = newTally();
    const broken: string[] = [];
    for (let seed = firstSeed; seed < firstSeed + histories && broken.length < 5; seed++) {
      try {
        new History(seed, tally).run();
      } catch (error) {
        broken.push(`seed ${seed}: ${String(error)}`);
      }
    }
    if (process.env['READER_REPORT']) console.log(report(tally));
    expect(broken).toEqual([]);
    expect(tally.histories).toBe(histories);
    // The histories did hold what makes reading hard.
    for (const trouble of ['outages', 'lostAnswers', 'failed', 'unreadable'] as const) {
      expect(tally[trouble], trouble).toBeGreaterThan(0);
    }
  },
);
