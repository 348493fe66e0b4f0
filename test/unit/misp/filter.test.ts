import { describe, expect, it } from 'vitest';
import { matches } from '../../../src/misp/filter.ts';
import { filterDigest, filterSchema, includesOf, pageSizeOf, restSearchOf } from '../../../src/misp/query.ts';
import { recordOf } from '../../../src/misp/record.ts';
import { parseRow } from '../../../src/misp/schema.ts';
import type { IndicatorRecord } from '../../../src/records/record.ts';
import { eventOf, rowOf } from './rows.ts';

function record(more: Record<string, unknown> = {}): IndicatorRecord {
  const parsed = parseRow(rowOf(more));
  if (!parsed.ok) throw new Error(parsed.reason);
  return recordOf(parsed.row);
}
const tagged = (attributeTags: string[], eventTags: string[] = []): IndicatorRecord =>
  record({
    Tag: attributeTags.map((name) => ({ name })),
    Event: eventOf({ Tag: eventTags.map((name) => ({ name })) }),
  });

const rule = (filter: unknown, of: IndicatorRecord = record()): string | null =>
  matches(filterSchema.parse(filter), of);

function complaints(filter: unknown): string {
  const parsed = filterSchema.safeParse(filter);
  return parsed.success
    ? ''
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

describe('matches', () => {
  it.each<[unknown, string | null]>([
    [undefined, null],
    [{ types: ['ip-dst', 'domain'] }, null],
    [{ types: ['domain'] }, 'type'],
    [{ types: ['!ip-dst'] }, 'type'],
    [{ types: ['ip-%'] }, null],
    [{ types: ['ip-dst', '!domain'] }, null],
    [{ categories: ['network activity'] }, null],
    [{ categories: ['Payload delivery'] }, 'category'],
    [{ toIds: true }, null],
    [{ toIds: false }, 'toIds'],
    [{ published: false }, 'published'],
    [{ orgs: ['orgname'] }, null],
    [{ orgs: ['adbb348f-21b2-425e-be7b-e7b91e4b4547'] }, null],
    [{ orgs: ['!ORGNAME'] }, 'org'],
    [{ eventIds: [1] }, null],
    [{ eventIds: ['9e1b3d87-795e-43c5-a950-6bb0c58b7d69'] }, null],
    [{ eventIds: ['!1'] }, 'eventId'],
    [{ threatLevels: ['low'] }, null],
    [{ threatLevels: [1, 2] }, 'threatLevel'],
    [{ tags: ['own'] }, null],
    [{ tags: ['TRIAGE:*'] }, null],
    [{ tags: ['absent'] }, 'tag'],
    [{ tags: ['!own'] }, 'tag !own'],
    [{ tags: ['!triage:%', 'own'] }, 'tag !triage:%'],
    [{ maxTlp: 'amber' }, null],
    [{ maxTlp: 'green' }, 'maxTlp'],
    [{ maxTlp: 'off' }, null],
    [{ maxTlp: false }, null],
  ])('%j: %s', (filter, expected) => {
    expect(rule(filter)).toBe(expected);
  });

  it.each<[string[], string[], string, string | null]>([
    [['tlp:green'], ['tlp:red'], 'amber', 'maxTlp'],
    [['TLP:RED'], [], 'amber+strict', 'maxTlp'],
    [['tlp:amber+strict'], [], 'amber', 'maxTlp'],
    [['TLP:AMBER+STRICT'], ['tlp:white'], 'amber+strict', null],
    [['tlp:clear'], [], 'white', null],
    [['tlp: Amber'], [], 'green', 'maxTlp'],
    [['tlp:ex:chr'], [], 'amber+strict', 'maxTlp'],
    [['tlp:ex:chr'], [], 'red', null],
    [[], [], 'clear', null],
  ])('attribute %j and event %j under %s: %s', (own, event, maxTlp, expected) => {
    expect(rule({ maxTlp }, tagged(own, event))).toBe(expected);
  });

  it('red is filtered by default, and what carries no TLP only when told so', () => {
    expect(rule({}, tagged(['tlp:red']))).toBe('maxTlp');
    expect(rule({}, tagged([]))).toBeNull();
    expect(rule({ untaggedTlp: 'deny' }, tagged([]))).toBe('untaggedTlp');
    expect(rule({ untaggedTlp: 'deny' }, tagged(['tlp:green']))).toBeNull();
  });

  it('a value on a warninglist is filtered only when told so', () => {
    const warned = record({ warnings: [{ warninglist_name: 'RFC 1918' }] });
    expect(rule({}, warned)).toBeNull();
    expect(rule({ enforceWarninglist: true }, warned)).toBe('warninglist');
    expect(includesOf(filterSchema.parse({ enforceWarninglist: true }))).toHaveProperty('includeWarninglistHits', 1);
  });
});

describe('what is refused at start', () => {
  it.each<[unknown, RegExp]>([
    [{ types: [] }, /empty list/],
    [{ tpyes: ['x'] }, /tpyes/i],
    [{ threatLevels: ['huge'] }, /High, Medium, Low/],
    [{ maxTlp: 'purple' }, /amber/],
    [{ restSearch: { to_ids: false } }, /to_ids.*write 0/],
    [{ restSearch: { type: [] } }, /empty/],
    [{ restSearch: { type: [''] } }, /empty or false entry/],
    [{ restSearch: { typ: 'x' } }, /did you mean `type`/],
    [{ restSearch: { comment: 'x' } }, /does not know `comment`/],
    [{ restSearch: { timestamp: '30d' } }, /use `since`/],
    [{ restSearch: { last: '1d' } }, /use `since`/],
    [{ restSearch: { published: 1 } }, /`published` of the filter/],
    [{ restSearch: { enforceWarninglist: 1 } }, /drops rows/],
    [{ restSearch: { excludeDecayed: 1 } }, /drops rows/],
    [{ restSearch: { includeProposals: 1 } }, /drops rows or tags/],
    [{ restSearch: { returnFormat: 'csv' } }, /the reading sets it/],
    [{ restSearch: { order: 'id' } }, /the reading sets it/],
    [{ restSearch: { first_seen: '2024' } }, /epoch seconds/],
    [{ restSearch: { first_seen: [5, 1] } }, /reversed/],
    [{ restSearch: { first_seen: [5] } }, /one time, or two/],
  ])('%j', (filter, message) => {
    expect(complaints(filter)).toMatch(message);
  });

  it('useful keys pass', () => {
    const restSearch = {
      threat_level_id: [1, 2, 3],
      tags: { OR: ['a'], NOT: ['b'] },
      includeSightings: 1,
      first_seen: [1, 5],
    };
    expect(complaints({ restSearch })).toBe('');
  });
});

describe('what is sent to MISP', () => {
  it('is nothing that an edit can change, unless a person names it', () => {
    const filter = filterSchema.parse({
      types: ['ip-dst'],
      categories: ['x'],
      tags: ['!a'],
      toIds: true,
      published: true,
      orgs: ['x'],
      threatLevels: [1],
      enforceWarninglist: true,
      maxTlp: 'green',
    });
    expect(restSearchOf(filter)).toEqual({});
    expect(restSearchOf(filterSchema.parse({ restSearch: { type: 'url', includeSightings: 1 } }))).toEqual({
      type: 'url',
    });
  });

  it('event ids go along, since an attribute never moves, but no negation', () => {
    expect(restSearchOf(filterSchema.parse({ eventIds: [2, '3'] }))).toEqual({ eventid: ['2', '3'] });
    expect(restSearchOf(filterSchema.parse({ eventIds: [2, '!3'] }))).toEqual({});
  });

  it('the context is always asked for, attachments only when told so', () => {
    const filter = filterSchema.parse({ restSearch: { includeSightings: 1 } });
    const always = { includeContext: 1, includeEventTags: 1, includeWarninglistHits: 1 };
    expect(includesOf(filter)).toEqual({ ...always, includeSightings: 1 });
    expect(includesOf(filter, { attachments: true })).toHaveProperty('withAttachments', 1);
  });

  it.each([
    [{}, {}, undefined, 5000],
    [{}, {}, 200, 200],
    [{}, {}, 90_000, 5000],
    [{}, { scores: [] }, undefined, 1000],
    [{ includeSightings: 0 }, {}, undefined, 5000],
    [{ includeCorrelations: 'true' }, {}, 200, 200],
  ])('with %j and %j, asked for %s rows: pages of %i', (restSearch, wanted, asked, size) => {
    expect(pageSizeOf(includesOf(filterSchema.parse({ restSearch }), wanted), asked)).toBe(size);
  });
});

describe('filterDigest', () => {
  const digest = (filter: unknown): string => filterDigest(filterSchema.parse(filter));
  it('is the same whatever the order of lists and keys, and when a default is written out', () => {
    expect(digest({ types: ['a', 'b'], toIds: true })).toBe(
      digest({ toIds: true, types: ['b', 'a'], maxTlp: 'amber+strict' }),
    );
  });
  it('differs when the filter does', () => {
    const filters = [
      {},
      { types: ['a'] },
      { types: ['b'] },
      { tags: ['a'] },
      { toIds: true },
      { restSearch: { first_seen: [1, 5] } },
    ];
    expect(new Set(filters.map(digest)).size).toBe(filters.length);
  });
});
