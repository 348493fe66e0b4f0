// A small MISP in memory: it answers POST /attributes/restSearch as the real one does (misp-api 2 and 3), and its data change
// between any two requests as they do there (misp-api 4.1). Every change marks the rows that it touches with its name.
import { type Random } from './random.ts';

export type DeletedColumn = 'before 2.4.202' | 'before 2.5.16' | 'from 2.5.16';

export type ModelEvent = { id: number; timestamp: number; publish: number; published: boolean; visible: boolean; version: number };
export type ModelRow = {
  uuid: string; id: number; event: ModelEvent; timestamp: number; deleted: boolean; object: 'none' | 'live' | 'deleted';
  version: number;
  /** Allowlisted: taken away after counting. Warned: taken away and counted in X-Skipped-Elements-Count. Poison: MISP cannot encode it. */
  hidden: boolean; warned: boolean; poison: boolean;
  /** What happened to it that the reader has not shown yet, and when it was last touched. */
  pending: { change: string; poll: number }[]; touched: number;
  /** The reader has shown it live. */
  seenLive: boolean;
};

export type Options = { column: DeletedColumn; permSync: boolean; roleLimit: number; ordersIgnored: boolean };
export type HttpAnswer =
  | { status: 200; rows: ModelRow[]; resultCount: number; skipped: number; date: number }
  | { status: 400 | 500; date: number };

/** The content of a row as our record would show it: what must be delivered again when it changes. */
export const contentOf = (row: ModelRow): string =>
  row.deleted ? `deleted ${row.version}` : `live ${row.version}.${row.event.version}.${row.event.publish}`;

export class Misp {
  now: number;
  tick = 0;
  events: ModelEvent[] = [];
  rows: ModelRow[] = [];
  changes = 0;
  /** The first poll that starts after now; set by whoever polls. */
  poll = 0;
  private nextId = 1;
  private later: { at: number; run: () => void }[] = [];
  readonly random: Random;
  readonly options: Options;
  constructor(now: number, random: Random, options: Options) { this.now = now; this.random = random; this.options = options; }

  // ---------------------------------------------------------------- the API

  visible(): ModelRow[] { return this.rows.filter((row) => row.event.visible); }

  restSearch(body: Record<string, unknown>, readsPoison = false): HttpAnswer {
    this.tick++;
    const date = this.now;
    const given = Object.fromEntries(Object.entries(body).filter(([, v]) => v !== null && v !== false && !(Array.isArray(v) && v.length === 0)));
    if (Object.keys(given).length === 0) return { status: 400, date };
    const filters: ((row: ModelRow) => boolean)[] = [];
    const times: [string, (row: ModelRow) => number][] = [
      ['timestamp', (r) => r.timestamp], ['event_timestamp', (r) => r.event.timestamp], ['publish_timestamp', (r) => r.event.publish],
    ];
    for (const [name, column] of times) {
      const value = given[name];
      if (value === undefined) continue;
      if (Array.isArray(value)) {
        if (value.length !== 2) return { status: 500, date };
        const [low, high] = (value as number[]).sort((a, b) => a - b) as [number, number];
        if (low !== 0) filters.push((row) => column(row) >= low);
        filters.push((row) => column(row) <= high);
      } else if (typeof value !== 'number') filters.push(() => false);
      else if (value > 0) filters.push((row) => column(row) >= value);
    }
    filters.push(this.deletedFilter(given['deleted']));
    if (Array.isArray(given['uuid'])) { const uuids = new Set(given['uuid'] as string[]); filters.push((row) => uuids.has(row.uuid)); }

    const matching = this.ordered(this.visible().filter((row) => filters.every((f) => f(row))), given['order']);
    let limit = typeof given['limit'] === 'number' ? given['limit'] : 0;
    if (limit === 0 || (this.options.roleLimit > 0 && limit >= this.options.roleLimit)) limit = this.options.roleLimit;
    const page = typeof given['page'] === 'number' && given['limit'] ? Math.max(1, given['page']) : 1;
    const raw = limit > 0 ? matching.slice(limit * (page - 1), limit * page) : matching;
    const unskipped = raw.filter((row) => !row.warned);
    const rows = unskipped.filter((row) => !row.hidden);
    if (!readsPoison && rows.some((row) => row.poison)) return { status: 500, date };
    const skipped = raw.length - unskipped.length;
    return { status: 200, rows, skipped, date, resultCount: limit > 0 ? resultCount(raw.length, limit, skipped) : raw.length };
  }

