// One relay between a MISP and a HEC, with everything that the seed decides: what happens next, and what goes wrong.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MispData } from '../../../simulators/misp/data.ts';
import type { SimReply, SimRequest } from '../../../simulators/http.ts';
import { Misp } from '../../../simulators/misp/misp.ts';
import * as backfills from '../../../src/core/backfills.ts';
import { newBackfillState, newState, type Backfill, type Change, type Message } from '../../../src/core/feed-state.ts';
import * as operator from '../../../src/core/operator.ts';
import type { Page } from '../../../src/core/progress.ts';
import { RetryableError } from '../../../src/errors.ts';
import type { LifetimeRules } from '../../../src/records/lifetime.ts';
import { filterSchema } from '../../../src/misp/query.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { GaveUp } from '../../../workflows/feed.ts';
import { failureFrom, run } from './activity.ts';
import { Attempt, type Gate } from './attempt.ts';
import { Changes } from './changes.ts';
import { Clock, START } from './clock.ts';
import type { Dice } from './dice.ts';
import { Proofs } from './proofs.ts';
import type { Arrivals } from './arrivals.ts';
import { ElasticSink } from './elastic-sink.ts';
import { HecSink } from './hec-sink.ts';
import { hecSwitchesOf, type Settings } from './settings.ts';
import { count, type Tally } from './tally.ts';
import { shownOf, Truth } from './truth.ts';
import { Witness } from './witness.ts';
import { FEED, startWorker, type Surroundings, type Worker } from './worker.ts';
import { Workflow, type Job, type Op } from './workflow.ts';

export const MAIN = `sync/${FEED}`;
const INTERVAL_MS = 300_000;
const ATTEMPTS_MAX = 8;

export class World {
  readonly dice: Dice;
  readonly settings: Settings;
  readonly tally: Tally = new Map();
  /** What happened, for a person; null: not wanted. */
  readonly story: string[] | null;
  readonly data: MispData;
  readonly misp: Misp;
  readonly sink: Arrivals;
  readonly lifetime: LifetimeRules;
  readonly store: Store;
  readonly truth: Truth;
  readonly changes: Changes;
  readonly proofs: Proofs;
  readonly clock = new Clock();
  private readonly witness: Witness;
  readonly workflows = new Map<string, Workflow>();
  /** Attempts that nobody waits for. */
  zombies: Attempt[] = [];
  worker!: Worker;
  /** Nothing goes wrong any more. */
  calm = false;
  private nextPollAt = 0;
  private jumpedAtPoll = -9;
  private reports: string[] = [];
  private readonly since: number;
  private mispClockMax = 0;
  /** A first poll was completed. */
  private polled = false;
  private pollsBefore = 0;

  constructor(dice: Dice, settings: Settings, story: string[] | null) {
    this.dice = dice;
    this.settings = settings;
    this.story = story;
    const mispNow = (): number => Math.floor(this.clock.ms / 1000);
    this.data = new MispData({ now: mispNow, seed: 1 });
    this.misp = new Misp({ data: this.data, switches: settings.misp, now: mispNow });
    this.sink = sinkOf(settings, () => this.clock.ms);
    this.lifetime = { expiry: { default: settings.expireAfter, byType: {} }, excludeDecayed: false };
    this.since = settings.since === null ? 0 : START - settings.since;
    this.truth = new Truth(this.data, settings.rule, this.since, () => this.polled, settings.expireAfter);
    this.proofs = new Proofs(this.sink, settings.rule, this.tally, (timestamp, lastSeen) =>
      this.truth.hasEnded(timestamp, lastSeen, this.nowSeconds()),
    );
    this.witness = new Witness(this.proofs, this.tally, (text) => this.sink.lineOf(text));
    this.store = openSqlite(':memory:', { nowMs: this.clock.nowMs });
    this.changes = new Changes(this.data, this.truth, dice, settings.odd, (change, what) => {
      count(this.tally, `MISP: ${change}`);
      this.say(`MISP: ${change} (${what})`);
    });
  }

  say(what: string): void {
    this.story?.push(`${new Date(this.clock.ms).toISOString().slice(11, 23)} ${what}`);
  }

  happened(what: string, more = ''): void {
    count(this.tally, what);
    this.say(more ? `${what} (${more})` : what);
  }

