// A delivery as a Splunk event: the body, which people's searches depend on (docs/splunk-event.md), and the HEC envelope around
// it (splunk-hec 3.3). Pure.
import type { Delivery, Upsert, Withdrawal } from '../records/delivery.ts';
import { strictestTlp, TLP_LEVELS, tlpRank } from '../records/tlp.ts';
import { isDecayed } from '../records/lifetime.ts';
import type { DecayScore, RecordTag } from '../records/record.ts';
import type { Vocabulary } from './shape.ts';
import { halvesOf } from './types.ts';

const SCHEMA = 1;

/** Whose time stands in the envelope: that of the attribute, of the event's publication, or of our reading. */
export type TimeOption = 'attribute' | 'publish' | 'observed';

export interface EnvelopeOptions {
  time: TimeOption;
  host: string;
  sourcetype: string;
  /** Left out: the token's default index. */
  index?: string | undefined;
  /** Left out: `misp:<name of the source>`. */
  source?: string | undefined;
}

/**
 * The event body; identity keys first, because Splunk's search-time extraction reads the first 5,000 bytes only (splunk-hec 5).
 * What MISP does not say is left out, except `first_seen` and `last_seen`, which are null then. A withdrawal carries the
 * identity that was stored when the attribute was confirmed.
 */
export const bodyOf = (delivery: Delivery): Record<string, unknown> =>
  delivery.action === 'upsert' ? upsertBody(delivery) : withdrawalBody(delivery);

function upsertBody(delivery: Upsert): Record<string, unknown> {
  const { record } = delivery;
  const { event } = record;
  return present({
    ...identity(delivery, record.uuid, record.value, record.type),
    category: record.category,
    to_ids: record.toIds,
    event_id: event.id,
    ...origin(delivery, event.uuid),
    tlp: tlpOf([...record.tags, ...event.tags]),
    tags: namesOf(record.tags),
    comment: record.comment,
    first_seen: record.firstSeen,
    last_seen: record.lastSeen,
    attribute_time: record.timestamp,
    publish_time: event.publishTimestamp > 0 ? event.publishTimestamp : undefined,
    observed_time: delivery.observedAt,
    distribution: numberOrText(record.distribution),
    sharing_group_id: record.sharingGroupId,
    warninglists: record.warninglists,
    expires_time: delivery.expiresAt ?? undefined,
    ...decayOf(record.decay),
    object: record.object ? { id: record.object.id, relation: record.object.relation } : undefined,
    event: {
      uuid: event.uuid,
      info: event.info,
      org: event.org,
      orgc: event.orgc,
      date: event.date,
      threat_level: event.threatLevel,
      analysis: event.analysis,
      published: event.published,
      tags: namesOf(event.tags),
    },
    data: record.attachment ?? undefined,
  });
}

function withdrawalBody(delivery: Withdrawal): Record<string, unknown> {
  const { uuid, value, type, category, toIds, eventId, eventUuid, timestamp } = delivery.identity;
  return present({
    ...identity(delivery, uuid, value, type),
    category,
    to_ids: toIds,
    event_id: eventId,
    ...origin(delivery, eventUuid),
    reason: delivery.reason,
    attribute_time: timestamp,
    observed_time: delivery.observedAt,
    event: { uuid: eventUuid },
  });
}

const identity = ({ action }: Delivery, uuid: string, value: string, type: string): Record<string, unknown> => {
  const halves = halvesOf(type, value);
  return { schema: SCHEMA, action, uuid, value, type, value1: halves?.[0], value2: halves?.[1] };
};

/** Only where the feed asks for scores. */
const decayOf = (scores: readonly DecayScore[] | null): Record<string, unknown> =>
  scores === null
    ? {}
    : {
        decayed: isDecayed(scores),
        decay: scores.map(({ model, score, decayed }) => ({ model, score, decayed })),
      };

const origin = (
  { seq, deliveryId, feed, source, sourceUrl }: Delivery,
  eventUuid: string,
): Record<string, unknown> => ({
  seq,
  delivery_id: deliveryId,
  feed,
  misp: source,
  link: `${sourceUrl}/events/view/${eventUuid}`,
});

