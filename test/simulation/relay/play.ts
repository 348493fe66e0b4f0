// Plays one seed: a busy and troubled time, then calm; then everything must be where it belongs.
import assert from 'node:assert/strict';
import * as operator from '../../../src/core/operator.ts';
import { COMMANDS, TROUBLES } from './deeds.ts';
import { Dice } from './dice.ts';
import { likeAFreshLoad } from './fresh.ts';
import { settingsOf } from './settings.ts';
import { count, type Tally } from './tally.ts';
import { shownOf } from './truth.ts';
import { FEED } from './worker.ts';
import { MAIN, World } from './world.ts';

const CALM_POLLS = 2;
const LATER_MS = 1_200_000;
const STEPS_TO_REST_MAX = 20_000;

export interface Played {
  tally: Tally;
  tape: readonly number[];
  /** Two runs of one tape have the same. */
  summary: string;
}

export class Failed extends Error {
  /** Private, or it would be printed with the error. */
  readonly #tape: readonly number[];
  constructor(cause: unknown, tape: readonly number[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.#tape = tape;
  }
  get tape(): readonly number[] {
    return this.#tape;
  }
}

/** Throws Failed, with the tape. */
export async function play(source: number | readonly number[], story: string[] | null = null): Promise<Played> {
  const dice = new Dice(source);
  const world = new World(dice, settingsOf(dice), story);
  try {
    await world.begin();
    await trouble(world);
    await calm(world);
    await everythingArrived(world);
  } catch (error) {
    throw new Failed(error, dice.tape);
  } finally {
    await world.store.close();
  }
  const { totals } = world.main().state;
  count(world.tally, `to ${world.settings.sink}`);
  if (world.settings.expireAfter !== null) count(world.tally, 'with expiry');
  count(world.tally, 'polls', totals.polls);
  count(world.tally, 'pages', totals.pages);
  count(world.tally, 'rows', totals.rows);
  count(world.tally, 'delivered', world.sink.arrived.length);
  return {
    tally: world.tally,
    tape: dice.tape,
    summary: JSON.stringify([totals, world.sink.arrived.length, dice.tape.length]),
  };
}

async function trouble(world: World): Promise<void> {
  const { dice, settings } = world;
  for (let turn = 0; turn < settings.turns; turn++) {
    if (dice.chance(settings.busy)) world.changes.one();
    if (dice.chance(settings.trouble)) await dice.pick(TROUBLES)(world);
    if (dice.chance(settings.commands)) await dice.pick(COMMANDS)(world);
    if (dice.chance(0.02)) world.jump();
    if (dice.chance(0.02)) for (const workflow of world.workflows.values()) workflow.suggested ||= dice.chance(0.5);
    await world.step();
  }
}

/** Everything is well again, and nothing changes. Some polls later all is at rest. */
async function calm(world: World): Promise<void> {
  const { misp, sink } = world;
  world.calm = true;
  world.say('---- everything is well again');
  misp.faults.clear();
  sink.heal();
  const { clockSkew } = misp.switches;
  Object.assign(misp.switches, {
    roleLimit: 0,
    orderIgnored: false,
    keyValid: true,
    rateLimit: null,
    tooManyRows: 0,
    clockSkew,
  });
  world.changes.settle();
  while (!world.workflows.has(MAIN)) await world.step(); // a lost feed is revived by a poll, perhaps as a paused one
  await world.tell(world.main(), operator.resume());
  const rest = async (): Promise<void> => {
    for (let steps = 0; steps === 0 || !atRest(world); steps++) {
      if (steps > STEPS_TO_REST_MAX) throw new Error(`it does not come to rest: ${world.stuck()}`);
      await world.step();
    }
  };
  const polls = (): number => (world.workflows.has(MAIN) ? world.main().state.totals.polls : 0);
  await rest();
  const begun = polls();
  while (polls() < begun + CALM_POLLS || !atRest(world)) await rest();
  world.say('---- one poll more, which finds nothing');
  world.pass(LATER_MS); // beyond the lookback: rows are not read again
  const { requests } = sink;
  const before = polls();
  while (polls() === before || !atRest(world)) await rest();
  // What expires meanwhile goes.
  if (world.settings.expireAfter === null) {
    assert.equal(sink.requests, requests, 'a poll that finds nothing new sends nothing');
  }
}

function atRest(world: World): boolean {
  if (!world.workflows.has(MAIN) || !world.atRest()) return false;
  const { queued, running, reading, due } = world.main().state;
  return queued.length + running.length === 0 && !reading && !due && world.workflows.size === 1;
}

/** Every row that MISP shows is there as it is now, or a dead letter; what is gone is withdrawn. */
async function everythingArrived(world: World): Promise<void> {
  const { truth, sink, proofs, store, tally } = world;
  const lastPoll = world.main().state.poll.startedAt;
  const now = Math.max(world.nowSeconds(), world.data.now());
  const owed: { uuid: string; live: boolean }[] = [];
  for (const { row, live } of truth.owed(now)) {
    const ended = (at: number): boolean => truth.hasEnded(row.timestamp, row.lastSeen, at);
    if (ended(now) !== ended(lastPoll)) continue; // the next poll ends it
    const latest = sink.latest(row.uuid);
    const odd = row.poison || row.override !== null || (sink.host === 'hec' && row.comment.length > 1000);
    if (!odd && proofs.letters.get(row.uuid) === sink.tooLarge) continue; // it took small requests only for a while
    if (odd) {
      const named = proofs.letters.has(row.uuid) || (row.poison && proofs.letters.size > 0);
      assert(!live || named, `no dead letter for the odd row ${row.uuid}`);
      continue;
    }
    count(tally, live ? 'found live' : 'found gone');
    if (!live && ended(now)) count(tally, 'found gone, expired');
    owed.push({ uuid: row.uuid, live });
    const what = `attribute ${row.id} ${row.uuid} of event ${row.event.id}`;
    if (!live) assert(latest?.action !== 'upsert', `${what} is gone, and live there`);
    else {
      assert(latest?.action === 'upsert', `${what} is missing there`);
      assert.equal(latest.content, sink.viewOf(shownOf(row)), `${what} is there as it was before`);
    }
  }
  await likeAFreshLoad(world, owed);
  if (sink.keepsDuplicates) proofs.duplicatesAreCounted();
  // The ledger says whthere has.
  const uuids = [...sink.byUuid.keys()];
  for (const [uuid, known] of await store.lookUp(FEED, uuids)) {
    const latest = sink.latest(uuid);
    if (known.state === 'rejected' || known.digest === null) continue; // null: in doubt
    assert.equal(known.state === 'live', latest?.action === 'upsert', `the ledger says ${known.state} of ${uuid}`);
  }
}
