// Temporal's part of a workflow: it runs the real loop, hands it commands and results in activations, keeps their history, and can
// bring a new loop to the same place by that history alone.
import assert from 'node:assert/strict';
import { DedupWindow } from '../../../src/core/dedup-window.ts';
import type { Backfill, Change, FeedState, Message, Reading } from '../../../src/core/feed-state.ts';
import type { Page, Shipment } from '../../../src/core/progress.ts';
import { Feed, GaveUp, type Ending, type FeedPorts } from '../../../workflows/feed.ts';
import type { Attempt } from './attempt.ts';

export type Job = { change: Change } | { op: number; value?: unknown; error?: unknown };

interface Activation {
  suggested: boolean;
  jobs: Job[];
  /** Epoch seconds: a replay sees the same. */
  now: number;
}

export type Call =
  | { name: 'fetch'; reading: Reading; bounds: FeedState['bounds'] }
  | { name: 'expire' }
  | { name: 'translate'; page: Page; fresh: string }
  | { name: 'deliver'; page: Page; shipment: Shipment; after: FeedState }
  | { name: 'saveCheckpoint'; state: FeedState }
  | { name: 'startBackfill'; asked: Backfill }
  | { name: 'tell'; id: string; message: Message };

export interface Op {
  number: number;
  call: Call;
  /** Unique for each activity of each run. */
  ref: string;
  cancelled: boolean;
  settled: boolean;
  attempts: number;
  /** True time in ms: the next attempt begins then at the earliest. */
  notBefore: number;
  attempt: Attempt | null;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const WINDOW_KEYS_MAX = 12;
const SPINS_MAX = 60;

const drain = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
/** As in a history. */
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

let runs = 0;

export class Workflow {
  readonly id: string;
  feed!: Feed;
  ops: Op[] = [];
  history: Activation[] = [];
  ended: Ending | null = null;
  suggested = false;
  /** The error that ended the run: a fault of ours. */
  failure: unknown = null;
  /** It learns with its next heartbeat that its result is no longer wanted. */
  private readonly onDropped: (attempt: Attempt) => void;
  private readonly nowMs: () => number;
  private run = '';
  private time = 0;
  private initial: { state: string; window: Uint8Array } = { state: '', window: new Uint8Array() };
  private conditions: { check: () => boolean; resolve: () => void }[] = [];
  private replaying: Op[] | null = null;

  constructor(id: string, nowMs: () => number, onDropped: (attempt: Attempt) => void) {
    this.id = id;
    this.onDropped = onDropped;
    this.nowMs = nowMs;
  }

  get state(): FeedState {
    return this.feed.state;
  }

  async begin(state: FeedState, window: Uint8Array = new Uint8Array()): Promise<void> {
    this.run = `run-${++runs}`;
    this.history = [];
    this.suggested = false;
    this.launch(JSON.stringify(state), window);
    await this.activate([]);
  }

  /** What nobody has cancelled and what has no result yet. */
  open(): Op[] {
    return this.ops.filter((op) => !op.settled);
  }

  async activate(jobs: Job[]): Promise<void> {
    await this.record(jobs);
    for (;;) {
      // A cancelled fetch answers at once, in an activation of its own.
      const dropped = this.ops.find(({ cancelled, settled }) => cancelled && !settled);
      if (!dropped) break;
      if (dropped.attempt) this.onDropped(dropped.attempt);
      await this.record([{ op: dropped.number, error: new GaveUp('cancelled', false) }]);
    }
  }

  async continueAsNew(): Promise<void> {
    const state = JSON.stringify(this.feed.state);
    assert.deepEqual(JSON.parse(state), this.feed.state, 'the state survives JSON');
    assert.equal(this.open().length, 0, 'nothing is in flight at the end of a run');
    await this.begin(JSON.parse(state) as FeedState, this.feed.window.bytes());
  }

