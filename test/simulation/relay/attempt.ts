// One attempt of an activity: it runs until it comes to a gate, and waits there until the seed opens it. All that happens
// between two attempts happens at gates, so the order is the seed's.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Worker } from './worker.ts';

export interface Gate {
  what: string;
  /** True time in ms: it cannot be opened before. */
  notBefore: number;
  open(): void;
}

export type Outcome = { value: unknown } | { error: unknown };

const running = new AsyncLocalStorage<Attempt>();
const TURNS_MAX = 30;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

export class Attempt {
  readonly name: string;
  readonly worker: Worker;
  gates: Gate[] = [];
  outcome: Outcome | null = null;
  /** Nobody waits for it any more, and it goes on. */
  zombie = false;
  /** What it delivers. */
  shipment = '';
  /** When it looked into the ledger. */
  ledgerSeenAt = 0;
  /** Its process is gone; only a request that is on its way may still arrive. */
  dying = false;
  private readonly controller = new AbortController();
  private steps = 0;

  constructor(name: string, worker: Worker) {
    this.name = name;
    this.worker = worker;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }
  abort(): void {
    this.controller.abort(new Error('no longer wanted'));
  }

  /** Runs the work up to its first gate. */
  async start(work: (attempt: Attempt) => Promise<unknown>): Promise<void> {
    const before = this.steps;
    running.run(this, () => {
      work(this).then(
        (value) => (this.outcome = { value }),
        (error: unknown) => (this.outcome = { error }),
      );
    });
    await this.settled(before);
  }

  /** Opens a gate and runs on up to the next one. */
  async go(gate: Gate): Promise<void> {
    const before = this.steps;
    this.gates = this.gates.filter((other) => other !== gate);
    gate.open();
    await this.settled(before);
  }

  /** Waits at a gate. Outside of any attempt there is none. */
  static async pass(what: string, notBefore = 0): Promise<void> {
    const attempt = running.getStore();
    if (!attempt) return;
    await new Promise<void>((open) => {
      attempt.steps++;
      attempt.gates.push({ what, notBefore, open });
    });
  }

  static get current(): Attempt | undefined {
    return running.getStore();
  }

  /** Without a gate: one of several lanes has ended, or it waits for another attempt of its process. */
  private async settled(before: number): Promise<void> {
    for (let turns = 0; this.steps === before && !this.outcome; turns++) {
      if (turns === TURNS_MAX) return;
      await turn();
    }
  }
}
