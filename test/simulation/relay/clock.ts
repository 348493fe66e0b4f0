// Time: it passes only when the simulation says so. The relay's clock may be wrong.
import { Attempt } from './attempt.ts';

export const START = 1_800_000_000;

interface Repeated {
  at: number;
  ms: number;
  work: () => void;
  attempt: Attempt | undefined;
}

export class Clock {
  /** True time, in epoch ms. */
  ms = START * 1000;
  /** The relay's clock minus true time. */
  skewMs = 0;
  private repeated: Repeated[] = [];

  /** The relay's clock. */
  readonly nowMs = (): number => this.ms + this.skewMs;

  pass(ms: number): void {
    this.ms += ms;
    for (const each of this.repeated) {
      for (; each.at <= this.ms; each.at += each.ms) if (!each.attempt?.dying) each.work();
    }
  }

  readonly every = (ms: number, work: () => void): (() => void) => {
    const each = { at: this.ms + ms, ms, work, attempt: Attempt.current };
    this.repeated.push(each);
    return () => (this.repeated = this.repeated.filter((other) => other !== each));
  };

  forgetTheDead(): void {
    this.repeated = this.repeated.filter(({ attempt }) => !attempt?.dying);
  }
}
