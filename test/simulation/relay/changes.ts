// What people, imports and syncs do to a MISP while it is read (misp-api 4.1). Each change is told to the truth by its name.
import type { MispData } from '../../../simulators/misp/data.ts';
import type { MispEvent, NewAttribute, Row } from '../../../simulators/misp/model.ts';
import type { Dice } from './dice.ts';
import type { Truth } from './truth.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Below the lookback: a transaction that takes longer is not seen. */
const COMMIT_SECONDS_MAX = 14 * MINUTE;
const EVENT_ROWS_MAX = 16;
/** Each costs hundreds of requests in each pass that meets it. */
const POISONS_MAX = 2;

/** Some rows cannot be encoded by MISP, some cannot be parsed by us, some are refused by Splunk. */
export type Odd = 'too long' | 'unparseable' | 'poison';

interface Later {
  at: number;
  run: () => void;
}

export class Changes {
  readonly data: MispData;
  private readonly dice: Dice;
  private readonly truth: Truth;
  private readonly tell: (change: string, what: string) => void;
  private readonly odd: readonly Odd[];
  private later: Later[] = [];
  private poisons = 0;

  constructor(
    data: MispData,
    truth: Truth,
    dice: Dice,
    odd: readonly Odd[],
    tell: (change: string, what: string) => void,
  ) {
    this.odd = odd;
    this.data = data;
    this.truth = truth;
    this.dice = dice;
    this.tell = tell;
  }

  /** Transactions that end, and imports that go on. */
  timePassed(): void {
    const now = this.data.now();
    const due = this.later.filter(({ at }) => at <= now);
    this.later = this.later.filter(({ at }) => at > now);
    for (const { run } of due) run();
  }

  /** Whatever is under way ends now. */
  settle(): void {
    while (this.later.length > 0) {
      const all = this.later;
      this.later = [];
      for (const { run } of all) run();
    }
  }

  first(events: number, rows: number, since: number): void {
    const { data, dice } = this;
    for (let e = 0; e < events; e++) {
      const made = data.now() - dice.pick([HOUR, 30, 3 * DAY, 50 * DAY]);
      const event = data.insertEvent({
        timestamp: made,
        publishTimestamp: 0,
        tags: dice.chance(0.1) ? ['tlp:red'] : [],
      });
      if (dice.chance(0.6)) {
        event.published = true;
        event.publishTimestamp = made + dice.int(20);
      }
      for (let r = dice.int(rows + 1); r > 0; r--)
        data.insertAttribute(event, this.fields({ timestamp: made - dice.int(3) }));
      const seen = Math.max(event.timestamp, event.publishTimestamp) >= since;
      if (!seen)
        this.truth.changed(
          event.rows.filter(({ timestamp }) => timestamp < since),
          'before since',
        );
    }
  }

  /** One second with very many rows. */
  burst(count: number, change = 'thousands in one second'): void {
    const { data } = this;
    const event = data.addEvent();
    const timestamp = data.now() - this.dice.pick([10, DAY]);
    for (let n = 0; n < count; n++) data.insertAttribute(event, { type: 'domain', timestamp });
    this.done(change, event.rows, `${count} rows in one second`);
  }

  one(): void {
    const { dice, data } = this;
    const events = [...data.events.values()];
    const event = events.length > 0 && !dice.chance(0.1) ? dice.pick(events) : data.addEvent();
    const row = event.rows.length > 0 ? dice.pick(event.rows) : null;
    const kinds = row ? [...this.ofEvent(event), ...this.ofRow(row)] : this.ofEvent(event);
    dice.pick(kinds)();
  }

