// The things that a MISP holds, as plain records. Times are epoch seconds.
export interface Org {
  id: number;
  name: string;
  uuid: string;
}

export interface Tag {
  id: number;
  name: string;
  colour: string;
  /** Of the taxonomy, as text; null without one. */
  numerical: string | null;
}

export interface TagLink {
  tag: Tag;
  /** Local tags are never synchronised, and move no timestamp. */
  local: boolean;
}

export interface MispEvent {
  id: number;
  uuid: string;
  info: string;
  /** YYYY-MM-DD. */
  date: string;
  org: Org;
  orgc: Org;
  timestamp: number;
  /** 0: never published. */
  publishTimestamp: number;
  published: boolean;
  threatLevel: number;
  analysis: number;
  distribution: number;
  extendsUuid: string;
  tags: TagLink[];
  /** Whether our API user may see it. */
  visible: boolean;
  /** A protected event is left out of the event index. */
  protected: boolean;
  rows: Row[];
  objects: MispObject[];
  /** Its JSON in several forms; emptied by each change. */
  json: Map<string, string>;
  /** Scratch of one request: the number of the request, and whether the event passed its filters. */
  seenBy: number;
  passed: boolean;
}

export interface MispObject {
  id: number;
  uuid: string;
  name: string;
  metaCategory: string;
  event: MispEvent;
  timestamp: number;
  distribution: number;
  comment: string;
  deleted: boolean;
}

export interface Marks {
  /** Allowlisted: taken out of the answer after counting, in no header (misp-api 3.3). */
  hidden: boolean;
  /** On a warninglist: taken out by enforceWarninglist, and counted. */
  warned: boolean;
  /** MISP cannot encode it: 500 whenever it would be in an answer (misp-api 3.6). */
  poison: boolean;
  /** Raw JSON text by key of the row, in place of its own; null: the key is missing. */
  override: Record<string, string | null> | null;
}

/** An attribute. */
export interface Row extends Marks {
  id: number;
  uuid: string;
  event: MispEvent;
  object: MispObject | null;
  relation: string | null;
  category: string;
  type: string;
  value: string;
  toIds: boolean;
  timestamp: number;
  distribution: number;
  comment: string;
  deleted: boolean;
  disableCorrelation: boolean;
  /** ISO 8601 with microseconds, or null. */
  firstSeen: string | null;
  lastSeen: string | null;
  tags: TagLink[];
  /** Base64 of an attachment. */
  data: string | null;
  /** Time of the last sighting; 0: none. */
  sightedAt: number;
  /** It is no longer in the database. */
  gone: boolean;
  /** The JSON of its own columns, until the next change; null: not made, or too many rows to keep it. */
  text: string | null;
}

export interface NewTag {
  name: string;
  /** As the tag has it in another database; left out: the next one. The same holds for `id` of the other new things. */
  id?: number | undefined;
  local?: boolean | undefined;
  colour?: string | undefined;
  numerical?: string | null | undefined;
}
export type TagLike = string | NewTag;
export type OrgLike = string | { name: string; uuid?: string | undefined; id?: number | undefined };

export interface NewEvent {
  id?: number | undefined;
  uuid?: string | undefined;
  info?: string | undefined;
  date?: string | undefined;
  org?: OrgLike | undefined;
  orgc?: OrgLike | undefined;
  timestamp?: number | undefined;
  publishTimestamp?: number | undefined;
  published?: boolean | undefined;
  threatLevel?: number | undefined;
  analysis?: number | undefined;
  distribution?: number | undefined;
  extendsUuid?: string | undefined;
  tags?: readonly TagLike[] | undefined;
  visible?: boolean | undefined;
  protected?: boolean | undefined;
}

export interface NewAttribute extends Partial<Marks> {
  type?: string | undefined;
  value?: string | undefined;
  id?: number | undefined;
  uuid?: string | undefined;
  object?: MispObject | null | undefined;
  relation?: string | null | undefined;
  category?: string | undefined;
  toIds?: boolean | undefined;
  timestamp?: number | undefined;
  distribution?: number | undefined;
  comment?: string | undefined;
  deleted?: boolean | undefined;
  disableCorrelation?: boolean | undefined;
  firstSeen?: string | null | undefined;
  lastSeen?: string | null | undefined;
  tags?: readonly TagLike[] | undefined;
  data?: string | null | undefined;
}

export interface NewObject {
  id?: number | undefined;
  uuid?: string | undefined;
  name?: string | undefined;
  metaCategory?: string | undefined;
  timestamp?: number | undefined;
  distribution?: number | undefined;
  comment?: string | undefined;
  deleted?: boolean | undefined;
}
