// From a row of attributes/restSearch to the neutral record that filters, digests and encoders look at.
import type { IndicatorRecord, RecordEvent, RecordTag } from '../records/record.ts';
import type { AttributeRow, EventContext, TagRow } from './schema.ts';

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
    object: /^0?$/.test(row.object_id) ? null : { id: row.object_id, relation: row.object_relation ?? '' },
    tags: tags.filter((tag) => !tag.inherited).map(recordTag),
    warninglists: [...new Set((row.warnings ?? []).map((hit) => hit.warninglist_name))],
    attachment: row.data ?? null,
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
});
