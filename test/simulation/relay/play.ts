// Plays one seed: a busy and troubled time, then calm; then everything must be where it belongs.
import assert from 'node:assert/strict';
import { hecFaults, type HecFaultName } from '../../../simulators/hec/fault-table.ts';
import { mispFaults, type MispFaultName } from '../../../simulators/misp/fault-table.ts';
import * as backfills from '../../../src/core/backfills.ts';
import * as operator from '../../../src/core/operator.ts';
import { Dice } from './dice.ts';
import { settingsOf } from './settings.ts';
import { count, type Tally } from './tally.ts';
import { contentOf, shownOf } from './truth.ts';
import { FEED } from './worker.ts';
import { MAIN, World } from './world.ts';

/** The code of a record that no request may carry. */
const TOO_LARGE = 'HEC_413';
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

type Deed = (world: World) => void | Promise<void>;

const TROUBLES: readonly Deed[] = [
  (world) => failHec(world),
  (world) => failHec(world),
  (world) => failMisp(world),
  (world) => switchHec(world),
  (world) => switchMisp(world),
  (world) => world.loseWorker(false),
  (world) => world.loseWorker(true),
  (world) => world.timeOut(),
  (world) => world.timeOut(),
  (world) => {
    world.happened('slow');
    world.pass(1000 * world.dice.pick([40, 130, 400]));
  },
  (world) => {
    const others = [...world.workflows.values()];
    if (others.length > 0) return world.lose(world.dice.pick(others));
  },
  (world) => {
    count(world.tally, 'HEC: events lost by a restart', world.sink.restart());
    world.happened('HEC: restart');
  },
];

/** Faults under which a part may be taken. */
const PARTLY: ReadonlySet<HecFaultName> = new Set([
  'busy',
  'drop after taking',
  'hang after taking',
  'gateway timeout after taking',
]);

function failHec({ dice, sink, tally }: World): void {
  const name = dice.pick(Object.keys(hecFaults) as HecFaultName[]);
  const taken = PARTLY.has(name) && dice.chance(0.4) ? { taken: 1 + dice.int(3) } : {};
  const path = dice.chance(0.2) ? { path: '/ack' } : {};
  sink.hec.fail(name, { next: 1 + dice.int(3), ...taken, ...path });
  count(tally, `HEC: ${name}`);
}

function failMisp({ dice, misp, tally }: World): void {
  const name = dice.pick(Object.keys(mispFaults) as MispFaultName[]);
  misp.fail(name, { next: 1 + dice.int(4) });
  count(tally, `MISP fails: ${name}`);
}

function switchHec(world: World): void {
  const { dice, sink } = world;
  const { switches } = sink.hec;
  const kinds: [string, () => void][] = [
    ['HEC: index taken away', () => (switches.indexes = switches.indexes ? null : [])],
    ['HEC: token disabled for a while', () => (switches.token = switches.token === 'valid' ? 'disabled' : 'valid')],
    ['HEC: no acknowledgements for a while', () => (switches.ackNever = !switches.ackNever)],
    [
      'HEC: small requests only',
      () => (switches.maxContentLength = switches.maxContentLength > 1e6 ? 3_000 : 838_860_800),
    ],
  ];
  const [name, flip] = dice.pick(kinds);
  flip();
  world.happened(name);
}

function switchMisp(world: World): void {
  const { dice, misp, settings } = world;
  const { switches } = misp;
  const kinds: [string, () => void][] = [
    [
      'MISP: limit lowered by the role',
      () => (switches.roleLimit = switches.roleLimit ? 0 : 3 + dice.int(settings.pageSize)),
    ],
    ['MISP: order ignored', () => (switches.orderIgnored = !switches.orderIgnored)],
    ['MISP: key rejected for a while', () => (switches.keyValid = !switches.keyValid)],
    ['MISP: rate limit', () => (switches.rateLimit = switches.rateLimit === null ? 20 : null)],
    ['MISP: too many rows for its memory', () => (switches.tooManyRows = switches.tooManyRows ? 0 : 3)],
  ];
  const [name, flip] = dice.pick(kinds);
  flip();
  world.happened(name);
}

