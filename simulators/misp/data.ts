// Every change of misp-api 4.1 to what the simulated MISP holds, each moving the timestamps that it moves there.
import {
  type Marks,
  type MispEvent,
  type MispObject,
  type NewAttribute,
  type NewEvent,
  type NewObject,
  type Row,
  type TagLike,
} from './model.ts';
import { MispRows } from './rows.ts';

export interface ImportedEvent extends NewEvent {
  attributes: readonly NewAttribute[];
}

/** An import in progress: the event row is there, its attributes come one by one, the publish time last (misp-api 4.1). */
export interface ImportInProgress {
  event: MispEvent;
  /** Makes the next `count` attributes visible; how many are left. */
  step(count?: number): number;
  /** All that is left, and the publish time. */
  finish(): MispEvent;
}

/** The database of the simulated MISP. */
export class MispData extends MispRows {
  // ---- changes by people of this MISP

  addEvent(fields: NewEvent = {}): MispEvent {
    return this.insertEvent(fields);
  }

  /** A = now or as the client sent it; the event is unpublished. */
  addAttribute(event: MispEvent, fields: NewAttribute = {}): Row {
    const row = this.insertAttribute(event, fields);
    this.localEdit(event);
    return row;
  }

  addObject(
    event: MispEvent,
    fields: NewObject,
    attributes: readonly NewAttribute[],
  ): { object: MispObject; rows: Row[] } {
    const object = this.insertObject(event, fields);
    const rows = attributes.map((attribute) => this.insertAttribute(event, { ...attribute, object }));
    this.localEdit(event);
    return { object, rows };
  }

  /** Also an edit that changes nothing moves A and E. An explicit `timestamp` counts only when it is later (misp-api 4.1). */
  editAttribute(row: Row, patch: Omit<NewAttribute, 'id' | 'uuid'> = {}): Row {
    const { timestamp, ...rest } = patch;
    const before = row.timestamp;
    this.assign(row, rest);
    row.timestamp = timestamp !== undefined && timestamp > before ? timestamp : this.now();
    this.localEdit(row.event);
    return row;
  }

  /** Soft: A = now. Hard: the row is gone without a trace, only E moves. */
  deleteAttribute(row: Row, hard = false): void {
    if (hard) this.drop(row);
    else {
      row.deleted = true;
      row.timestamp = this.now();
      this.touch(row);
    }
    this.localEdit(row.event);
  }

  restoreAttribute(row: Row): void {
    row.deleted = false;
    row.timestamp = this.now();
    this.touch(row);
    this.localEdit(row.event);
  }

  /** Attributes removed by an edit of their object are soft-deleted with their OLD timestamp. */
  removeByObjectEdit(rows: readonly Row[]): void {
    for (const row of rows) {
      row.deleted = true;
      this.touch(row);
      if (row.object) row.object.timestamp = this.now();
      this.localEdit(row.event);
    }
  }

  /** Hard: its rows are gone and E does not move. Soft: A = now for all of them. */
  deleteObject(object: MispObject, hard = false): void {
    for (const row of object.event.rows.filter((other) => other.object === object)) {
      if (hard) this.drop(row);
      else {
        row.deleted = true;
        row.timestamp = this.now();
        this.touch(row);
      }
    }
    object.deleted = true;
    if (hard) object.event.objects = object.event.objects.filter((other) => other !== object);
    else this.localEdit(object.event);
  }

  /** A local tag moves nothing. */
  tagAttribute(row: Row, like: TagLike, remove = false): void {
    const link = this.tag(like);
    row.tags = row.tags.filter((other) => other.tag !== link.tag);
    if (!remove) row.tags.push(link);
    if (!link.local) {
      row.timestamp = this.now();
      this.localEdit(row.event);
    }
    this.touch(row);
  }

  /** A global tag moves E, and no A; a local one nothing. */
  tagEvent(event: MispEvent, like: TagLike, remove = false): void {
    const link = this.tag(like);
    event.tags = event.tags.filter((other) => other.tag !== link.tag);
    if (!remove) event.tags.push(link);
    if (link.local) this.changed(event);
    else this.localEdit(event);
  }

  editEvent(
    event: MispEvent,
    patch: Pick<NewEvent, 'info' | 'date' | 'threatLevel' | 'analysis' | 'distribution'>,
  ): void {
    Object.assign(event, patch);
    this.localEdit(event);
  }

  /** P = now; E and all A stay. */
  publish(event: MispEvent): void {
    event.published = true;
    event.publishTimestamp = this.now();
    this.changed(event);
  }

