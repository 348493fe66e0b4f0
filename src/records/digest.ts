// The digest of a record says whether anything that we deliver has changed. It is made before encoding and hooks, so that a
// new form of our events does not send everything again.
import { createHash } from 'node:crypto';
import type { IndicatorRecord, RecordEvent, RecordTag, SiblingAttribute } from './record.ts';

const DIGEST_HEX_DIGITS = 24;
/** Points of a decay score. */
export const DECAY_STEP = 10;

/**
 * 24 hex digits of SHA-256 over `[attribute, tags, relation, event]` as JSON with sorted keys; what only some feeds ask for (decay
 * scores in steps, context) follows as more elements, so that the others keep their digests. `published` stands in for the event's own
 * flag (see verdict.ts), and `decayStep` says how far a decay score moves before it counts as another. A digest must never change
 * for the same record: everything would be sent again.
 */
export function digestOf(
  record: IndicatorRecord,
  published: boolean = record.event.published,
  decayStep: number = DECAY_STEP,
): string {
  const { tags, object, event } = record;
  const relation = JSON.stringify(object?.relation ?? null);
  const more = moreJson(record, decayStep);
  const content = `[${attributeJson(record)},${JSON.stringify(namesOf(tags))},${relation},${eventJson(event, published)}${more}]`;
  return createHash('sha256').update(content).digest('hex').slice(0, DIGEST_HEX_DIGITS);
}

/** What only some feeds ask for: decay scores in steps, the object, the neighbours. */
function moreJson({ decay, object, context }: IndicatorRecord, decayStep: number): string {
  const details = object?.details;
  const parts = [
    decay && {
      decay: decay
        .map(({ modelId, score, decayed }) => [modelId, Math.floor(score / decayStep), decayed])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    },
    details && {
      object: [details.uuid, details.name, details.comment, details.deleted, details.firstSeen, details.lastSeen],
      attributes: details.attributes.map(siblingContent),
    },
    context && { context: context.map(siblingContent) },
  ];
  return parts.map((part) => (part ? `,${JSON.stringify(part)}` : '')).join('');
}

const siblingContent = ({ uuid, type, value, relation, toIds, deleted, comment }: SiblingAttribute): unknown[] => [
  ...[uuid, type, value, relation, toIds, deleted, comment],
];

/** Digested beside the attribute, or local to the instance (`id`), or never changed without the timestamp (`disableCorrelation`). */
type NotInAttribute = 'id' | 'event' | 'object' | 'tags' | 'decay' | 'context' | 'disableCorrelation';

/** In the order of the names: the type holds it complete. */
function attributeJson(record: IndicatorRecord): string {
  const content: Record<Exclude<keyof IndicatorRecord, NotInAttribute>, unknown> = {
    attachment: record.attachment,
    category: record.category,
    comment: record.comment,
    deleted: record.deleted,
    distribution: record.distribution,
    firstSeen: record.firstSeen,
    lastSeen: record.lastSeen,
    sharingGroupId: record.sharingGroupId,
    timestamp: record.timestamp,
    toIds: record.toIds,
    type: record.type,
    uuid: record.uuid,
    value: record.value,
    warninglists: record.warninglists,
  };
  return JSON.stringify(content);
}

/** Rows of one event share their event, so its text is made once: for each of the two values of the flag. */
const texts = new WeakMap<RecordEvent, Map<boolean, string>>();

function eventJson(event: RecordEvent, published: boolean): string {
  const known = texts.get(event) ?? new Map<boolean, string>();
  texts.set(event, known);
  let text = known.get(published);
  if (text === undefined) known.set(published, (text = JSON.stringify(eventContent(event, published))));
  return text;
}

/**
 * Left out on purpose, because they change without the content: `id`, which is local to the instance, `timestamp`,
 * `publishTimestamp` and the details. So a republish without a change sends nothing.
 */
const eventContent = (
  event: RecordEvent,
  published: boolean,
): Record<Exclude<keyof RecordEvent, 'id' | 'timestamp' | 'publishTimestamp' | 'details'>, unknown> => ({
  analysis: event.analysis,
  date: event.date,
  distribution: event.distribution,
  info: event.info,
  org: event.org,
  orgc: event.orgc,
  orgcUuid: event.orgcUuid,
  published,
  tags: namesOf(event.tags),
  threatLevel: event.threatLevel,
  uuid: event.uuid,
});

/** MISP gives tags in no particular order. */
const namesOf = (tags: readonly RecordTag[]): string[] =>
  tags.map(({ name, local }) => (local ? `local ${name}` : name)).sort();