const COMMANDS: readonly Deed[] = [
  async (world) => command(world, 'pause', operator.pause('seed', 7)),
  async (world) => command(world, 'resume', operator.resume()),
  async (world) => command(world, 'poll', operator.poll()),
  async (world) => {
    if (!world.workflows.has(MAIN)) return;
    const { second } = world.main().state.cursor;
    const to = world.dice.chance(0.15)
      ? second + 1 + world.dice.int(2000)
      : Math.floor(second - world.dice.pick([600, 4000, 90_000, second]));
    await world.reset(Math.max(0, to), world.dice.chance(0.3));
  },
  async (world) => backfill(world),
  async (world) => backfill(world),
  async (world) => {
    const letters = await world.store.listDeadLetters({ feed: FEED });
    if (letters.length === 0) return;
    await world.store.markForReplay(letters.map(({ id }) => id));
    world.happened('command: replay dead letters', String(letters.length));
  },
];

async function command(world: World, name: string, change: Parameters<World['tell']>[1]): Promise<void> {
  if (!world.workflows.has(MAIN)) return;
  world.happened(`command: ${name}`);
  await world.tell(world.main(), change);
}

async function backfill(world: World): Promise<void> {
  const { dice } = world;
  const now = world.data.now();
  const since = now - dice.pick([60 * 86_400, 4_000, 100_000]);
  const asked = { id: `b${dice.int(3)}`, since, until: now - dice.int(600), redeliver: dice.chance(0.2) };
  await command(world, 'backfill', backfills.backfill(asked, 7));
}

/** Everything is well again, and nothing changes. Some polls later all is at rest. */
async function calm(world: World): Promise<void> {
  const { misp, sink } = world;
  world.calm = true;
  world.say('---- everything is well again');
  misp.faults.clear();
  sink.hec.faults.clear();
  const { clockSkew } = misp.switches;
  Object.assign(misp.switches, {
    roleLimit: 0,
    orderIgnored: false,
    keyValid: true,
    rateLimit: null,
    tooManyRows: 0,
    clockSkew,
  });
  Object.assign(sink.hec.switches, { indexes: null, token: 'valid', ackNever: false, maxContentLength: 838_860_800 });
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
  const { requests } = sink.hec.store;
  const before = polls();
  while (polls() === before || !atRest(world)) await rest();
  assert.equal(sink.hec.store.requests, requests, 'a poll that finds nothing new sends nothing');
}

function atRest(world: World): boolean {
  if (!world.workflows.has(MAIN) || !world.atRest()) return false;
  const { queued, running, reading, due } = world.main().state;
  return queued.length + running.length === 0 && !reading && !due && world.workflows.size === 1;
}

/** Every row that MISP shows is at the HEC as it is now, or a dead letter; what is gone is withdrawn. */
async function everythingArrived({ truth, sink, proofs, store, tally }: World): Promise<void> {
  for (const { row, live } of truth.owed()) {
    const latest = sink.latest(row.uuid);
    const odd = row.poison || row.override !== null || row.comment.length > 1000;
    if (!odd && proofs.letters.get(row.uuid) === TOO_LARGE) continue; // a HEC that takes small requests only
    if (odd) {
      const named = proofs.letters.has(row.uuid) || (row.poison && proofs.letters.size > 0);
      assert(!live || named, `no dead letter for the odd row ${row.uuid}`);
      continue;
    }
    count(tally, live ? 'found live' : 'found gone');
    const what = `attribute ${row.id} ${row.uuid} of event ${row.event.id}`;
    if (!live) assert(latest?.action !== 'upsert', `${what} is gone, and live at the HEC`);
    else {
      assert(latest?.action === 'upsert', `${what} is missing at the HEC`);
      assert.equal(latest.content, contentOf(shownOf(row)), `${what} is at the HEC as it was before`);
    }
  }
  proofs.duplicatesAreCounted();
  // The ledger says what the HEC has.
  const uuids = [...sink.byUuid.keys()];
  for (const [uuid, known] of await store.lookUp(FEED, uuids)) {
    const latest = sink.latest(uuid);
    if (known.state === 'rejected' || known.digest === null) continue; // null: in doubt
    assert.equal(known.state === 'live', latest?.action === 'upsert', `the ledger says ${known.state} of ${uuid}`);
  }
}