  /** The worker that held the workflow is gone: another one brings it to the same place. */
  async replay(): Promise<void> {
    const before = { ops: this.ops, text: this.text(), ended: this.ended, history: this.history };
    this.replaying = before.ops;
    this.launch(this.initial.state, this.initial.window);
    for (const activation of before.history) await this.play(activation);
    this.replaying = null;
    assert.equal(this.text(), before.text, 'a replay comes to the same state');
    assert.equal(this.ended, before.ended);
    assert.deepEqual(
      this.ops.map(({ settled, cancelled }) => [settled, cancelled]),
      before.ops.map(({ settled, cancelled }) => [settled, cancelled]),
    );
  }

  private launch(state: string, window: Uint8Array): void {
    this.initial = { state, window };
    this.ops = [];
    this.conditions = [];
    this.ended = null;
    this.failure = null;
    this.feed = new Feed(this.ports(), JSON.parse(state) as FeedState, new DedupWindow(window, WINDOW_KEYS_MAX));
    this.feed.run().then(
      (ending) => (this.ended = ending),
      (error: unknown) => (this.failure = error),
    );
  }

  private async record(jobs: Job[]): Promise<void> {
    const activation = { suggested: this.suggested, jobs, now: Math.floor(this.nowMs() / 1000) };
    this.history.push(activation);
    await this.play(activation);
  }

  private async play({ suggested, jobs, now }: Activation): Promise<void> {
    this.suggested = suggested;
    this.time = now;
    for (const job of jobs) {
      if ('change' in job) this.feed.apply(job.change);
      else {
        const op = this.ops[job.op]!;
        op.settled = true;
        if ('error' in job) op.reject(job.error);
        else op.resolve(copy(job.value));
      }
      // As the SDK does: a condition that holds between two jobs is let through, and may no longer hold when the code goes on.
      this.letThrough();
    }
    for (let spins = 0; ; spins++) {
      assert(spins < SPINS_MAX, 'the loop spins');
      await drain();
      const open = this.conditions.find(({ check }) => check());
      if (!open) break;
      this.conditions.splice(this.conditions.indexOf(open), 1);
      open.resolve();
    }
    if (this.failure) throw this.failure as Error;
  }

  private letThrough(): void {
    this.conditions = this.conditions.filter((condition) => {
      const holds = condition.check();
      if (holds) condition.resolve();
      return !holds;
    });
  }

  private text(): string {
    return JSON.stringify([this.feed.state, Buffer.from(this.feed.window.bytes()).toString()]);
  }

  private call(given: Call): Op & { promise: Promise<never> } {
    const call = copy(given);
    const number = this.ops.length;
    const before = this.replaying?.[number];
    if (this.replaying) assert.deepEqual(call, before?.call, 'a replay asks for the same');
    let resolve!: (value: unknown) => void, reject!: (error: unknown) => void;
    const promise = new Promise<never>((a, b) => {
      resolve = a as (value: unknown) => void;
      reject = b;
    });
    const op = {
      number,
      call,
      ref: `${this.run}/${number}`,
      cancelled: false,
      settled: false,
      attempts: before?.attempts ?? 0,
      notBefore: before?.notBefore ?? 0,
      attempt: before?.attempt ?? null,
      resolve,
      reject,
      promise,
    };
    this.ops.push(op);
    return op;
  }

  private ports(): FeedPorts {
    const state = (): FeedState => this.feed.state;
    return {
      fetch: (reading) => {
        const op = this.call({ name: 'fetch', reading, bounds: state().bounds });
        return { page: op.promise, cancel: () => (op.cancelled = true) };
      },
      expire: () => this.call({ name: 'expire' }).promise,
      expiresInOutage: () => true,
      translate: (page, fresh) => this.call({ name: 'translate', page, fresh }).promise,
      deliver: (page, shipment, after) => this.call({ name: 'deliver', page, shipment, after }).promise,
      saveCheckpoint: (written) => this.call({ name: 'saveCheckpoint', state: written }).promise,
      startBackfill: (asked) => this.call({ name: 'startBackfill', asked }).promise,
      tell: (id, message) => this.call({ name: 'tell', id, message }).promise,
      until: (check) =>
        check()
          ? Promise.resolve()
          : new Promise((resolve) => {
              this.conditions.push({ check, resolve });
            }),
      watch: () => () => {},
      shouldContinueAsNew: (idle) => this.suggested || (idle && this.history.length > 60),
      show: () => {},
      now: () => this.time,
    };
  }
}