/** One line for `/services/collector/event`: only the keys that HEC knows, since any other loses data with a 200 (T3). */
export function envelopeOf(
  delivery: Delivery,
  shape: (body: Record<string, unknown>) => Record<string, unknown>,
  options: EnvelopeOptions,
): Record<string, unknown> {
  const time = timeOf(delivery, options.time);
  const body = bodyOf(delivery);
  return present({
    time: time ?? delivery.observedAt,
    host: options.host,
    source: options.source ?? `misp:${delivery.source}`,
    sourcetype: options.sourcetype,
    index: options.index,
    event: shape(time === null ? { ...body, time_source: 'observed' } : body),
    fields: fieldsOf(delivery),
  });
}

/** Epoch seconds; null when MISP has no usable one. A withdrawal happens when it is found. */
function timeOf(delivery: Delivery, option: TimeOption): number | null {
  if (delivery.action === 'withdraw' || option === 'observed') return delivery.observedAt;
  const { timestamp, event } = delivery.record;
  const time = option === 'publish' ? event.publishTimestamp : timestamp;
  return time > 0 ? time : null;
}

/** Indexed fields: flat texts, never null, below 1,000 characters (splunk-hec rule 6). They do not pass through `translate:`. */
function fieldsOf(delivery: Delivery): Record<string, string> {
  const upsert = delivery.action === 'upsert';
  const fields: Record<string, string> = {
    delivery_id: delivery.deliveryId,
    misp_uuid: upsert ? delivery.record.uuid : delivery.identity.uuid,
    misp_event_uuid: upsert ? delivery.record.event.uuid : delivery.identity.eventUuid,
    misp_type: upsert ? delivery.record.type : delivery.identity.type,
    misp_to_ids: String(upsert ? delivery.record.toIds : delivery.identity.toIds),
    action: delivery.action,
  };
  const said: Record<string, string> = {};
  for (const name of Object.keys(fields)) if (fields[name] !== '') said[name] = cut(fields[name]!);
  return said;
}

const FIELD_CHARACTERS_MAX = 999;
const cut = (text: string): string =>
  text.length <= FIELD_CHARACTERS_MAX ? text : text.slice(0, FIELD_CHARACTERS_MAX).replace(/[\ud800-\udbff]$/, '');

/** `white` of TLP 1.0 is `clear` of 2.0: one word for both, so that one search finds them. */
function tlpOf(tags: readonly RecordTag[]): string | undefined {
  const rank = strictestTlp(tags.map(({ name }) => name));
  return rank === null ? undefined : TLP_LEVELS.find((level) => tlpRank(level) === rank);
}

const namesOf = (tags: readonly RecordTag[]): string[] => tags.map(({ name }) => name);

function numberOrText(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}

/** Made for every record, so without lists of pairs in between. */
function present(object: Record<string, unknown>): Record<string, unknown> {
  const said: Record<string, unknown> = {};
  for (const key of Object.keys(object)) if (object[key] !== undefined) said[key] = object[key];
  return said;
}

/** The keys of a body at its top, and of its `event`: what `translate:` can name. */
export const BODY_KEYS: readonly string[] = [
  ...['schema', 'action', 'uuid', 'value', 'type', 'value1', 'value2', 'category', 'to_ids', 'event_id', 'seq'],
  ...['delivery_id', 'feed', 'misp', 'link', 'tlp', 'tags', 'comment', 'first_seen', 'last_seen', 'attribute_time'],
  ...['publish_time', 'observed_time', 'distribution', 'sharing_group_id', 'warninglists', 'expires_time'],
  ...['decayed', 'decay', 'object', 'event', 'data', 'reason', 'time_source'],
];
export const EVENT_KEYS: readonly string[] = [
  ...['uuid', 'info', 'org', 'orgc', 'date', 'threat_level', 'analysis', 'published', 'tags'],
];

/** `event.info`, or `info` where only the event has such a key; the new name stays in the same object, and constants at the top. */
export const splunkVocabulary: Vocabulary = {
  what: 'event',
  keys: [...BODY_KEYS, ...EVENT_KEYS.map((name) => `event.${name}`)],
  identity: ['action', 'uuid', 'seq', 'delivery_id'],
  pathOf: (key) => {
    if (key.startsWith('event.')) return ['event', key.slice('event.'.length)];
    return !BODY_KEYS.includes(key) && EVENT_KEYS.includes(key) ? ['event', key] : [key];
  },
  renamed: (from, to) => [...from.slice(0, -1), to],
  constant: (key) => [key],
};
