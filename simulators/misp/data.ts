// The database of the simulated MISP and every change of misp-api 4.1, each moving the timestamps that it moves there.
import { seeded, type Random } from '../random.ts';
import {
  type Marks,
  type MispEvent,
  type MispObject,
  type NewAttribute,
  type NewEvent,
  type NewObject,
  type Org,
  type OrgLike,
  type Row,
  type Tag,
  type TagLike,
  type TagLink,
} from './model.ts';
import { SortedIndex } from './sorted-index.ts';
import { sane } from './types.ts';

export interface MispDataOptions {
  /** The clock of the MISP in epoch seconds; the real one unless given. */
  now?: (() => number) | undefined;
  /** Of the uuids that are made up. */
  seed?: number | undefined;
}

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

export class MispData {
  now: () => number;
  /** Counted up by each change, for those who watch. */
  changes = 0;
  readonly events = new Map<number, MispEvent>();
  readonly tags = new Map<string, Tag>();
  readonly orgs = new Map<string, Org>();
  readonly byId = new SortedIndex((a, b) => a.id - b.id);
  readonly byTimestamp = new SortedIndex((a, b) => a.timestamp - b.timestamp || a.id - b.id);
  private readonly rowByUuid = new Map<string, Row>();
  private readonly eventByUuid = new Map<string, MispEvent>();
  private readonly random: Random;
  private readonly home: Org;
  private nextEvent = 1;
  private nextRow = 1;
  private nextObject = 1;

  constructor(options: MispDataOptions = {}) {
    this.now = options.now ?? (() => Math.floor(Date.now() / 1000));
    this.random = seeded(~(options.seed ?? 1)); // a generator with the same seed makes up other uuids
    this.home = this.org('ORGNAME');
  }

  // ---- reading

  /** Attributes in the database, also deleted and invisible ones. */
  get size(): number {
    return this.rowByUuid.size;
  }
  row(uuid: string): Row | undefined {
    return this.rowByUuid.get(uuid);
  }
  event(idOrUuid: number | string): MispEvent | undefined {
    return this.eventByUuid.get(String(idOrUuid)) ?? this.events.get(Number(idOrUuid));
  }
  org(like: OrgLike): Org {
    const { name, uuid } = typeof like === 'string' ? { name: like, uuid: undefined } : like;
    let org = this.orgs.get(name);
    if (!org) {
      org = { id: this.orgs.size + 1, name, uuid: uuid ?? this.random.uuid() };
      this.orgs.set(name, org);
    }
    return org;
  }
  tag(like: TagLike): TagLink {
    const given = typeof like === 'string' ? { name: like } : like;
    let tag = this.tags.get(given.name);
    if (!tag) {
      const colour = given.colour ?? `#${this.random.hex(6)}`;
      tag = { id: this.tags.size + 1, name: given.name, colour, numerical: given.numerical ?? null };
      this.tags.set(given.name, tag);
    }
    return { tag, local: given.local ?? false };
  }

  // ---- rows as they are, without moving any timestamp (loaders, generators, imports)

  insertEvent(fields: NewEvent = {}): MispEvent {
    const id = this.nextEvent++;
    const timestamp = fields.timestamp ?? this.now();
    const event: MispEvent = {
      id,
      uuid: fields.uuid ?? this.random.uuid(),
      info: fields.info ?? `Event ${id}`,
      date: fields.date ?? dateOf(timestamp),
      org: fields.org === undefined ? this.home : this.org(fields.org),
      orgc: fields.orgc === undefined ? this.home : this.org(fields.orgc),
      timestamp,
      publishTimestamp: fields.publishTimestamp ?? 0,
      published: fields.published ?? false,
      threatLevel: fields.threatLevel ?? 4,
      analysis: fields.analysis ?? 0,
      distribution: fields.distribution ?? 3,
      extendsUuid: fields.extendsUuid ?? '',
      tags: (fields.tags ?? []).map((like) => this.tag(like)),
      visible: fields.visible ?? true,
      protected: fields.protected ?? false,
      rows: [],
      objects: [],
      json: new Map(),
      seenBy: 0,
      passed: false,
    };
    this.events.set(id, event);
    this.eventByUuid.set(event.uuid, event);
    this.changes++;
    return event;
  }

  insertObject(event: MispEvent, fields: NewObject = {}): MispObject {
    const object: MispObject = {
      id: this.nextObject++,
      uuid: fields.uuid ?? this.random.uuid(),
      name: fields.name ?? 'file',
      metaCategory: fields.metaCategory ?? 'file',
      event,
      timestamp: fields.timestamp ?? this.now(),
      distribution: fields.distribution ?? 5,
      comment: fields.comment ?? '',
      deleted: fields.deleted ?? false,
    };
    event.objects.push(object);
    return object;
  }

  insertAttribute(event: MispEvent, fields: NewAttribute = {}): Row {
    const type = fields.type ?? 'domain';
    const id = fields.id ?? this.nextRow++;
    const [category, toIds] = sane(type);
    const row: Row = {
      id,
      uuid: fields.uuid ?? this.random.uuid(),
      event,
      object: fields.object ?? null,
      relation: fields.relation ?? null,
      category: fields.category ?? category,
      type,
      value: fields.value ?? `host-${id}.example.com`,
      toIds: fields.toIds ?? toIds,
      timestamp: fields.timestamp ?? this.now(),
      distribution: fields.distribution ?? 5,
      comment: fields.comment ?? '',
      deleted: fields.deleted ?? false,
      disableCorrelation: fields.disableCorrelation ?? false,
      firstSeen: fields.firstSeen ?? null,
      lastSeen: fields.lastSeen ?? null,
      tags: fields.tags === undefined || fields.tags.length === 0 ? [] : fields.tags.map((like) => this.tag(like)),
      data: fields.data ?? null,
      sightedAt: 0,
      gone: false,
      text: null,
      hidden: fields.hidden ?? false,
      warned: fields.warned ?? false,
      poison: fields.poison ?? false,
      override: fields.override ?? null,
    };
    event.rows.push(row);
    this.rowByUuid.set(row.uuid, row);
    this.touch(row);
    return row;
  }

  /** Takes a row out as if it had never been. */
  removeAttribute(row: Row): void {
    this.drop(row);
  }

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

  private drop(row: Row): void {
    row.gone = true;
    row.event.rows = row.event.rows.filter((other) => other !== row);
    if (this.rowByUuid.get(row.uuid) === row) this.rowByUuid.delete(row.uuid);
    this.touch(row);
    row.event.json.clear();
  }

  private touch(row: Row): void {
    this.changes++;
    row.text = null;
    this.byId.touch(row);
    this.byTimestamp.touch(row);
  }

  private localEdit(event: MispEvent): void {
    event.timestamp = this.now();
    event.published = false;
    this.changed(event);
  }

  private changed(event: MispEvent): void {
    this.changes++;
    event.json.clear();
  }
}

/** YYYY-MM-DD in UTC. */
export const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
