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
  object: { id: string; relation: string } | null;
  /** Tags of the attribute itself, without those inherited from its event. */
  tags: RecordTag[];
  /** Names of the warninglists that the value is on, when they were asked for. */
  warninglists: string[];
  /** Base64, only when `attachments: true`. */
  attachment: string | null;
  event: RecordEvent;
}
