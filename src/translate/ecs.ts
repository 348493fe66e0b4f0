// A delivery as an ECS threat document, in the shape of Elastic's own MISP integration (elastic-ti-misp 2). Pure. What fills which field:
// types.ts and docs/ecs-fields.md; the parts lie in the folder beside this file.
import type { Delivery, Upsert, Withdrawal } from '../records/delivery.ts';
import type { IndicatorRecord } from '../records/record.ts';
import { dateOfSeconds, dateOfText } from './ecs/dates.ts';
import { fill, ipVersion, type Json, type Made } from './ecs/fields.ts';
import { mispOf, withdrawnAttribute } from './ecs/misp.ts';
import { said } from './ecs/said.ts';
import { tagFields, type TagFields } from './ecs/tags.ts';
import { halvesOf, typeRow } from './types.ts';

export { ecsVocabulary } from './ecs/vocabulary.ts';

export interface EcsOptions {
  /** `threat.feed.name`. */
  feedName: string;
  /** Whose time stands in `@timestamp`: that of the attribute, of the event's publication, or of our reading. */
  time: 'attribute' | 'publish' | 'observed';
  /** In front of MISP's own; null: those of Elastic's integration. */
  tags: readonly string[] | null;
  /** Of `data_stream.namespace`. */
  namespace: string;
  /** `threat.feed.dashboard_id`. */
  dashboardId: string;
  preserveOriginal: boolean;
}

const ECS_VERSION = '8.11.0';

/**
 * The document of a record, or of its withdrawal. What MISP does not say is left out, and a value that cannot be read costs the document
 * that field, with a note in `error.message`. `event.ingested` stands in front and has a fixed width: the destination sets it when it sends.
 */
export const documentOf = (delivery: Delivery, options: EcsOptions): Json =>
  delivery.action === 'upsert' ? upsertDocument(delivery, options) : withdrawalDocument(delivery, options);

/**
 * The document of a withdrawal as a mark on what stands in an index. Its `event.type` is `info`, which ECS allows, and not `indicator`: so
 * rules that match indicators pass it by.
 */
export const markOf = (document: Json): Json => ({
  ...document,
  event: { ...(document['event'] as Json), type: ['info'] },
});

function upsertDocument(delivery: Upsert, options: EcsOptions): Json {
  const { record, original } = delivery;
  const made = madeOf(record.type, record.value);
  const tags = tagsOf(record);
  const keeps = options.preserveOriginal && original !== null;
  if (record.object?.details) relateObject(made, record);
  const timestamp = timestampOf(delivery, options, made);
  const { related, notes, top } = made;
  const { group, ...other } = top;
  const { details } = record.event;
  return said({
    event: eventOf(delivery, keeps ? { original } : {}),
    '@timestamp': timestamp,
    ecs: { version: ECS_VERSION },
    data_stream: dataStreamOf(delivery, options),
    tags: [...ownTags(delivery, options), ...tags.names, ...(keeps ? ['preserve_original_event'] : [])],
    threat: {
      feed: feedOf(delivery, options),
      indicator: said({
        ...indicatorOf(delivery, record, made, tags),
        ...made.indicator,
      }),
      ...tags.threat,
      ...(group ? { group: merged(tags.threat['group'] as Json | undefined, group as Json) } : {}),
    },
    ...other,
    misp: mispOf(delivery),
    misp_relay: relayOf(delivery),
    related: relatedOf(related),
    user: details.creatorEmail === '' ? undefined : { email: details.creatorEmail, roles: ['reporting_user'] },
    organization: details.org ? said({ id: details.org.id, name: details.org.name }) : undefined,
    error: notes.length > 0 ? { message: notes } : undefined,
  });
}

