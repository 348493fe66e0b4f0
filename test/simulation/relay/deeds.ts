// What the seed does to the relay and to the world around it, one deed at a time.
import { mispFaults, type MispFaultName } from '../../../simulators/misp/fault-table.ts';
import * as backfills from '../../../src/core/backfills.ts';
import * as operator from '../../../src/core/operator.ts';
import { lose, loseWorker, timeOut } from './losses.ts';
import { count } from './tally.ts';
import { FEED } from './worker.ts';
import { MAIN, type World } from './world.ts';

type Deed = (world: World) => void | Promise<void>;

/** What goes wrong. */
export const TROUBLES: readonly Deed[] = [
  (world) => failSink(world),
  (world) => failSink(world),
  (world) => failMisp(world),
  (world) => switchSink(world),
  (world) => switchMisp(world),
  (world) => loseWorker(world, false),
  (world) => loseWorker(world, true),
  (world) => timeOut(world),
  (world) => timeOut(world),
  (world) => {
    world.happened('slow');
    world.pass(1000 * world.dice.pick([40, 130, 400]));
  },
  (world) => {
    const others = [...world.workflows.values()];
    if (others.length > 0) return lose(world, world.dice.pick(others));
  },
  (world) => {
    const name = world.sink.host === 'hec' ? 'HEC' : 'Elasticsearch';
    count(world.tally, `${name}: events lost by a restart`, world.sink.restart());
    world.happened(`${name}: restart`);
  },
];

function failSink({ dice, sink, tally }: World): void {
  count(tally, sink.fail(dice));
}

function failMisp({ dice, misp, tally }: World): void {
  const name = dice.pick(Object.keys(mispFaults) as MispFaultName[]);
  misp.fail(name, { next: 1 + dice.int(4) });
  count(tally, `MISP fails: ${name}`);
}

function switchSink(world: World): void {
  world.happened(world.sink.flip(world.dice));
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

/** What an operator does. */
export const COMMANDS: readonly Deed[] = [
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
