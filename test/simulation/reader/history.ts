// One random history: a MISP that changes between any two requests and between polls, clocks that jump, a reader that waits and goes on.
import { type ReaderSettings, startBackfill } from '../../../src/misp/reader.ts';
import { contentOf, type ModelEvent, type ModelRow, type Options } from './misp-answers.ts';
import { Misp } from './misp-model.ts';
import { type Random, random } from './random.ts';
import type { Tally } from './tally.ts';
import { Broken, World } from './world.ts';

const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86400;
export const START = 1_800_000_000;

type Flavour = { hidden: number; warned: number; poison: number; jumps: 'none' | 'misp' | 'ours'; burst: number };

export class History {
  readonly dice: Random;
  readonly misp: Misp;
  readonly world: World;
  readonly flavour: Flavour;
  constructor(seed: number, tally: Tally) {
    const dice = (this.dice = random(seed));
    const options: Options = {
      column: dice.pick(['before 2.4.202', 'before 2.5.16', 'from 2.5.16'] as const),
      permSync: dice.chance(0.5),
      roleLimit: dice.chance(0.3) ? 4 + dice.int(4) : 0,
      ordersIgnored: false,
    };
    this.misp = new Misp(START, random(seed + 1e9), options);
    const settings: ReaderSettings = {
      pageSize: 4 + dice.int(9),
      firstPage: 2 + dice.int(4),
      lookbackSeconds: 15 * MINUTE,
      deletedForms: dice.chance(0.1) ? ['only', [0, 1]] : options.column === 'before 2.4.202' ? [[0, 1]] : ['only'],
    };
    this.flavour = {
      hidden: dice.chance(0.2) ? dice.pick([0.1, 0.5]) : 0,
      warned: dice.chance(0.1) ? 0.2 : 0,
      poison: dice.chance(0.2) ? 0.05 : 0,
      jumps: dice.chance(0.75) ? 'none' : dice.pick(['misp', 'ours']),
      burst: dice.chance(0.5) ? 0.05 : 0,
    };
    const since = dice.pick([0, START - 30 * DAY, START - HOUR]);
    this.world = new World(this.misp, dice, settings, since, dice.pick([0, 0, 0, 3, -3, 400, -400]), tally);
    this.setup();
  }

  run(): void {
    const { dice, misp, world } = this;
    const busy = dice.pick([0, 0.1, 0.3]);
    const interruptions = dice.chance(0.1);
    world.between = () => {
      if (dice.chance(busy)) this.changes(1 + dice.int(3));
      misp.pass(dice.int(4) * dice.int(8));
      if (dice.chance(0.003)) world.down = 1 + dice.int(40);
      if (interruptions && dice.chance(0.03)) {
        misp.pass(dice.pick([HOUR, DAY]));
        this.changes(dice.int(10));
      }
      this.jump(0.002);
    };
    const polls = 2 + dice.int(5);
    for (let i = 0; i < polls; i++) {
      this.changesMax = misp.changes + 40;
      world.pollAndCheck();
      this.changesMax = misp.changes + 60;
      const wait = dice.chance(0.1) ? dice.pick([HOUR, DAY]) : 5 * MINUTE;
      for (let left = wait, part; left > 0; left -= part) {
        part = Math.min(left, dice.pick([1, 60, 100, wait]));
        misp.pass(part);
        if (dice.chance(0.4)) this.changes(1 + dice.int(3));
        this.jump(0.02);
      }
    }
    world.between = () => misp.pass(dice.int(3));
    for (let i = 0; i < 2; i++) {
      world.pollAndCheck();
      misp.pass(5 * MINUTE);
    }
    misp.settle(); // late commits and imports under way become visible
    for (let i = 0; i < 2; i++) {
      world.pollAndCheck();
      misp.pass(5 * MINUTE);
    }
    world.checkQuiet();
    this.backfill();
    world.tally.histories++;
    world.tally.changes += misp.changes;
  }

  /** A backfill shows every live row of its seconds. */
  private backfill(): void {
    const { dice, misp, world } = this;
    const since = START - dice.int(40 * DAY),
      until = since + dice.int(40 * DAY);
    const start = misp.tick;
    world.run(startBackfill(since, until, world.settings));
    for (const row of misp.visible()) {
      if (
        row.deleted ||
        row.hidden ||
        row.warned ||
        row.touched > start ||
        row.timestamp < since ||
        row.timestamp > until
      )
        continue;
      if (row.poison ? !world.unreadable.has(row.uuid) : world.seen.get(row.uuid) !== contentOf(row))
        throw new Broken(`backfill missed ${row.uuid}`);
    }
  }

  private jumpedAt = -9;
  private jump(chance: number): void {
    // A clock that goes wrong and right again before any poll has seen it leaves no trace.
    if (this.flavour.jumps === 'none' || this.jumpedAt > this.world.poll - 2 || !this.dice.chance(chance)) return;
    this.jumpedAt = this.world.poll;
    const seconds = this.dice.pick([-2 * DAY, -HOUR, -20 * MINUTE, -60, 60, 20 * MINUTE, HOUR, 2 * DAY]);
    if (this.flavour.jumps === 'ours') this.world.skew += seconds;
    else {
      this.misp.jump(seconds);
      this.world.skew -= seconds;
    }
  }