function withdrawalDocument(delivery: Withdrawal, options: EcsOptions): Json {
  const { identity, observedAt } = delivery;
  const made = madeOf(identity.type, identity.value);
  const { group: _, ...other } = made.top;
  return said({
    event: eventOf(delivery),
    '@timestamp': dateOfSeconds(observedAt),
    ecs: { version: ECS_VERSION },
    data_stream: dataStreamOf(delivery, options),
    tags: [...ownTags(delivery, options), ...identity.tags.map((name) => name.replace(/["\\]/g, ''))],
    threat: {
      feed: feedOf(delivery, options),
      indicator: said({
        type: typeOf(identity.type, identity.value),
        name: identity.value,
        provider: identity.orgc || 'misp',
        reference: linkTo(delivery, identity.eventUuid),
        ...made.indicator,
      }),
    },
    ...other,
    misp: { attribute: withdrawnAttribute(delivery) },
    misp_relay: relayOf(delivery),
    related: relatedOf(made.related),
  });
}

function madeOf(type: string, value: string): Made {
  const made: Made = { indicator: {}, top: {}, related: { hash: [], ip: [], hosts: [] }, notes: [] };
  const { fields } = typeRow(type);
  if (fields.length === 1) fill(made, fields[0]!, value);
  else {
    const halves = halvesOf(type, value);
    if (halves) fields.forEach((field, n) => fill(made, field, halves[n]!));
    else {
      made.notes.push('the value has one half only: the fields of the other one are left out');
      fill(made, fields[0]!, value);
    }
  }
  return made;
}

/** ECS knows addresses of both versions by a name of their own each. */
function typeOf(type: string, value: string): string | undefined {
  const { indicator } = typeRow(type);
  if (indicator !== 'ip') return indicator ?? undefined;
  const version = ipVersion(halvesOf(type, value)?.[0] ?? value);
  return version === 6 ? 'ipv6-addr' : 'ipv4-addr';
}

function indicatorOf(delivery: Upsert, record: IndicatorRecord, { notes }: Made, tags: TagFields): Json {
  const { event } = record;
  const { orgc } = event;
  return {
    type: typeOf(record.type, record.value),
    name: record.value,
    description: record.comment,
    provider: orgc === '' ? 'misp' : orgc,
    reference: linkTo(delivery, event.uuid),
    confidence: tags.confidence,
    first_seen: noted(record.firstSeen, 'first_seen', notes),
    last_seen: noted(record.lastSeen, 'last_seen', notes),
    modified_at: dateOfSeconds(record.timestamp),
    marking: tags.tlp.length === 0 ? undefined : said({ tlp: tags.tlp, tlp_version: tags.tlpVersion }),
  };
}

function noted(text: string | null, name: string, notes: string[]): string | undefined {
  if (text === null || text === '') return undefined;
  const date = dateOfText(text);
  if (date === null)
    notes.push(`threat.indicator.${name} is left out: MISP's time cannot be read, or no date shows it`);
  return date ?? undefined;
}

/** MISP's time may be 0, negative, or beyond what a date shows; then the time of our reading stands in for it. */
function timestampOf({ record, observedAt }: Upsert, { time }: EcsOptions, { notes }: Made): string | null {
  const chosen =
    time === 'observed' ? observedAt : time === 'publish' ? record.event.publishTimestamp : record.timestamp;
  const date = chosen > 0 ? dateOfSeconds(chosen) : null;
  if (date !== null) return date;
  notes.push('@timestamp is the time of reading: MISP has none that can be shown');
  return dateOfSeconds(observedAt);
}

const dataset = ({ endpoint }: Delivery): string =>
  endpoint === 'events' ? 'ti_misp.threat' : 'ti_misp.threat_attributes';

const eventOf = (delivery: Delivery, more: Json = {}): Json => {
  const read = dateOfSeconds(delivery.observedAt);
  return {
    ingested: read,
    kind: 'enrichment',
    category: ['threat'],
    type: ['indicator'],
    module: 'ti_misp',
    dataset: dataset(delivery),
    created: read,
    ...more,
  };
};

const dataStreamOf = (delivery: Delivery, { namespace }: EcsOptions): Json => ({
  type: 'logs',
  dataset: dataset(delivery),
  namespace,
});

const ownTags = ({ endpoint }: Delivery, { tags }: EcsOptions): readonly string[] =>
  tags ?? ['forwarded', endpoint === 'events' ? 'misp-threat' : 'misp-threat_attributes'];

const feedOf = ({ sourceUrl }: Delivery, { feedName, dashboardId }: EcsOptions): Json => ({
  name: feedName,
  dashboard_id: dashboardId,
  reference: sourceUrl,
});

const relayOf = (delivery: Delivery): Json => ({
  feed: delivery.feed,
  source: delivery.source,
  seq: delivery.seq,
  delivery_id: delivery.deliveryId,
  observed_at: dateOfSeconds(delivery.observedAt),
  ...(delivery.action === 'withdraw' ? { withdrawn: delivery.reason } : {}),
});

const linkTo = ({ sourceUrl }: Delivery, eventUuid: string): string => `${sourceUrl}/events/view/${eventUuid}`;

/** Tags of one event are the same for each of its attributes without tags of its own. */
const ofEvents = new WeakMap<object, TagFields>();

function tagsOf({ tags, event }: IndicatorRecord): TagFields {
  if (tags.length > 0) return tagFields(tags, event.tags);
  let known = ofEvents.get(event);
  if (!known) ofEvents.set(event, (known = tagFields([], event.tags)));
  return known;
}

/** Hashes, addresses and hosts of one object belong together. */
function relateObject({ related }: Made, { uuid, object }: IndicatorRecord): void {
  for (const sibling of object!.details!.attributes) {
    if (sibling.uuid === uuid) continue;
    const { related: more } = madeOf(sibling.type, sibling.value);
    related.hash.push(...more.hash);
    related.ip.push(...more.ip);
    related.hosts.push(...more.hosts);
  }
}

function relatedOf({ hash, ip, hosts }: Made['related']): Json | undefined {
  if (hash.length + ip.length + hosts.length === 0) return undefined;
  const unique = (values: string[]): string[] | undefined => (values.length > 0 ? [...new Set(values)] : undefined);
  return said({ hash: unique(hash), ip: unique(ip), hosts: unique(hosts) });
}

const merged = (one: Json | undefined, other: Json): Json => ({
  ...one,
  name: [...new Set([...((one?.['name'] as string[] | undefined) ?? []), ...(other['name'] as string[])])],
});
