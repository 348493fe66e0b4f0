// From a row of attributes/restSearch to the neutral record that filters, digests and encoders look at.
import type {
  DecayScore,
  EventDetails,
  IndicatorRecord,
  ObjectDetails,
  Organisation,
  RecordEvent,
  RecordTag,
  SiblingAttribute,
} from '../records/record.ts';
import type { AttributeRow, DecayRow, EventContext, TagRow } from './schema.ts';
import type { ObjectRow, OrganisationRow, SiblingRow } from './surroundings.ts';

const THREAT_LEVELS: Record<string, string> = { '1': 'High', '2': 'Medium', '3': 'Low', '4': 'Undefined' };
const ANALYSIS: Record<string, string> = { '0': 'Initial', '1': 'Ongoing', '2': 'Completed' };

/** A row that was read with includeContext and includeEventTags. */
export function recordOf(row: AttributeRow): IndicatorRecord {
  const tags = row.Tag ?? [];
  const inherited = tags.filter((tag) => tag.inherited);
  return {
    uuid: row.uuid,
    id: String(row.id),
    type: row.type,
    category: row.category,
    value: row.value,
    toIds: row.to_ids,
    deleted: row.deleted,
    timestamp: row.timestamp,
    comment: row.comment,
    distribution: row.distribution,
    sharingGroupId: row.sharing_group_id,
    firstSeen: row.first_seen ?? null,
    lastSeen: row.last_seen ?? null,
    object: /^0?$/.test(row.object_id)
      ? null
      : {
          id: row.object_id,
          relation: row.object_relation ?? '',
          details: row.RelayObject ? objectDetails(row.RelayObject) : null,
        },
    tags: tags.filter((tag) => !tag.inherited).map(recordTag),
    warninglists: [...new Set((row.warnings ?? []).map((hit) => hit.warninglist_name))],
    attachment: row.data ?? null,
    disableCorrelation: row.disable_correlation ?? null,
    decay: row.decay_score?.map(decayScore) ?? null,
    context: row.RelayContext?.map(siblingOf) ?? null,
    event: eventOf(row.Event, inherited),
  };
}

const recordTag = ({ name, local }: TagRow): RecordTag => ({ name, local });

/** Rows that share a context share what is made of it, as long as it does not depend on the row. */
const made = new WeakMap<EventContext, RecordEvent>();

function eventOf(event: EventContext, inherited: TagRow[]): RecordEvent {
  if (!event.Tag) return recordEvent(event, inherited);
  let known = made.get(event);
  if (!known) made.set(event, (known = recordEvent(event, inherited)));
  return known;
}

/** Event.Tag knows which tags are local; a MISP that leaves it out still sends the inherited ones. */
const recordEvent = (event: EventContext, inherited: TagRow[]): RecordEvent => ({
  id: event.id,
  uuid: event.uuid,
  info: event.info,
  date: event.date,
  // Never Event.ThreatLevel, which is off by one since 2.5.19 (misp-api rule 30).
  threatLevel: THREAT_LEVELS[event.threat_level_id] ?? 'Undefined',
  analysis: ANALYSIS[event.analysis] ?? '',
  published: event.published,
  publishTimestamp: event.publish_timestamp,
  timestamp: event.timestamp,
  org: event.Org?.name ?? '',
  orgc: event.Orgc?.name ?? '',
  orgcUuid: event.Orgc?.uuid ?? '',
  distribution: event.distribution,
  tags: (event.Tag ?? inherited).map(recordTag),
  details: eventDetails(event),
});

const eventDetails = (event: EventContext): EventDetails => ({
  threatLevelId: event.threat_level_id,
  sharingGroupId: event.sharing_group_id,
  extendsUuid: event.extends_uuid,
  attributeCount: event.attribute_count ?? null,
  disableCorrelation: event.disable_correlation ?? null,
  locked: event.locked ?? null,
  proposalEmailLock: event.proposal_email_lock ?? null,
  sightingTimestamp: event.sighting_timestamp,
  creatorEmail: event.event_creator_email,
  org: organisationOf(event.Org, event.org_id),
  orgc: organisationOf(event.Orgc, event.orgc_id),
});

/** MISP tells some of the organisations by their id alone. */
function organisationOf(given: OrganisationRow | null | undefined, id: string): Organisation | null {
  if (!given) return id === '' || id === '0' ? null : { id, name: '', uuid: '', local: null };
  return { id: given.id === '' ? id : given.id, name: given.name, uuid: given.uuid, local: given.local ?? null };
}

const decayScore = ({ score, base_score, decayed, DecayingModel }: DecayRow): DecayScore => ({
  model: DecayingModel.name,
  modelId: DecayingModel.id,
  score,
  baseScore: base_score ?? null,
  decayed,
});

const objectDetails = (object: ObjectRow): ObjectDetails => ({
  uuid: object.uuid,
  name: object.name,
  metaCategory: object['meta-category'],
  description: object.description,
  comment: object.comment,
  templateUuid: object.template_uuid,
  templateVersion: object.template_version,
  timestamp: object.timestamp,
  distribution: object.distribution,
  sharingGroupId: object.sharing_group_id,
  deleted: object.deleted,
  firstSeen: object.first_seen ?? null,
  lastSeen: object.last_seen ?? null,
  attributes: object.Attribute.map(siblingOf),
});

const siblingOf = (row: SiblingRow): SiblingAttribute => ({
  uuid: row.uuid,
  id: row.id,
  type: row.type,
  category: row.category,
  value: row.value,
  relation: row.object_relation ?? '',
  toIds: row.to_ids,
  deleted: row.deleted,
  timestamp: row.timestamp,
  comment: row.comment,
  distribution: row.distribution,
  sharingGroupId: row.sharing_group_id,
  disableCorrelation: row.disable_correlation ?? null,
  firstSeen: row.first_seen ?? null,
  lastSeen: row.last_seen ?? null,
  eventId: row.event_id,
  objectId: row.object_id,
});
