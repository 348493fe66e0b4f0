// The simulation itself: the same tape does the same, and a failing one becomes short.
import './at-once.ts';
import { expect, it, vi } from 'vitest';
import { Dice } from './dice.ts';

const { Failed, play } = await import('./play.ts');
const { shrink } = await import('./shrink.ts');

it('does the same for the same seed, and for its tape', async () => {
  const summaries = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) {
    const first = await play(seed);
    expect((await play(seed)).summary).toBe(first.summary);
    expect((await play(first.tape)).summary).toBe(first.summary);
    summaries.add(first.summary);
  }
  expect(summaries.size).toBe(12);
});

it('an empty tape is a calm relay that delivers what is there', async () => {
  const { tally } = await play([]);
  expect(tally.get('worker killed')).toBeUndefined();
  expect(tally.get('polls')).toBeGreaterThan(0);
});

it('a failing tape becomes a short story of the same fault', async () => {
  // A HEC whose proofs nobody believes: every delivery is then a broken promise.
  const { Arrivals } = await import('./arrivals.ts');
  const blind = vi.spyOn(Arrivals.prototype, 'latest').mockReturnValue(undefined);
  try {
    const failure = await play(5).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failed);
    const { tape } = failure as InstanceType<typeof Failed>;
    const shrunk = await shrink(tape, 120);
    expect(shrunk.tape.length).toBeLessThan(tape.length / 2);
    expect(shrunk.story.length).toBeGreaterThan(0);
    expect(shrunk.error.message).toMatch(/goes past a page|is missing there/);
  } finally {
    blind.mockRestore();
  }
});

it('the tape is what was drawn', () => {
  const dice = new Dice(7);
  const drawn = [dice.next(), dice.int(10), dice.chance(0.5), dice.pick(['a', 'b'])];
  const again = new Dice(dice.tape);
  expect([again.next(), again.int(10), again.chance(0.5), again.pick(['a', 'b'])]).toEqual(drawn);
  expect([again.next(), again.int(10), again.chance(0.99), again.pick(['a', 'b'])]).toEqual([0, 0, false, 'a']);
});
