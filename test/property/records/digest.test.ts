// The digests of records that were delivered lie in ledgers: a quicker way of making them must make the same ones.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { digestOf } from '../../../src/records/digest.ts';
import type { IndicatorRecord } from '../../../src/records/record.ts';
import { eventDetails } from '../../support/records.ts';

/** The definition, word for word: JSON with sorted keys, without what changes by itself, of a feed without decay and context. */
function definedDigest(record: IndicatorRecord, published: boolean): string {
  const {
    id: _id,
    disableCorrelation: _no,
    decay: _decay,
    context: _context,
    event,
    object,
    tags,
    ...attribute
  } = record;
  const { id: _eventId, timestamp: _at, publishTimestamp: _publishedAt, details: _details, ...stable } = event;
  const names = (list: IndicatorRecord['tags']): string[] =>
    list.map(({ name, local }) => (local ? `local ${name}` : name)).sort();
  const content = [attribute, names(tags), object?.relation ?? null, { ...stable, published, tags: names(event.tags) }];
  const sorted = (_key: string, value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(JSON.stringify(content, sorted)).digest('hex').slice(0, 24);
}

const text = fc.string({ unit: 'binary' });
const tags = fc.array(fc.record({ name: text, local: fc.boolean() }), { maxLength: 4 });
const events = fc.record({
  id: text,
  uuid: fc.uuid(),
  info: text,
  date: text,
  threatLevel: text,
  analysis: text,
  published: fc.boolean(),
  publishTimestamp: fc.integer(),
  timestamp: fc.integer(),
  org: text,
  orgc: text,
  orgcUuid: text,
  distribution: text,
  tags,
  details: fc.constant(eventDetails),
});
const records: fc.Arbitrary<IndicatorRecord> = fc.record({
  uuid: fc.uuid(),
  id: text,
  type: text,
  category: text,
  value: text,
  toIds: fc.boolean(),
  deleted: fc.boolean(),
  timestamp: fc.integer(),
  comment: text,
  distribution: text,
  sharingGroupId: text,
  firstSeen: fc.option(text),
  lastSeen: fc.option(text),
  object: fc.option(fc.record({ id: text, relation: text, details: fc.constant(null) })),
  tags,
  warninglists: fc.array(text, { maxLength: 3 }),
  attachment: fc.option(text),
  disableCorrelation: fc.option(fc.boolean()),
  decay: fc.constant(null),
  context: fc.constant(null),
  event: events,
});

it('a digest is what it is defined to be, whatever the record holds', () => {
  fc.assert(
    fc.property(records, fc.boolean(), (record, published) => {
      expect(digestOf(record, published)).toBe(definedDigest(record, published));
      expect(digestOf(record)).toBe(definedDigest(record, record.event.published));
    }),
  );
});

it('records that share an event have digests of their own', () => {
  fc.assert(
    fc.property(records, records, (one, other) => {
      const shared = { ...other, event: one.event };
      digestOf(one);
      expect(digestOf(shared)).toBe(definedDigest(shared, shared.event.published));
    }),
  );
});
