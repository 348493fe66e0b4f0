/** A fault that is played for the next n matching requests, or for all until it is taken away. */
export interface Planned<Name extends string> {
  name: Name;
  /** How many requests it still hits. Left out: every one, until `clear`. */
  next?: number | undefined;
  /** How many matching requests pass unharmed first. */
  skip?: number | undefined;
  /** Only requests whose path contains this text. Left out: see the simulator. */
  path?: string | undefined;
}

/** The plan of faults of one simulator: first in, first played. */
export class Faults<Name extends string, Fault extends Planned<Name> = Planned<Name>> {
  private planned: Fault[] = [];

  plan(fault: Fault): void {
    this.planned.push({ ...fault });
  }

  clear(): void {
    this.planned = [];
  }

  get pending(): readonly Fault[] {
    return this.planned;
  }

  /** The fault for a request, counted as played. `usual`: the paths meant when a fault names none. */
  take(path: string, usual: (path: string) => boolean): Fault | undefined {
    for (const fault of this.planned) {
      if (!(fault.path === undefined ? usual(path) : path.includes(fault.path))) continue;
      if (fault.skip !== undefined && fault.skip > 0) {
        fault.skip--;
        return undefined;
      }
      if (fault.next !== undefined && --fault.next <= 0) this.planned = this.planned.filter((other) => other !== fault);
      return fault;
    }
    return undefined;
  }
}
