// kill -9 of the worker and of the server, at moments that a seed chooses, while a MISP is read and changes. At the end nothing is
// missing, and every duplicate has its name. `KILL_RUNS=200 npm run test:kill` kills more often; `KILL_SEED` repeats a run.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { compare } from '../../simulators/compare.ts';
import { truthOf } from '../../simulators/misp/truth.ts';
import { PLACES, placesOf, reach, type Place } from '../support/kill/moments.ts';
import { BATCH_RECORDS, CONCURRENCY, until, World } from '../support/kill/world.ts';

const RUNS = Number(process.env['KILL_RUNS'] ?? 5);
const SEED = Number(process.env['KILL_SEED'] ?? 1);
/** After a kill the server waits for time-outs of the task (10 s) and of the heartbeat (15 s). */
const MINUTES_A_KILL = 2;
const NONE = 'nothing';

let world: World;
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(world?.workerLog());
  await world?.close();
}, 120_000);

/** The first four kills aim at one place each, in an order that the seed chooses; later every second one is at a random moment. */
function* aims(): Generator<Place | null, never> {
  for (let rest = [...PLACES] as Place[]; rest.length > 0;) {
    const next = world.random.pick(rest);
    rest = rest.filter((place) => place !== next);
    yield next;
  }
  for (;;) yield world.random.chance(0.5) ? world.random.pick(PLACES) : null;
}

/** Where the kill has hit. A dead worker changes nothing any more, so that after its death everything can be seen at leisure. */
async function killWorker(): Promise<Place[]> {
  await world.killWorker();
  let pending: string[] | null = null;
  await until('the server answers', async () => (pending = await world.pending()) !== null);
  const places = placesOf(pending!, world.store.newest());
  world.startWorker();
  return places;
}

/** The server's last word before its death and the store at that moment; the worker lives on, so this is less certain. */
async function killServer(place: Place | null): Promise<Place[]> {
  const pending = place?.startsWith('deliver') ? ['deliver'] : ((await world.pending()) ?? []);
  const newest = world.store.newest();
  await world.killServer();
  return placesOf(pending, newest);
}

it(
  `survives ${RUNS} kills without losing an attribute`,
  async () => {
    world = await World.open(SEED, 4_000);
    const hits = new Map<string, number>([...PLACES, NONE].map((place) => [place, 0]));
    const victims = { worker: 0, server: 0 };
    const aim = aims();
    for (let run = 0; run < RUNS; run++) {
      const before = world.store.committed();
      await world.change();
      await until('a page is delivered', () => world.store.committed() > before);
      await world.change(); // so that each place will be reached once more
      const place = aim.next().value;
      // The four aimed kills are the worker's: only there it is seen for certain what was hit.
      const victim =
        run >= PLACES.length && world.random.chance(run === PLACES.length ? 1 : 0.25) ? 'server' : 'worker';
      if (place === null) await sleep(world.random.int(500));
      else await reach(world, place);
      victims[victim]++;
      const places = await (victim === 'worker' ? killWorker() : killServer(place));
      for (const each of places.length > 0 ? places : [NONE]) hits.set(each, hits.get(each)! + 1);
    }
    const { totals, blocked } = await world.caughtUp();
    const truth = { misp: truthOf(world.misp.data), hec: world.hec.hec.truth() };
    const { missing, duplicates } = compare(truth.misp, truth.hec, world.store.deadLetters());
    console.log(
      `${RUNS} kills (${victims.worker} of the worker, ${victims.server} of the server; seed ${SEED}) hit: ` +
        `${[...hits].map(([place, n]) => `${place} ${n}`).join(', ')}; ` +
        `${totals.confirmed} delivered, ${duplicates} duplicates, ${totals.possibleDuplicates} possible`,
    );
    expect(blocked).toBeNull();
    expect(missing.map((uuid) => ({ misp: truth.misp.byUuid[uuid], sink: truth.hec.byUuid[uuid] }))).toEqual([]);
    expect(world.store.deadLetters().size).toBe(0);
    for (const place of PLACES) expect(hits.get(place), `kills that hit ${place}`).toBeGreaterThan(0);

    // Exact: before each request `deliver` stores that it is about to be made (`posting`), and the next attempt counts the whole
    // request as possibly sent twice before it makes it again (`resumed`). N requests for one range are N - 1 counted ones, whoever
    // was killed when. A shipment that was committed is never sent again, because its receipt is found; and one whose commit was
    // lost is never given up here, since that takes 64 attempts or a permanent failure. So no duplicate is outside of the count.
    expect(duplicates).toBeLessThanOrEqual(totals.possibleDuplicates);
    // And each kill leaves at most one attempt behind, with at most CONCURRENCY requests of BATCH_RECORDS under way.
    expect(totals.possibleDuplicates).toBeLessThanOrEqual(RUNS * CONCURRENCY * BATCH_RECORDS);
  },
  (3 + RUNS * MINUTES_A_KILL) * 60_000,
);
