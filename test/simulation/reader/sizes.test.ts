// What polls cost at real page sizes, counted in requests, and seconds with thousands of rows that change while they are read.
import { describe, expect, it } from 'vitest';
import type { ReaderSettings } from '../../../src/misp/reader.ts';
import { DAY, HOUR, START } from './history.ts';
import { Misp } from './misp-model.ts';
import { random } from './random.ts';
import { newTally } from './tally.ts';
import { World } from './world.ts';

const settings: ReaderSettings = { pageSize: 5000, firstPage: 100, lookbackSeconds: 900, deletedForms: ['only'] };
const options = { column: 'from 2.5.16', permSync: false, roleLimit: 0, ordersIgnored: false } as const;

/** 20,000 rows in 40 events, read some time ago. */
function quiet(roleLimit = 0): World {
  const misp = new Misp(START, random(1), { ...options, roleLimit });
  for (let e = 0; e < 40; e++) {
    const event = misp.event(START - (40 - e) * DAY);
    for (let r = 0; r < 500; r++) misp.insert(event, event.timestamp + Math.floor(r / 4), 'before the first poll');
    misp.now = event.timestamp + 200;
    misp.publish(event);
  }
  misp.now = START;
  const dice = { ...random(2), chance: () => false };
  const world = new World(misp, dice, settings, 0, 0, newTally());
  for (const wait of [300, HOUR, 300]) {
    world.pollAndCheck();
    misp.pass(wait);
  }
  return world;
}

function requestsOfPoll(world: World): number {
  world.pollAndCheck();
  return [...world.requestsOfPass.values()].reduce((a, b) => a + b, 0);
}

describe('requests of one poll', () => {
  it('an idle poll asks once for each pass', () => {
    const world = quiet();
    expect(requestsOfPoll(world)).toBe(7);
    expect(Object.fromEntries(world.requestsOfPass)).toEqual({ new: 1, changed: 1, deleted: 3, published: 2 });
  });

  it.each([
    { rows: 100, spread: 50, most: 8 },
    { rows: 5000, spread: 50, most: 12 },
    { rows: 5000, spread: 5000, most: 18 },
    { rows: 50_000, spread: 50, most: 50 },
    { rows: 50_000, spread: 50_000, most: 60 },
  ])('$rows new rows, $spread in each second: at most $most requests', ({ rows, spread, most }) => {
    const world = quiet();
    const event = world.misp.event();
    for (let i = 0; i < rows; i++) {
      if (i % spread === 0) world.misp.now++;
      world.misp.add(event);
    }
    expect(requestsOfPoll(world)).toBeLessThanOrEqual(most);
    // The highest id known moves with the second poll after a lookback.
    for (const wait of [HOUR, HOUR, 300]) {
      world.misp.pass(wait);
      requestsOfPoll(world);
    }
    world.misp.pass(300);
    expect(requestsOfPoll(world)).toBe(7);
  });

  it('50,000 rows in one second, of which a role limit shows 1,000 at a time', () => {
    const world = quiet(1000);
    const event = world.misp.event();
    for (let i = 0; i < 50_000; i++) world.misp.add(event);
    expect(requestsOfPoll(world)).toBeLessThanOrEqual(250);
  });

  it('one row that cannot be read among 4,000 of one second is found, and its neighbours are read', () => {
    const world = quiet();
    const event = world.misp.event();
    for (let i = 0; i < 4000; i++) world.misp.add(event, 'add', world.misp.now, { poison: i === 2000 });
    world.pollAndCheck();
    expect(world.unreadable.size).toBe(1);
    expect(world.tally.failed).toBeLessThanOrEqual(250);
  });

  it('12,000 hidden rows in seven seconds do not stop a poll', () => {
    const world = quiet();
    const event = world.misp.event();
    for (let i = 0; i < 12_000; i++) world.misp.add(event, 'add', world.misp.now - (i % 7), { hidden: true });
    expect(requestsOfPoll(world)).toBeLessThanOrEqual(400);
  });

  it('a row dated in the future is read, and does not move the cursor', () => {
    const world = quiet();
    const row = world.misp.add(world.misp.event(), 'add', world.misp.now + 100 * DAY);
    requestsOfPoll(world);
    expect(world.seen.has(row.uuid)).toBe(true);
    expect(world.cursor.second).toBeLessThanOrEqual(world.misp.now);
  });
});

it('3,000 rows of one second that change between any two requests', () => {
  const tally = newTally();
  for (let seed = 1; seed <= 6; seed++) {
    const dice = random(seed);
    const misp = new Misp(START, random(seed + 1e9), { ...options, roleLimit: dice.chance(0.3) ? 60 : 0 });
    const world = new World(misp, dice, { ...settings, pageSize: 100, firstPage: 20 }, 0, 0, tally);
    const event = misp.event(START - DAY);
    const hidden = dice.pick([0, 0, 0.02]);
    for (let i = 0; i < 3000; i++) {
      misp.insert(event, START - DAY, 'before the first poll', { hidden: dice.chance(hidden) });
    }
    misp.publish(event);
    let left = 0;
    world.between = () => {
      misp.pass(1);
      for (let n = dice.int(12); n > 0 && left > 0 && misp.rows.length > 0; n--, left--) {
        const row = dice.pick(misp.rows);
        const old = (): unknown => misp.insert(row.event, START - DAY, 'add with an old timestamp, accepted proposal');
        const kinds = [
          () => misp.edit(row),
          () => misp.softDelete(row),
          () => misp.drop(row),
          old,
          () => misp.add(row.event),
        ];
        dice.pick(kinds)();
      }
    };
    for (const changes of [400, 400, 400, 400, 0, 0, 0]) {
      left = changes;
      world.pollAndCheck();
      misp.pass(300);
    }
    world.checkQuiet();
  }
  expect(tally.polls).toBe(6 * 7);
});
