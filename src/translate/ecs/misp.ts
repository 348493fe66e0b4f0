// The `misp.*` part of a document: what MISP says, under the names of Elastic's integration.
import type { Delivery, Upsert } from '../../records/delivery.ts';
import { isDecayed } from '../../records/lifetime.ts';
import type { IndicatorRecord, Organisation, RecordEvent, SiblingAttribute } from '../../records/record.ts';
import { dateOfSeconds, dateOfText, isDay } from './dates.ts';
import type { Json } from './fields.ts';
import { said } from './said.ts';

/** Elastic's latest transform deletes what decayed more than a minute ago (elastic-ti-misp 2.6). */
const DECAYED_SECONDS_AGO = 120;

export function mispOf(delivery: Upsert): Json {
  const { record, endpoint } = delivery;
  const { event, object, context } = record;
  return said({
    attribute: attributeOf(delivery),
    event: eventOf(event),
    object: object && objectOf(record),
    orgc: organisationOf(event.details.orgc),
    org: endpoint === 'events' ? organisationOf(event.details.org) : undefined,
    context: context && context.length > 0 ? { attribute: context.map(siblingOf) } : undefined,
  });
}

function attributeOf({ record, endpoint, expiresAt, observedAt }: Upsert): Json {
  return said({
    id: record.id,
    uuid: record.uuid,
    type: record.type,
    category: record.category,
    value: record.value,
    comment: record.comment,
    to_ids: record.toIds,
    deleted: record.deleted,
    distribution: numberOf(record.distribution),
    sharing_group_id: record.sharingGroupId,
    disable_correlation: record.disableCorrelation,
    event_id: record.event.id,
    event_uuid: record.event.uuid,
    object_id: record.object?.id,
    object_relation: record.object?.relation,
    timestamp: endpoint === 'events' ? dateOfSeconds(record.timestamp) : undefined,
    first_seen: record.firstSeen === null ? undefined : dateOfText(record.firstSeen),
    last_seen: record.lastSeen === null ? undefined : dateOfText(record.lastSeen),
    data: record.attachment,
    ...decayOf(record, expiresAt, observedAt),
  });
}

/** At least half of the models decide, otherwise the time of expiry (elastic-ti-misp 2.5). */
function decayOf({ decay }: IndicatorRecord, expiresAt: number | null, observedAt: number): Json {
  const scores = decay?.map(({ model, modelId, score, baseScore, decayed }) => ({
    score,
    ...(baseScore === null ? {} : { base_score: baseScore }),
    decayed,
    DecayingModel: { id: modelId, name: model },
  }));
  const decayScore = scores && scores.length > 0 ? { decay_score: scores } : {};
  if (isDecayed(decay)) return { ...decayScore, ...decayedNow(observedAt) };
  if (expiresAt === null) return decay ? { ...decayScore, decayed: false } : decayScore;
  return { ...decayScore, decayed: expiresAt <= observedAt, decayed_at: dateOfSeconds(expiresAt) };
}

export const decayedNow = (observedAt: number): Json => ({
  decayed: true,
  decayed_at: dateOfSeconds(observedAt - DECAYED_SECONDS_AGO),
});

/** The attribute of a withdrawal: what was known when it was confirmed. */
export const withdrawnAttribute = ({ identity, reason, observedAt }: Extract<Delivery, { action: 'withdraw' }>): Json =>
  said({
    uuid: identity.uuid,
    type: identity.type,
    category: identity.category,
    value: identity.value,
    to_ids: identity.toIds,
    deleted: reason === 'deleted',
    event_id: identity.eventId,
    event_uuid: identity.eventUuid,
    ...decayedNow(observedAt),
  });

/** Rows of one MISP event share their event: made once. */
const events = new WeakMap<RecordEvent, Json>();

function eventOf(event: RecordEvent): Json {
  let made = events.get(event);
  if (made) return made;
  const { details } = event;
  made = said({
    id: event.id,
    uuid: event.uuid,
    info: event.info,
    date: isDay(event.date) ? event.date : undefined,
    published: event.published,
    publish_timestamp: event.publishTimestamp > 0 ? dateOfSeconds(event.publishTimestamp) : undefined,
    timestamp: event.timestamp > 0 ? dateOfSeconds(event.timestamp) : undefined,
    sighting_timestamp: details.sightingTimestamp > 0 ? dateOfSeconds(details.sightingTimestamp) : undefined,
    threat_level_id: numberOf(details.threatLevelId),
    distribution: numberOf(event.distribution),
    sharing_group_id: details.sharingGroupId,
    extends_uuid: details.extendsUuid,
    attribute_count: details.attributeCount,
    disable_correlation: details.disableCorrelation,
    locked: details.locked,
    proposal_email_lock: details.proposalEmailLock,
    org_id: details.org?.id,
    orgc_id: details.orgc?.id,
  });
  events.set(event, made);
  return made;
}

function objectOf({ object, event }: IndicatorRecord): Json {
  const { id, details } = object!;
  if (!details) return { id };
  return said({
    id,
    event_id: event.id,
    uuid: details.uuid,
    name: details.name,
    meta_category: details.metaCategory,
    description: details.description,
    comment: details.comment,
    template_uuid: details.templateUuid,
    template_version: details.templateVersion,
    timestamp: details.timestamp > 0 ? dateOfSeconds(details.timestamp) : undefined,
    distribution: numberOf(details.distribution),
    sharing_group_id: details.sharingGroupId,
    deleted: details.deleted,
    first_seen: details.firstSeen === null ? undefined : dateOfText(details.firstSeen),
    last_seen: details.lastSeen === null ? undefined : dateOfText(details.lastSeen),
    attribute: details.attributes.map(siblingOf),
  });
}

/** An attribute that stands in the context of many is made once. */
const siblings = new WeakMap<SiblingAttribute, Json>();

function siblingOf(sibling: SiblingAttribute): Json {
  let made = siblings.get(sibling);
  if (made) return made;
  made = said({
    id: sibling.id,
    uuid: sibling.uuid,
    type: sibling.type,
    category: sibling.category,
    value: sibling.value,
    comment: sibling.comment,
    to_ids: sibling.toIds,
    deleted: sibling.deleted,
    distribution: numberOf(sibling.distribution),
    sharing_group_id: sibling.sharingGroupId,
    disable_correlation: sibling.disableCorrelation,
    event_id: sibling.eventId,
    object_id: sibling.objectId,
    object_relation: sibling.relation,
    timestamp: sibling.timestamp > 0 ? dateOfSeconds(sibling.timestamp) : undefined,
    first_seen: sibling.firstSeen === null ? undefined : dateOfText(sibling.firstSeen),
    last_seen: sibling.lastSeen === null ? undefined : dateOfText(sibling.lastSeen),
  });
  siblings.set(sibling, made);
  return made;
}

const organisationOf = (organisation: Organisation | null): Json | undefined =>
  organisation === null ? undefined : said({ ...organisation });

const numberOf = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
