// The same MISP, as it changes between any two requests (misp-api 4.1). Every change marks the rows that it touches with its name.
import { MispAnswers, type ModelEvent, type ModelRow } from './misp-answers.ts';

export class Misp extends MispAnswers {
  changes = 0;
  /** The first poll that starts after now; set by whoever polls. */
  poll = 0;
  private nextId = 1;
  private later: { at: number; run: () => void }[] = [];

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
  after(seconds: number, run: () => void): void {
    this.later.push({ at: this.now + seconds, run });
  }

  // ---------------------------------------------------------------- changes

  private touch(row: ModelRow, change: string): void {
    this.tick++;
    this.changes++;
    row.touched = this.tick;
    row.pending.push({ change, poll: this.poll });
  }
  private touchAll(event: ModelEvent, change: string): void {
    for (const row of this.rows) if (row.event === event) this.touch(row, change);
  }
  private localEdit(event: ModelEvent): void {
    event.timestamp = this.now;
    event.published = false;
  }
  rowsOf(event: ModelEvent): ModelRow[] {
    return this.rows.filter((row) => row.event === event);
  }

  event(timestamp = this.now): ModelEvent {
    const event: ModelEvent = {
      id: this.events.length + 1,
      timestamp,
      publish: 0,
      published: false,
      visible: true,
      version: 1,
    };
    this.events.push(event);
    return event;
  }
  takeId(): number {
    return this.nextId++;
  }
  insert(event: ModelEvent, timestamp: number, change: string, flags: Partial<ModelRow> = {}): ModelRow {
    const id = flags.id ?? this.takeId();
    const row: ModelRow = {
      uuid: `u${id}`,
      event,
      timestamp,
      deleted: false,
      object: 'none',
      version: 1,
      hidden: false,
      warned: false,
      poison: false,
      pending: [],
      touched: 0,
      seenLive: false,
      ...flags,
      id,
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
    this.after(seconds, () => {
      if (this.events.includes(event)) this.insert(event, timestamp, change, { id });
    });
  }
  edit(row: ModelRow, change = 'edit', timestamp = this.now): void {
    row.version++;
    row.timestamp = timestamp;
    row.poison = false;
    this.localEdit(row.event);
    this.touch(row, change);
  }
  editLate(row: ModelRow, seconds: number): void {
    const timestamp = this.now;
    this.after(seconds, () => {
      if (!this.rows.includes(row)) return;
      row.version++;
      row.timestamp = timestamp;
      row.event.timestamp = Math.max(row.event.timestamp, timestamp);
      row.event.published = false;
      this.touch(row, 'edit, late commit');
    });
  }
  softDelete(row: ModelRow, change = 'soft delete', timestamp = this.now): void {
    row.deleted = true;
    this.edit(row, change, timestamp);
  }
  restore(row: ModelRow): void {
    row.deleted = false;
    this.edit(row, 'restore');
  }
  hardDelete(row: ModelRow): void {
    this.localEdit(row.event);
    this.drop(row);
  }
  drop(row: ModelRow): void {
    this.tick++;
    this.changes++;
    this.rows = this.rows.filter((other) => other !== row);
  }
  deleteEvent(event: ModelEvent): void {
    for (const row of this.rowsOf(event)) this.drop(row);
    this.events = this.events.filter((other) => other !== event);
  }
  publish(event: ModelEvent, change = 'publish'): void {
    event.publish = this.now;
    event.published = true;
    this.touchAll(event, change);
  }
  unpublish(event: ModelEvent): void {
    event.published = false;
  }
  tagEvent(event: ModelEvent): void {
    this.localEdit(event);
    event.version++;
    this.touchAll(event, 'event tag or field, unpublished');
  }
  tagLocally(row: ModelRow): void {
    row.version++;
    this.touch(row, 'local tag, sighting');
  }
  setVisible(event: ModelEvent, visible: boolean): void {
    event.visible = visible;
    this.touchAll(event, visible ? 'visible again' : 'hidden from us');
  }
  /** A sync writes remote timestamps; P moves only when it publishes. */
  syncEdit(row: ModelRow, timestamp: number, eventTimestamp: number, deleted: boolean, publish: boolean): void {
    row.version++;
    row.timestamp = timestamp;
    row.deleted = deleted;
    row.poison = false;
    row.event.timestamp = eventTimestamp;
    this.touch(row, `${deleted ? 'delete' : 'edit'} by sync, ${publish ? 'published' : 'not published'}`);
    if (publish) this.publish(row.event, 'publish by sync');
  }
  /** The event row first, then one row after the other, P last. */
  importEvent(
    timestamps: number[],
    eventTimestamp: number,
    publish: boolean,
    secondsPerRow: number,
    change: string,
    flags: Partial<ModelRow>,
  ): ModelEvent {
    const event = this.event(eventTimestamp);
    event.published = publish;
    timestamps.forEach((timestamp, i) => {
      const run = (): void => {
        if (this.events.includes(event)) this.insert(event, timestamp, change, flags);
      };
      if (secondsPerRow === 0) run();
      else this.after(secondsPerRow * i, run);
    });
    const end = (): void => {
      if (publish && this.events.includes(event)) this.publish(event, 'publish by sync');
    };
    if (secondsPerRow === 0) end();
    else this.after(secondsPerRow * timestamps.length, end);
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