  /** Nothing moves but the flag. */
  unpublish(event: MispEvent): void {
    event.published = false;
    this.changed(event);
  }

  deleteEvent(event: MispEvent): void {
    for (const row of [...event.rows]) this.drop(row);
    this.events.delete(event.id);
    this.eventByUuid.delete(event.uuid);
    this.changed(event);
  }

  /** The event's rows (dis)appear for our user, and no timestamp moves. */
  setVisible(event: MispEvent, visible: boolean): void {
    event.visible = visible;
    this.changed(event);
  }

  /** Resets the decay of a row; no timestamp moves. */
  sight(row: Row): void {
    row.sightedAt = this.now();
    this.touch(row);
  }

  /** A proposal for a new attribute is accepted: it keeps the proposal's old timestamp. */
  acceptProposal(event: MispEvent, fields: NewAttribute & { timestamp: number }): Row {
    return this.addAttribute(event, fields);
  }

  // ---- what comes from elsewhere, with its own timestamps

  /** Whole at once; A and E are remote. Published: P = now. Otherwise P = 0: no time filter sees it. */
  importEvent(spec: ImportedEvent): MispEvent {
    return this.beginImport(spec).finish();
  }

  /** Row by row, as it becomes visible in a real MISP. */
  beginImport(spec: ImportedEvent): ImportInProgress {
    const { attributes, publishTimestamp: _, ...fields } = spec;
    const event = this.insertEvent({ ...fields, publishTimestamp: 0 });
    let done = 0;
    const step = (count = 1): number => {
      for (const end = Math.min(done + count, attributes.length); done < end; done++) {
        this.insertAttribute(event, attributes[done]);
      }
      return attributes.length - done;
    };
    const finish = (): MispEvent => {
      step(attributes.length);
      if (spec.published) this.publish(event);
      return event;
    };
    return { event, step, finish };
  }

  /** An update from another MISP: A and E as sent (E may go backwards), P only when it is published. */
  syncAttribute(row: Row, patch: NewAttribute, sync: { eventTimestamp: number; publish: boolean }): void {
    this.assign(row, patch);
    if (patch.timestamp !== undefined) row.timestamp = patch.timestamp;
    row.event.timestamp = sync.eventTimestamp;
    if (sync.publish) this.publish(row.event);
    else this.changed(row.event);
  }

  /** Takes id and timestamps now; the row is seen only after `commit()`, perhaps behind rows with higher ids. */
  beginAttribute(event: MispEvent, fields: NewAttribute = {}): { id: number; commit: () => Row } {
    const id = this.nextRow++;
    const timestamp = fields.timestamp ?? this.now();
    return { id, commit: () => this.addAttributeOf(event, { ...fields, id, timestamp }, timestamp) };
  }

  /** Live rows of `from` come to `to` as new ones with their old A; E does not move. */
  mergeEvent(from: MispEvent, to: MispEvent): Row[] {
    return from.rows
      .filter((row) => !row.deleted)
      .map(({ type, value, category, toIds, timestamp, comment }) =>
        this.insertAttribute(to, { type, value, category, toIds, timestamp, comment }),
      );
  }

  /** The event is deleted and made again: the same uuids and timestamps, new ids. */
  delegate(event: MispEvent): void {
    this.events.delete(event.id);
    event.id = this.nextEvent++;
    this.events.set(event.id, event);
    for (const row of event.rows) {
      row.id = this.nextRow++;
      this.touch(row);
    }
    this.changed(event);
  }

  /** Sets what is odd about a row (see `Marks`); no timestamp moves. */
  mark(row: Row, marks: Partial<Marks>): void {
    Object.assign(row, marks);
    this.touch(row);
  }

  // ---- inside

  private addAttributeOf(event: MispEvent, fields: NewAttribute, eventTimestamp: number): Row {
    const row = this.insertAttribute(event, fields);
    event.timestamp = Math.max(event.timestamp, eventTimestamp);
    event.published = false;
    this.changed(event);
    return row;
  }

  private assign(row: Row, patch: NewAttribute): void {
    const { tags, id: _id, uuid: _uuid, ...rest } = patch;
    for (const [key, value] of Object.entries(rest)) if (value !== undefined) Object.assign(row, { [key]: value });
    if (tags !== undefined) row.tags = tags.map((like) => this.tag(like));
    this.touch(row);
  }

  private localEdit(event: MispEvent): void {
    event.timestamp = this.now();
    event.published = false;
    this.changed(event);
  }
}