  private ofEvent(event: MispEvent): (() => void)[] {
    const { dice, data } = this;
    const now = data.now();
    const old = now - dice.pick([10, HOUR, DAY, 60 * DAY]);
    const full = event.rows.length >= EVENT_ROWS_MAX;
    const add = (change: string, timestamp: number | undefined): void => {
      if (full) return;
      this.done(change, [data.addAttribute(event, this.fields({ timestamp }))]);
    };
    return [
      () => add('add', undefined),
      () => add('add', undefined),
      () => add('add with an old timestamp', old),
      () => add('add with a future timestamp', now + dice.pick([10, HOUR, 3 * DAY])),
      () => !full && this.lateCommit(event, dice.chance(0.5) ? old : now),
      () => this.publish(event),
      () => this.publish(event),
      () => {
        if (!event.published) return;
        data.unpublish(event);
        // Under `published` it is a change that nobody sees; otherwise only a flag has changed.
        if (this.truth.rule.keepsWhatLeft) this.truth.changed(event.rows, 'unpublish');
        this.tell('unpublish', `event ${event.id}`);
      },
      () => this.tagEvent(event, dice.pick(['seen', 'tlp:red', 'skip'])),
      () => {
        data.editEvent(event, { info: `${event.info.slice(0, 20)} ${now}` });
        this.done('edit of an event', event.rows, `event ${event.id}`);
      },
      () => this.import(old, dice.chance(0.6)),
      () => this.import(now + dice.pick([10, HOUR]), true),
      () => {
        const to = data.addEvent();
        if (event.rows.length < 10) this.done('merge', data.mergeEvent(event, to), `event ${event.id} to ${to.id}`);
      },
      () => {
        data.delegate(event);
        this.done('delegation', event.rows, `event ${event.id}`);
      },
      () => {
        if (!dice.chance(0.3)) return;
        const rows = [...event.rows];
        data.deleteEvent(event);
        this.done('hard delete of an event', rows, `event ${event.id}`);
      },
      () => {
        const hidden = [...data.events.values()].some((each) => !each.visible);
        if (!hidden && !dice.chance(0.3)) return;
        const visible = !event.visible;
        data.setVisible(event, visible);
        this.done(visible ? 'visible again' : 'hidden from us', event.rows, `event ${event.id}`);
      },
      () => !full && this.addObject(event),
      () => dice.chance(0.3) && !full && this.done('one second fills pages', this.secondOf(event, 4 + dice.int(8))),
    ];
  }

  private ofRow(row: Row): (() => void)[] {
    const { dice, data } = this;
    const { event } = row;
    const value = `v${data.changes}-${row.id}.example.com`;
    return [
      () => this.done('edit', [data.editAttribute(row, { value })]),
      () => this.done('edit', [data.editAttribute(row, { value })]),
      () => this.done('to_ids off or on', [data.editAttribute(row, { toIds: !row.toIds })]),
      () =>
        this.done('edit with a future timestamp', [data.editAttribute(row, { value, timestamp: data.now() + HOUR })]),
      () => this.done('repair', [this.repaired(row)]),
      () => {
        if (row.deleted) return;
        data.deleteAttribute(row);
        this.done('soft delete', [row]);
      },
      () => {
        if (row.deleted) return;
        data.deleteAttribute(row);
        this.done('soft delete', [row]);
      },
      () => {
        data.deleteAttribute(row, true);
        this.done('hard delete', [row]);
      },
      () => {
        if (!row.deleted) return;
        data.restoreAttribute(row);
        this.done('restore', [row]);
      },
      () => {
        if (row.deleted) return;
        data.removeByObjectEdit([row]);
        this.done('removed by an edit of its object', [row]);
      },
      () => {
        const object = event.rows.find((each) => each.object && !each.deleted)?.object;
        if (!object) return;
        const rows = event.rows.filter((each) => each.object === object);
        const hard = dice.chance(0.3);
        data.deleteObject(object, hard);
        this.done(hard ? 'hard delete of an object' : 'soft delete of an object', rows);
      },
      () => {
        data.tagAttribute(row, dice.pick(['seen', 'tlp:red', 'skip']), dice.chance(0.3));
        this.done('global tag', [row]);
      },
      () => {
        data.tagAttribute(row, { name: 'ours', local: true });
        this.done('local tag', [row]);
      },
      () => {
        const seen = data.now() + dice.pick([0, HOUR, 3 * DAY]);
        const lastSeen = new Date(seen * 1000).toISOString();
        this.done('seen again', [data.editAttribute(row, { lastSeen })]);
      },
      () => this.sync(row, value),
      () => this.sync(row, value),
    ];
  }