  async begin(): Promise<void> {
    const { settings } = this;
    this.mispClockMax = this.data.now();
    this.changes.first(settings.events, settings.rowsOfEvent, this.since);
    if (settings.burst > 0) this.changes.burst(settings.burst);
    await this.store.setExpiry(FEED, this.lifetime.expiry);
    await this.store.createCheckpoint(MAIN, FEED, newState(this.since));
    this.startWorker();
    await this.revive();
    this.nextPollAt = this.clock.ms + INTERVAL_MS;
  }

  main(): Workflow {
    return this.workflows.get(MAIN)!;
  }

  // ---------------------------------------------------------------- one step of the relay

  /** Whatever could go on now; the seed picks one. */
  async step(): Promise<void> {
    const { dice } = this;
    const ready = this.ready();
    if (ready.length > 0) await dice.pick(ready)();
    else this.wait();
    await this.look();
  }

  /** Nothing is under way but what waits for its time. */
  atRest(): boolean {
    return (
      this.ready().length === 0 &&
      this.reports.length === 0 &&
      this.zombies.length === 0 &&
      [...this.workflows.values()].every((workflow) => workflow.open().length === 0)
    );
  }

  /** For the complaint. */
  stuck(): string {
    const ops = [...this.workflows.values()].flatMap((workflow) =>
      workflow
        .open()
        .map(
          ({ call, attempt, notBefore }) =>
            `${workflow.id} ${call.name} ${attempt ? `${attempt.gates.map(({ what }) => what).join('|')} ${attempt.outcome ? 'done' : ''}` : notBefore}`,
        ),
    );
    return [...ops, `${this.zombies.length} zombies`, JSON.stringify(this.workflows.get(MAIN)?.state)].join('\n');
  }

  private ready(): (() => Promise<void>)[] {
    const now = this.clock.ms;
    const list: (() => Promise<void>)[] = [];
    for (const workflow of this.workflows.values()) {
      for (const op of workflow.open()) {
        const { attempt } = op;
        if (attempt?.outcome) list.push(() => this.result(workflow, op, attempt));
        else if (attempt) list.push(...this.gatesOf(attempt, now));
        else if (op.notBefore <= now) list.push(() => this.attempt(workflow, op));
      }
    }
    for (const zombie of this.zombies) list.push(...this.gatesOf(zombie, now));
    for (const id of this.reports) list.push(() => this.report(id));
    if (this.clock.ms >= this.nextPollAt) list.push(() => this.poll());
    return list;
  }

  private gatesOf(attempt: Attempt, now: number): (() => Promise<void>)[] {
    return attempt.gates.filter(({ notBefore }) => notBefore <= now).map((gate) => () => this.open(attempt, gate));
  }

  private async open(attempt: Attempt, gate: Gate): Promise<void> {
    if (gate.what.startsWith('answer')) this.pass(this.dice.int(4) * 300);
    if (attempt.zombie) count(this.tally, 'step of a zombie');
    this.say(`${attempt.name}${attempt.zombie ? ' (zombie)' : ''}: ${gate.what}`);
    await attempt.go(gate);
    if (attempt.zombie && attempt.outcome) this.zombies = this.zombies.filter((other) => other !== attempt);
  }

  /** Time goes on to the next thing that waits for it. */
  private wait(): void {
    const gates = [...this.workflows.values()].flatMap((workflow) =>
      workflow.open().flatMap((op) => op.attempt?.gates ?? []),
    );
    const relayTimes = [
      ...[...gates, ...this.zombies.flatMap((zombie) => zombie.gates)].map(({ notBefore }) => notBefore),
      ...[...this.workflows.values()].flatMap((workflow) =>
        workflow
          .open()
          .filter(({ attempt }) => !attempt)
          .map(({ notBefore }) => notBefore),
      ),
    ];
    this.pass(Math.max(0, Math.min(this.nextPollAt, ...relayTimes) - this.clock.ms));
  }

  pass(ms: number): void {
    this.clock.pass(ms);
    this.mispClockMax = Math.max(this.mispClockMax, this.data.now());
    this.changes.timePassed();
  }

  /** What the Schedule does: it wakes the feed, and starts it again if it is lost. */
  private async poll(): Promise<void> {
    this.nextPollAt = this.clock.ms + INTERVAL_MS;
    // Polls that take longer than the interval follow each other without rest: to see what came of them, it must rest.
    if (this.calm && this.workflows.get(MAIN)?.open().length) return;
    this.say('the Schedule asks for a poll');
    if (!this.workflows.has(MAIN)) await this.revive();
    else await this.tell(this.main(), operator.poll());
  }

  async tell(workflow: Workflow, change: Change): Promise<void> {
    await workflow.activate([{ change }]);
  }

