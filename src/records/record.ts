// The neutral form of one attribute version: what filters, digests, encoders and hooks look at. It is made from a row that
// was read with its event's context (`includeContext`, `includeEventTags`), and holds no reference to the raw answer.

export interface RecordTag {
  name: string;
  /** A local tag of this MISP: it is never synchronised. */
  local: boolean;
}

export interface RecordEvent {
  id: string;
  uuid: string;
  info: string;
  /** YYYY-MM-DD, as MISP gives it. */
  date: string;
  /** `High`, `Medium`, `Low` or `Undefined`, from threat_level_id 1–4 (never from Event.ThreatLevel: misp-api rule 30). */
  threatLevel: string;
  /** `Initial`, `Ongoing` or `Completed`, from analysis 0–2. */
  analysis: string;
  published: boolean;
  /** Epoch seconds; 0: never published. */
  publishTimestamp: number;
  /** Epoch seconds of Event.timestamp. */
  timestamp: number;
  /** Owner and creator organisation, by name; empty when MISP does not say. */
  org: string;
  orgc: string;
  orgcUuid: string;
  distribution: string;
  tags: RecordTag[];
  details: EventDetails;
}

/** Owner or creator of an event. */
export interface Organisation {
  id: string;
  name: string;
  uuid: string;
  /** Whether it has users on this MISP; null when MISP does not say. */
  local: boolean | null;
}

/**
 * What some destinations show of an event beside its content. It is local to the instance, or changes without the content, so no
 * digest holds it. Which of it MISP tells depends on the endpoint; null and '' stand for what it does not.
 */
export interface EventDetails {
  /** `1` to `4`. */
  threatLevelId: string;
  sharingGroupId: string;
  extendsUuid: string;
  attributeCount: number | null;
  disableCorrelation: boolean | null;
  locked: boolean | null;
  proposalEmailLock: boolean | null;
  /** Epoch seconds; 0: MISP does not say. */
  sightingTimestamp: number;
  creatorEmail: string;
  org: Organisation | null;
  orgc: Organisation | null;
}

/** Another attribute of the same object or event, told as context. */
export interface SiblingAttribute {
  uuid: string;
  id: string;
  type: string;
  category: string;
  value: string;
  relation: string;
  toIds: boolean;
  deleted: boolean;
  /** Epoch seconds. */
  timestamp: number;
  comment: string;
  distribution: string;
  sharingGroupId: string;
  disableCorrelation: boolean | null;
  firstSeen: string | null;
  lastSeen: string | null;
  eventId: string;
  objectId: string;
}

/** Only told by an events feed. */
export interface ObjectDetails {
  uuid: string;
  name: string;
  metaCategory: string;
  description: string;
  comment: string;
  templateUuid: string;
  templateVersion: string;
  /** Epoch seconds. */
  timestamp: number;
  distribution: string;
  sharingGroupId: string;
  deleted: boolean;
  firstSeen: string | null;
  lastSeen: string | null;
  /** Of the object, this one included. */
  attributes: SiblingAttribute[];
}

/** What one decaying model of MISP makes of an attribute at the time of reading. */
export interface DecayScore {
  /** Name of the model. */
  model: string;
  modelId: string;
  /** 0–100. */
  score: number;
  baseScore: number | null;
  decayed: boolean;
}

export interface IndicatorRecord {
  uuid: string;
  /** MISP's own id, local to the instance. */
  id: string;
  type: string;
  category: string;
  /** As MISP stores it; composite values hold both halves around one `|`. */
  value: string;
  toIds: boolean;
  deleted: boolean;
  /** Attribute.timestamp in epoch seconds, as MISP gives it (may be 0, negative or in the future). */
  timestamp: number;
  comment: string;
  distribution: string;
  sharingGroupId: string;
  /** ISO 8601 as MISP gives it, or null. */
  firstSeen: string | null;
  lastSeen: string | null;
  /** Null when the attribute stands alone. */
  object: { id: string; relation: string; details: ObjectDetails | null } | null;
  /** Tags of the attribute itself, without those inherited from its event. */
  tags: RecordTag[];
  /** Names of the warninglists that the value is on, when they were asked for. */
  warninglists: string[];
  /** Base64, only when `attachments: true`. */
  attachment: string | null;
  /** Null when MISP does not say. */
  disableCorrelation: boolean | null;
  /** One for each decaying model that knows the type; null when scores were not asked for. */
  decay: DecayScore[] | null;
  /** Some plain attributes of the same event, this one left out; null: no events feed. */
  context: SiblingAttribute[] | null;
  event: RecordEvent;
}