  private publish(event: MispEvent): void {
    this.data.publish(event);
    this.done('publish', event.rows, `event ${event.id}`);
  }

  private tagEvent(event: MispEvent, tag: string): void {
    this.data.tagEvent(event, tag, this.dice.chance(0.4));
    this.done('tag of an event', event.rows, `event ${event.id}: ${tag}`);
  }

  /** Id and timestamp are taken now; it is seen later, behind rows with higher ids. */
  private lateCommit(event: MispEvent, timestamp: number): void {
    const { data, dice } = this;
    const { commit, id } = data.beginAttribute(event, this.fields({ timestamp }));
    this.later.push({
      at: data.now() + dice.int(COMMIT_SECONDS_MAX),
      run: () => {
        if (data.events.get(event.id) === event) this.done('late commit', [commit()]);
      },
    });
    this.tell('begin of a transaction', `attribute ${id}`);
  }

  /** The event first, then row after row, the publish time last. */
  private import(timestamp: number, published: boolean): void {
    const { data, dice } = this;
    const attributes = Array.from({ length: 1 + dice.int(5) }, () =>
      this.fields({ timestamp: timestamp - dice.int(2) }),
    );
    const spec = { timestamp, published, attributes, tags: dice.chance(0.2) ? ['tlp:red'] : [] };
    const change = `import, ${published ? 'published' : 'not published'}`;
    const running = data.beginImport(spec);
    const pause = dice.int(30);
    const step = (): void => {
      if (data.events.get(running.event.id) !== running.event) return;
      if (running.step() > 0) this.later.push({ at: data.now() + pause, run: step });
      else running.finish();
      this.done(change, running.event.rows, `event ${running.event.id}`);
    };
    step();
  }

  private sync(row: Row, value: string): void {
    const { data, dice } = this;
    const publish = dice.chance(0.6);
    const timestamp = row.timestamp + 1 + dice.int(Math.max(1, data.now() - row.timestamp));
    const eventTimestamp = Math.max(row.event.timestamp + 1, data.now() - DAY);
    data.syncAttribute(row, { value, timestamp, deleted: dice.chance(0.3) }, { eventTimestamp, publish });
    if (publish) this.truth.changed(row.event.rows, 'publish');
    this.done(publish ? 'sync with publish' : 'sync without publish', [row]);
  }

  private addObject(event: MispEvent): void {
    const fields = [this.fields({}), this.fields({ type: 'filename' })];
    this.done('add an object', this.data.addObject(event, { name: 'file' }, fields).rows);
  }

  private secondOf(event: MispEvent, count: number): Row[] {
    const timestamp = this.data.now() - this.dice.pick([10, DAY]);
    const rows = Array.from({ length: count }, () => this.data.addAttribute(event, this.fields({ timestamp })));
    return rows;
  }

  private repaired(row: Row): Row {
    row.poison = false;
    row.override = null;
    return this.data.editAttribute(row, { comment: '' });
  }

  private fields(given: NewAttribute): NewAttribute {
    const { dice } = this;
    const drawn = dice.chance(0.06) ? dice.pick(this.odd) : null;
    const odd = drawn === 'poison' && ++this.poisons > POISONS_MAX ? null : drawn;
    return {
      type: dice.chance(0.3) ? 'sha256' : 'domain',
      toIds: !dice.chance(0.2),
      ...(odd === 'too long' ? { comment: 'x'.repeat(LONG) } : {}),
      ...(odd === 'unparseable' ? { override: { to_ids: null } } : {}),
      ...(odd === 'poison' ? { poison: true } : {}),
      // Some were seen long after they were written down.
      ...(this.data.changes % 5 === 0 ? { lastSeen: new Date(this.data.now() * 1000).toISOString() } : {}),
      ...given,
    };
  }

  private done(change: string, rows: readonly Row[], what = rows.map(({ id }) => `attribute ${id}`).join(', ')): void {
    this.truth.changed(rows, change);
    this.tell(change, what);
  }
}

/** A comment that makes a record longer than the HEC of the simulation takes. */
export const LONG = 4_000;