  private async report(id: string): Promise<void> {
    this.reports = this.reports.filter((other) => other !== id);
    if (this.workflows.has(MAIN)) await this.tell(this.main(), backfills.backfillDone(id));
    else count(this.tally, 'backfill done, and nobody there');
  }

  private async revive(): Promise<void> {
    const state = (await this.store.reviveCheckpoint(MAIN))!;
    const workflow = new Workflow(MAIN, this.clock.nowMs, this.drop);
    this.workflows.set(MAIN, workflow);
    await workflow.begin(state);
    await this.tell(workflow, operator.poll());
  }

  // ---------------------------------------------------------------- attempts of activities

  private async attempt(workflow: Workflow, op: Op): Promise<void> {
    const { call } = op;
    if (call.name === 'startBackfill')
      return this.finish(workflow, op, { value: await this.startBackfill(call.asked) });
    if (call.name === 'tell') return this.finish(workflow, op, { value: await this.forward(call.id, call.message) });
    op.attempts++;
    const attempt = new Attempt(`${workflow.id} ${call.name} #${op.attempts}`, this.worker);
    op.attempt = attempt;
    this.say(`${attempt.name} begins`);
    await attempt.start(() => run(workflow.id, op, attempt));
  }

  private readonly drop = (attempt: Attempt): void => {
    if (attempt.outcome) return;
    attempt.zombie = true;
    attempt.abort();
    this.zombies.push(attempt);
  };

  /** Temporal learns what came of an attempt. */
  private async result(workflow: Workflow, op: Op, { outcome, name }: Attempt): Promise<void> {
    if ('value' in outcome!) return this.finish(workflow, op, { value: outcome.value });
    const failure = failureFrom(outcome!.error);
    this.say(`${name} fails: ${failure.message}`);
    count(this.tally, `failure: ${failure.code}`);
    const over = op.attempts >= ATTEMPTS_MAX && op.call.name !== 'saveCheckpoint';
    if (failure.nonRetryable || over) {
      if (over) count(this.tally, 'an activity is given up');
      return this.finish(workflow, op, { error: new GaveUp(failure.message, failure.type === 'Permanent') });
    }
    this.again(op);
  }

  private again(op: Op): void {
    op.attempt = null;
    op.notBefore = this.clock.ms + Math.min(60_000, 1000 * 2 ** op.attempts);
  }

  private async finish(workflow: Workflow, op: Op, result: { value: unknown } | { error: unknown }): Promise<void> {
    const { call } = op;
    if (call.name === 'fetch' && 'value' in result) {
      const page = result.value as Page;
      this.proofs.pageRead(workflow.id, workflow.state, page);
      this.say(`${workflow.id} has a page of ${page.rows} rows${page.next ? '' : ', the last one'}`);
    }
    if ('error' in result && (result.error as GaveUp).forEver) this.happened(`blocked: ${call.name}`);
    const jobs: Job[] = [{ op: op.number, ...result }];
    await workflow.activate(jobs);
  }

  private async startBackfill(asked: Backfill): Promise<string> {
    const id = `backfill/${FEED}/${asked.id}`;
    if (this.workflows.has(id)) return 'found running';
    const state = (await this.store.reviveCheckpoint(id)) ?? newBackfillState(asked);
    const workflow = new Workflow(id, this.clock.nowMs, this.drop);
    this.workflows.set(id, workflow);
    await workflow.begin(state);
    this.happened('backfill started', id);
    return 'started';
  }

  private async forward(to: string, message: Message): Promise<boolean> {
    const workflow = this.workflows.get(`backfill/${FEED}/${to}`);
    if (!workflow) return false;
    const changes: Record<Message['name'], Change> = {
      pause: operator.pause('with its feed', 0),
      resume: operator.resume(),
      poll: operator.poll(),
      retire: operator.retire(),
    };
    await this.tell(workflow, changes[message.name]);
    return true;
  }

  // ---------------------------------------------------------------- its processes

  startWorker(): void {
    this.worker = startWorker(this.surroundings());
  }

  surroundings(): Surroundings {
    const { settings, dice } = this;
    return {
      misp: (request) => this.misp.handle(request),
      mispKey: this.misp.key,
      sink: this.sink,
      serve: (request) => this.serve(request),
      lifetime: this.lifetime,
      network: {
        refuses: () => !this.calm && dice.chance(settings.trouble / 10),
        slow: () => dice.chance(settings.gates),
      },
      store: this.store,
      filter: filterSchema.parse(settings.rule.filter),
      reading: { pageSize: settings.pageSize, pageRowsEnough: settings.pageRowsEnough },
      nowMs: this.clock.nowMs,
      trueMs: () => this.clock.ms,
      every: this.clock.every,
      storeGate: (method, when) => this.storeGate(method, when),
      committed: this.witness.committed,
    };
  }

