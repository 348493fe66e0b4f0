import { describe, expect, it } from 'vitest';
import { recordOf } from '../../../src/misp/record.ts';
import { type AttributeRow, parseRow } from '../../../src/misp/schema.ts';
import type { IndicatorRecord } from '../../../src/records/record.ts';
import { eventOf, rowOf, UUID } from './rows.ts';

function rowFrom(raw: unknown): AttributeRow {
  const parsed = parseRow(raw);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.row;
}
const record = (more: Record<string, unknown> = {}): IndicatorRecord => recordOf(rowFrom(rowOf(more)));

describe('parseRow', () => {
  it('takes numbers and flags as strings, numbers and booleans alike, and keeps unknown fields', () => {
    const strings = rowFrom(rowOf({ to_ids: '1', deleted: '0', id: '3', timestamp: '7', newField: { x: 1 } }));
    const numbers = rowFrom(rowOf({ to_ids: 1, deleted: 0, id: 3, timestamp: 7, newField: { x: 1 } }));
    expect(strings).toEqual(numbers);
    expect(strings).toMatchObject({ id: 3, timestamp: 7, to_ids: true, deleted: false, newField: { x: 1 } });
  });

  it.each([
    ['a value of 5 MB', { value: 'x'.repeat(5_000_000) }],
    ['NUL', { value: 'a\u0000b' }],
    ['a lone surrogate', { value: '\ud800' }],
    ['a number as value', { value: 42 }],
    ['an empty value', { value: '' }],
    ['the year 2099', { timestamp: '4092595200' }],
    ['timestamp 0', { timestamp: '0' }],
    ['a negative timestamp', { timestamp: '-5' }],
    ['no tags at all', { Tag: undefined }],
    ['no Org', { Event: eventOf({ Org: undefined, Orgc: undefined }) }],
  ])('%s is a good row', (_, more) => {
    const row = rowFrom(rowOf(more));
    if ('value' in more) expect(row.value).toBe(String(more.value));
    if ('timestamp' in more) expect(row.timestamp).toBe(Number(more.timestamp));
  });

  it.each([
    ['no uuid', { uuid: undefined }, 'Attribute.uuid is missing.'],
    ['a uuid that is none', { uuid: 'banana' }, 'Attribute.uuid is no UUID.'],
    ['text where a number should be', { timestamp: 'banana' }, 'Attribute.timestamp is not a whole number.'],
    ['no value', { value: null }, 'Attribute.value is missing.'],
    ['a list as value', { value: ['x'] }, 'Attribute.value has the wrong type (list).'],
    ['no event', { Event: undefined }, 'Attribute.Event is missing.'],
    ['an event without its context', { Event: { id: '1', uuid: UUID } }, 'Attribute.Event.published is missing.'],
    ['a tag without a name', { Tag: [{ id: '1' }] }, 'Attribute.Tag.0 has no name.'],
    ['to_ids that is no flag', { to_ids: 'perhaps' }, 'Attribute.to_ids is not a flag.'],
  ])('%s is a bad row, with the reason', (_, more, reason) => {
    const raw = rowOf(more);
    expect(parseRow(raw)).toMatchObject({ ok: false, reason, raw });
  });

  it('says what it could read of a bad row', () => {
    expect(parseRow(rowOf({ value: null }))).toMatchObject({ uuid: UUID, id: '3', timestamp: 1735823235 });
    expect(parseRow({ uuid: 5 })).not.toHaveProperty('uuid');
  });

  it.each([null, 5, 'row', [], undefined, { __proto__: null }])('never throws: %j', (raw) => {
    expect(parseRow(raw)).toMatchObject({ ok: false });
  });
});

describe('recordOf', () => {
  it('tells own tags from those of the event', () => {
    expect(record()).toMatchObject({
      tags: [{ name: 'own', local: false }],
      event: {
        tags: [
          { name: 'tlp:amber', local: false },
          { name: 'triage:done', local: true },
        ],
      },
    });
    const inheritedOnly = record({ Event: eventOf({ Tag: undefined }) });
    expect(inheritedOnly.event.tags).toEqual([{ name: 'tlp:amber', local: false }]);
  });

  it.each([
    ['1', 'High'],
    [2, 'Medium'],
    ['3', 'Low'],
    ['4', 'Undefined'],
    ['9', 'Undefined'],
  ])('threat_level_id %s is %s, whatever Event.ThreatLevel says', (id, level) => {
    const event = eventOf({ threat_level_id: id, ThreatLevel: { name: 'Wrong' } });
    expect(record({ Event: event }).event.threatLevel).toBe(level);
  });

  it('reads analysis, object, times, warninglists and attachment', () => {
    expect(record()).toMatchObject({ object: null, warninglists: [], attachment: null, firstSeen: null });
    const full = record({
      object_id: '12',
      object_relation: 'ip',
      first_seen: '2024-12-20T18:30:51.000000+00:00',
      data: 'AAAA',
      warnings: [{ warninglist_name: 'RFC 1918' }, { warninglist_name: 'RFC 1918' }, { warninglist_name: 'Top 1000' }],
    });
    expect(full).toMatchObject({
      object: { id: '12', relation: 'ip' },
      firstSeen: '2024-12-20T18:30:51.000000+00:00',
      attachment: 'AAAA',
      warninglists: ['RFC 1918', 'Top 1000'],
      event: { analysis: 'Completed', org: '', orgc: 'ORGNAME', published: true, publishTimestamp: 1795376219 },
    });
  });
});