  private deletedFilter(value: unknown): (row: ModelRow) => boolean {
    const { column, permSync } = this.options;
    const ofLiveObject = (row: ModelRow): boolean => row.object === 'live';
    if (value === undefined || value === 0) return (row) => !row.deleted;
    if (Array.isArray(value)) return column === 'from 2.5.16' && !permSync ? (row) => !row.deleted : () => true;
    if (column === 'before 2.4.202') return (row) => row.deleted && !ofLiveObject(row);
    if (value === 'only') return (row) => row.deleted;
    return column === 'from 2.5.16' && !permSync ? () => false : (row) => row.deleted;
  }

  private ordered(rows: ModelRow[], order: unknown): ModelRow[] {
    const parts = (typeof order === 'string' ? order.split(',') : Array.isArray(order) ? order : []).map((part) => String(part).trim());
    const columns = parts.map((part) => /^(Attribute\.)?(id|timestamp)( asc| desc)?$/i.exec(part));
    if (columns.length === 0 || columns.some((c) => c === null || (c[1] && c[1] !== 'Attribute.')) || this.options.ordersIgnored) {
      return rows.map((row) => [this.random.int(2 ** 31), row] as const).sort((a, b) => a[0] - b[0]).map(([, row]) => row);
    }
    return rows.sort((a, b) => {
      for (const c of columns) {
        const field = c![2]!.toLowerCase() as 'id' | 'timestamp';
        const difference = a[field] - b[field];
        if (difference !== 0) return c![3]?.toLowerCase() === ' desc' ? -difference : difference;
      }
      return 0;
    });
  }

  // ---------------------------------------------------------------- time

  pass(seconds: number): void {
    this.now += seconds;
    const due = this.later.filter((entry) => entry.at <= this.now);
    this.later = this.later.filter((entry) => entry.at > this.now);
    for (const entry of due) entry.run();
  }
  /** The clock is set. No transaction is open meanwhile: its timestamps would be older than any lookback. */
  jump(seconds: number): void {
    const open = this.later;
    this.later = [];
    for (const entry of open) entry.run();
    this.now += seconds;
  }
  settle(): void {
    while (this.later.length > 0) this.pass(Math.max(0, Math.min(...this.later.map((entry) => entry.at)) - this.now));
  }
  after(seconds: number, run: () => void): void { this.later.push({ at: this.now + seconds, run }); }

  // ---------------------------------------------------------------- changes

  private touch(row: ModelRow, change: string): void {
    this.tick++; this.changes++;
    row.touched = this.tick;
    row.pending.push({ change, poll: this.poll });
  }
  private touchAll(event: ModelEvent, change: string): void {
    for (const row of this.rows) if (row.event === event) this.touch(row, change);
  }
  private localEdit(event: ModelEvent): void { event.timestamp = this.now; event.published = false; }
  rowsOf(event: ModelEvent): ModelRow[] { return this.rows.filter((row) => row.event === event); }

