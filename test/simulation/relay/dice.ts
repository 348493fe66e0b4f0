// Random numbers on a tape. The same seed gives the same tape; a tape can also be played again, cut or calmed: 0 is always the
// choice in which nothing happens, and a tape that has run out gives zeros.
import { seeded } from '../../../simulators/random.ts';

export class Dice {
  /** Everything that was drawn so far. */
  readonly tape: number[] = [];
  private readonly source: () => number;

  constructor(source: number | readonly number[]) {
    if (typeof source === 'number') {
      const random = seeded(source);
      this.source = () => random.next();
    } else {
      let place = 0;
      this.source = () => source[place++] ?? 0;
    }
  }

  next(): number {
    const drawn = this.source();
    this.tape.push(drawn);
    return drawn;
  }
  /** From 0 to `below` - 1. */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }
  chance(probability: number): boolean {
    return this.next() >= 1 - probability;
  }
  /** The first one is the calm one. */
  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }
}