  private flags(): Partial<ModelRow> {
    const { dice, flavour } = this;
    return {
      object: dice.pick(['none', 'live', 'deleted'] as const),
      hidden: dice.chance(flavour.hidden),
      warned: dice.chance(flavour.warned),
      poison: dice.chance(flavour.poison),
    };
  }

  private setup(): void {
    const { dice, misp } = this;
    for (let e = 1 + dice.int(4); e > 0; e--) {
      const made = START - dice.pick([DAY * 50, DAY * 3, HOUR, 30]);
      const event = misp.event(made);
      if (dice.chance(0.6)) {
        event.published = true;
        event.publish = made + dice.int(20);
      }
      for (let r = dice.int(12); r > 0; r--)
        misp.insert(event, made - dice.int(3), 'before the first poll', this.flags());
      if (dice.chance(this.flavour.burst * 4))
        for (let r = 10 + dice.int(40); r > 0; r--) misp.insert(event, made, 'before the first poll', this.flags());
    }
    for (const row of misp.rows) if (dice.chance(0.1)) row.deleted = true;
  }

  /** MISP changes more slowly than we read, over a whole poll: otherwise no reader ends. */
  private changes(n: number): void {
    for (; n > 0 && this.misp.changes < this.changesMax; n--) this.change();
  }
  private changesMax = Infinity;

  /** One change, as spec/misp-api.md 4.1 lists them. */
  private change(): void {
    const { dice, misp } = this;
    const row = misp.rows.length > 0 ? dice.pick(misp.rows) : null;
    const event: ModelEvent = misp.events.length > 0 && dice.chance(0.9) ? dice.pick(misp.events) : misp.event();
    const old = misp.now - dice.pick([10, HOUR, DAY, 60 * DAY]);
    const future = misp.now + dice.pick([10, HOUR, 3 * DAY]);
    const lag = dice.int(14 * MINUTE);
    const remote = row ? row.timestamp + 1 + dice.int(Math.max(1, misp.now - row.timestamp)) : 0;
    const kinds: (() => void)[] = [
      () => misp.add(event, 'add', misp.now, this.flags()),
      () => misp.add(event, 'add', misp.now, this.flags()),
      () => misp.add(event, 'add with an old timestamp, accepted proposal', old, this.flags()),
      () => misp.add(event, 'add with a future timestamp', future, this.flags()),
      () => misp.addLate(event, lag, misp.now, 'add, late commit'),
      () => misp.addLate(event, lag, old, 'add with an old timestamp, late commit'),
      () => row && misp.edit(row),
      () => row && misp.edit(row),
      () => row && misp.editLate(row, lag),
      () => row && misp.edit(row, 'edit with an older timestamp', remote),
      () => row && !row.deleted && misp.softDelete(row),
      () => row && !row.deleted && misp.softDelete(row),
      () => row && !row.deleted && misp.softDelete(row, 'object edit removes it, old timestamp', row.timestamp),
      () => row?.deleted && misp.restore(row),
      () => row && misp.hardDelete(row),
      () => row && misp.drop(row), // with its object: E unchanged
      () => dice.chance(0.2) && misp.deleteEvent(event),
      () => misp.publish(event),
      () => misp.publish(event),
      () => misp.unpublish(event),
      () => misp.tagEvent(event),
      () => row && misp.tagLocally(row),
      () => dice.chance(0.3) && misp.setVisible(event, !event.visible),
      () =>
        row &&
        misp.syncEdit(
          row,
          remote,
          Math.max(row.event.timestamp + 1, old),
          row.deleted || dice.chance(0.4),
          dice.chance(0.5),
        ),
      () =>
        misp.importEvent(times(1 + dice.int(6), old, dice), old, true, dice.int(20), 'import, published', this.flags()),
      () =>
        misp.importEvent(
          times(1 + dice.int(6), old, dice),
          old,
          false,
          dice.int(20),
          'import, not published',
          this.flags(),
        ),
      () =>
        misp.importEvent(
          times(1 + dice.int(6), future, dice),
          future,
          dice.chance(0.5),
          dice.int(20),
          'import with future timestamps',
          this.flags(),
        ),
      () => dice.chance(0.3) && misp.rowsOf(event).length < 20 && misp.mergeEvent(event, misp.event()),
      () => dice.chance(0.3) && misp.delegate(event),
      () =>
        dice.chance(this.flavour.burst * 4) &&
        misp.importEvent(
          new Array<number>(10 + dice.int(40)).fill(dice.pick([old, misp.now])),
          old,
          dice.chance(0.5),
          0,
          'many rows in one second',
          this.flags(),
        ),
      () => dice.chance(this.flavour.burst * 4) && this.editManyOfOneSecond(),
    ];
    dice.pick(kinds)();
  }

  private editManyOfOneSecond(): void {
    const { dice, misp } = this;
    const second = misp.rows.length > 0 ? dice.pick(misp.rows).timestamp : 0;
    for (const row of misp.rows) {
      if (row.timestamp !== second || !dice.chance(0.3)) continue;
      if (dice.chance(0.7)) misp.edit(row);
      else misp.drop(row);
    }
  }
}

const times = (n: number, around: number, dice: Random): number[] =>
  Array.from({ length: n }, () => around + dice.int(3));