  event(timestamp = this.now): ModelEvent {
    const event: ModelEvent = { id: this.events.length + 1, timestamp, publish: 0, published: false, visible: true, version: 1 };
    this.events.push(event);
    return event;
  }
  takeId(): number { return this.nextId++; }
  insert(event: ModelEvent, timestamp: number, change: string, flags: Partial<ModelRow> = {}): ModelRow {
    const id = flags.id ?? this.takeId();
    const row: ModelRow = {
      uuid: `u${id}`, event, timestamp, deleted: false, object: 'none', version: 1, hidden: false, warned: false, poison: false,
      pending: [], touched: 0, seenLive: false, ...flags, id,
    };
    this.rows.push(row);
    this.touch(row, change);
    return row;
  }
  /** Local add; `timestamp` may be the client's. */
  add(event: ModelEvent, change = 'add', timestamp = this.now, flags: Partial<ModelRow> = {}): ModelRow {
    this.localEdit(event);
    return this.insert(event, timestamp, change, flags);
  }
  /** Its timestamps are set now, its transaction ends later; its id is taken now. */
  addLate(event: ModelEvent, seconds: number, timestamp: number, change: string): void {
    const id = this.takeId();
    this.localEdit(event);
    this.after(seconds, () => { if (this.events.includes(event)) this.insert(event, timestamp, change, { id }); });
  }
  edit(row: ModelRow, change = 'edit', timestamp = this.now): void {
    row.version++; row.timestamp = timestamp; row.poison = false;
    this.localEdit(row.event);
    this.touch(row, change);
  }
  editLate(row: ModelRow, seconds: number): void {
    const timestamp = this.now;
    this.after(seconds, () => {
      if (!this.rows.includes(row)) return;
      row.version++; row.timestamp = timestamp;
      row.event.timestamp = Math.max(row.event.timestamp, timestamp); row.event.published = false;
      this.touch(row, 'edit, late commit');
    });
  }
  softDelete(row: ModelRow, change = 'soft delete', timestamp = this.now): void { row.deleted = true; this.edit(row, change, timestamp); }
  restore(row: ModelRow): void { row.deleted = false; this.edit(row, 'restore'); }
  hardDelete(row: ModelRow): void { this.localEdit(row.event); this.drop(row); }
  drop(row: ModelRow): void { this.tick++; this.changes++; this.rows = this.rows.filter((other) => other !== row); }
  deleteEvent(event: ModelEvent): void {
    for (const row of this.rowsOf(event)) this.drop(row);
    this.events = this.events.filter((other) => other !== event);
  }
  publish(event: ModelEvent, change = 'publish'): void { event.publish = this.now; event.published = true; this.touchAll(event, change); }
  unpublish(event: ModelEvent): void { event.published = false; }
  tagEvent(event: ModelEvent): void { this.localEdit(event); event.version++; this.touchAll(event, 'event tag or field, unpublished'); }
  tagLocally(row: ModelRow): void { row.version++; this.touch(row, 'local tag, sighting'); }
  setVisible(event: ModelEvent, visible: boolean): void { event.visible = visible; this.touchAll(event, visible ? 'visible again' : 'hidden from us'); }
  /** A sync writes remote timestamps; P moves only when it publishes. */
  syncEdit(row: ModelRow, timestamp: number, eventTimestamp: number, deleted: boolean, publish: boolean): void {
    row.version++; row.timestamp = timestamp; row.deleted = deleted; row.poison = false;
    row.event.timestamp = eventTimestamp;
    this.touch(row, `${deleted ? 'delete' : 'edit'} by sync, ${publish ? 'published' : 'not published'}`);
    if (publish) this.publish(row.event, 'publish by sync');
  }
  /** The event row first, then one row after the other, P last. */
  importEvent(timestamps: number[], eventTimestamp: number, publish: boolean, secondsPerRow: number, change: string, flags: Partial<ModelRow>): ModelEvent {
    const event = this.event(eventTimestamp);
    event.published = publish;
    timestamps.forEach((timestamp, i) => {
      const run = (): void => { if (this.events.includes(event)) this.insert(event, timestamp, change, flags); };
      if (secondsPerRow === 0) run(); else this.after(secondsPerRow * i, run);
    });
    const end = (): void => { if (publish && this.events.includes(event)) this.publish(event, 'publish by sync'); };
    if (secondsPerRow === 0) end(); else this.after(secondsPerRow * timestamps.length, end);
    return event;
  }
  mergeEvent(from: ModelEvent, to: ModelEvent): void {
    for (const row of this.rowsOf(from)) if (!row.deleted) this.insert(to, row.timestamp, 'event merge by REST');
  }
  /** Deleted and made again: the same uuids, new ids. */
  delegate(event: ModelEvent): void {
    for (const row of this.rowsOf(event)) {
      row.id = this.takeId();
      this.touch(row, 'delegation');
      if (row.deleted) row.pending.pop(); // the same uuid, still deleted: nothing to tell
    }
  }
}

/** X-Result-Count from 2.4.195 on (misp-api.md 3.3). */
function resultCount(raw: number, limit: number, skipped: number): number {
  if (raw === 0) return 1;
  const allSkipped = skipped === raw;
  if (raw < limit) return allSkipped ? raw + 1 : raw;
  if (skipped === 0) return limit + 1;
  return allSkipped ? limit + 1 : limit;
}
