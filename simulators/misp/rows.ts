// What the simulated MISP holds: events, objects, attributes, tags, organisations, and the indexes over them. Nothing here moves a
// timestamp.
import { seeded, type Random } from '../random.ts';
import {
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

export class MispRows {
  now: () => number;
  /** Counted up by each change, for those who watch. */
  changes = 0;
  /** Counted up by each search: a number of its own for scratch marks, and for the order of what has none. */
  searches = 0;
  readonly events = new Map<number, MispEvent>();
  readonly tags = new Map<string, Tag>();
  readonly orgs = new Map<string, Org>();
  readonly byId = new SortedIndex((a, b) => a.id - b.id);
  readonly byTimestamp = new SortedIndex((a, b) => a.timestamp - b.timestamp || a.id - b.id);
  private readonly rowByUuid = new Map<string, Row>();
  protected readonly eventByUuid = new Map<string, MispEvent>();
  private readonly random: Random;
  private readonly home: Org;
  protected nextEvent = 1;
  protected nextRow = 1;
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
    const { name, uuid, id } = typeof like === 'string' ? { name: like, uuid: undefined, id: undefined } : like;
    let org = this.orgs.get(name);
    if (!org) {
      org = { id: id ?? this.orgs.size + 1, name, uuid: uuid ?? this.random.uuid() };
      this.orgs.set(name, org);
    }
    return org;
  }
  tag(like: TagLike): TagLink {
    const given = typeof like === 'string' ? { name: like } : like;
    let tag = this.tags.get(given.name);
    if (!tag) {
      const colour = given.colour ?? `#${this.random.hex(6)}`;
      tag = { id: given.id ?? this.tags.size + 1, name: given.name, colour, numerical: given.numerical ?? null };
      this.tags.set(given.name, tag);
    }
    return { tag, local: given.local ?? false };
  }

  // ---- rows as they are, without moving any timestamp (loaders, generators, imports)

  insertEvent(fields: NewEvent = {}): MispEvent {
    const id = fields.id ?? this.nextEvent++;
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
      id: fields.id ?? this.nextObject++,
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

  // ---- inside

  protected drop(row: Row): void {
    row.gone = true;
    row.event.rows = row.event.rows.filter((other) => other !== row);
    if (this.rowByUuid.get(row.uuid) === row) this.rowByUuid.delete(row.uuid);
    this.touch(row);
    row.event.json.clear();
  }

  protected touch(row: Row): void {
    this.changes++;
    row.text = null;
    this.byId.touch(row);
    this.byTimestamp.touch(row);
  }

  protected changed(event: MispEvent): void {
    this.changes++;
    event.json.clear();
  }
}

/** YYYY-MM-DD in UTC. */
const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