  /** By our clock, as the relay sees it. */
  nowSeconds(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }

  private serve(request: SimRequest): SimReply {
    const { length } = this.sink.arrived;
    const reply = this.sink.handle(request);
    const arrived = this.sink.arrived.slice(length).map(({ uuid, seq }) => `${uuid.slice(0, 8)} ${seq}`);
    this.say(
      `${this.sink.host}: ${request.path.slice(0, 40)} takes ${arrived.length}: ${reply.transport ?? reply.status} ${reply.body.slice(0, 60)} ${arrived.join(', ')}`,
    );
    return reply;
  }

  private storeGate(method: string, when: 'before' | 'after'): boolean | Error {
    const { dice, settings } = this;
    if (when === 'before' && !this.calm && dice.chance(settings.trouble / 20)) {
      count(this.tally, `store fails: ${method}`);
      return new RetryableError('STORE_LOCKED', 'the store is locked');
    }
    return dice.chance(settings.gates / 2);
  }

  // ---------------------------------------------------------------- what must hold after every step

  private async look(): Promise<void> {
    await nextTurn();
    if (this.proofs.broken !== null) throw new Error(this.proofs.broken);
    for (const workflow of [...this.workflows.values()]) {
      const { state } = workflow;
      this.proofs.reached(workflow.id, state);
      const clock = Math.max(this.mispClockMax, this.data.now(), this.since);
      if (!state.bounds && state.cursor.second > clock && !this.resetForward)
        throw new Error(`the cursor is beyond MISP's clock: ${state.cursor.second}`);
      this.polled ||= workflow.id === MAIN && state.totals.polls > this.pollsBefore;
      if (workflow.ended) await this.ended(workflow);
    }
  }
  /** An operator may put it anywhere. */
  private resetForward = false;

  private async ended(workflow: Workflow): Promise<void> {
    if (workflow.ended === 'continueAsNew') {
      this.happened('continue as new');
      await workflow.continueAsNew();
      return;
    }
    this.workflows.delete(workflow.id);
    if (!workflow.state.ending) this.reports.push(workflow.id.slice(`backfill/${FEED}/`.length));
    this.happened('backfill ended', workflow.id);
  }

  // ---------------------------------------------------------------- for play.ts

  async reset(to: number, redeliver: boolean): Promise<void> {
    const { cursor } = this.main().state;
    if (to > cursor.second) {
      this.resetForward = true;
      this.polled = false;
      this.pollsBefore = this.main().state.totals.polls;
      this.truth.since = to;
      for (const { row, live } of this.truth.owed()) {
        const latest = this.sink.latest(row.uuid);
        if (live ? latest?.content !== this.sink.viewOf(shownOf(row)) : latest?.action === 'upsert')
          this.truth.changed([row], 'skipped by a reset');
      }
    }
    this.happened(`command: reset ${to > cursor.second ? 'forward' : 'back'}${redeliver ? ', redeliver' : ''}`);
    await this.tell(this.main(), operator.resetCursor(to, redeliver, 7));
  }

  /** A clock that goes wrong and right again before any poll has seen it leaves no trace. */
  jump(): void {
    const { dice, settings } = this;
    if (!this.workflows.has(MAIN)) return;
    const { polls } = this.main().state.totals;
    if (settings.clock === 'steady' || this.jumpedAtPoll > polls - 2) return;
    this.jumpedAtPoll = polls;
    const seconds = dice.pick([60, -60, 1200, -1200, 3600, -3600, 172_800, -172_800]);
    this.changes.settle(); // a transaction that is open would have timestamps older than any lookback
    if (settings.clock === 'misp jumps') this.misp.switches.clockSkew += seconds;
    else this.clock.skewMs += seconds * 1000;
    this.happened(`clock: ${settings.clock}`, `${seconds} s`);
  }
}

const sinkOf = (settings: Settings, nowMs: () => number): Arrivals => {
  const { sink, batchRecords, concurrency, useAck, ack } = settings;
  if (sink !== 'splunk') return new ElasticSink(nowMs, sink, { batchRecords, concurrency });
  const options = { ack: useAck ? ack : 'auto', ackTimeout: 30, batchRecords, concurrency };
  return new HecSink(nowMs, hecSwitchesOf(settings), options);
};
