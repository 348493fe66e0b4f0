// The digest of a record says whether anything that we deliver has changed. It is made before encoding and hooks, so that a
// new form of our events does not send everything again.
import { createHash } from 'node:crypto';
import type { IndicatorRecord, RecordTag } from './record.ts';

const DIGEST_HEX_DIGITS = 24;

/**
 * Left out on purpose, because they change without the content: `id`, `event.id` and `object.id` (local to the instance),
 * `event.timestamp`, `event.publishTimestamp`. So a republish without a change sends nothing.
 */
const VOLATILE: ReadonlySet<string> = new Set(['id', 'timestamp', 'publishTimestamp']);

/** 24 hex digits. `published` stands in for the event's own flag (see verdict.ts). */
export function digestOf(record: IndicatorRecord, published: boolean = record.event.published): string {
  const { id: _id, event, object, tags, ...attribute } = record;
  const stable = Object.entries({ ...event, published, tags: namesOf(event.tags) }).filter(
    ([name]) => !VOLATILE.has(name),
  );
  const content = [attribute, namesOf(tags), object?.relation ?? null, Object.fromEntries(stable)];
  return createHash('sha256').update(JSON.stringify(content, sortedKeys)).digest('hex').slice(0, DIGEST_HEX_DIGITS);
}

/** MISP gives tags in no particular order. */
const namesOf = (tags: readonly RecordTag[]): string[] =>
  tags.map(({ name, local }) => (local ? `local ${name}` : name)).sort();

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
