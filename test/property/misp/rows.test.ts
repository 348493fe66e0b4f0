import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matches } from '../../../src/misp/filter.ts';
import { filterDigest, filterSchema, restSearchOf } from '../../../src/misp/query.ts';
import { recordOf } from '../../../src/misp/record.ts';
import { parseRow } from '../../../src/misp/schema.ts';
import { complaintAbout } from '../../../src/misp/rest-search-keys.ts';
import { TLP_LEVELS, tlpRank } from '../../../src/records/tlp.ts';
import { eventOf, rowOf } from '../../unit/misp/rows.ts';

const record = (more: Record<string, unknown>) => {
  const parsed = parseRow(rowOf(more));
  if (!parsed.ok) throw new Error(parsed.reason);
  return recordOf(parsed.row);
};
const named = (names: string[]) => names.map((name) => ({ name }));

it('parseRow never throws, whatever stands in a row', () => {
  const field = fc.constantFrom(...Object.keys(rowOf()), '__proto__');
  fc.assert(
    fc.property(field, fc.anything({ withBigInt: true, withNullPrototype: true }), (name, value) => {
      const parsed = parseRow({ ...rowOf(), [name]: value });
      if (parsed.ok) recordOf(parsed.row);
      else expect(parsed.reason).toMatch(/^Attribute.*\.$/);
    }),
  );
  fc.assert(
    fc.property(fc.anything(), (raw) => {
      expect(parseRow(raw)).toMatchObject({ ok: false });
    }),
  );
});

it('any text is delivered as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (value, comment) => {
      expect(record({ value, comment })).toMatchObject({ value, comment });
    }),
  );
});

it('any timestamp in seconds is taken, as text and as number', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 }), (timestamp) => {
      expect(record({ timestamp }).timestamp).toBe(timestamp);
      expect(record({ timestamp: String(timestamp) }).timestamp).toBe(timestamp);
    }),
  );
});

const level = fc.constantFrom(...TLP_LEVELS);
const anyCase = level.chain((name) => fc.mixedCase(fc.constant(`tlp:${name}`)));

it('a record passes maxTlp exactly when each of its TLP tags does, wherever it stands and in any case', () => {
  fc.assert(
    fc.property(fc.array(anyCase), fc.array(anyCase), level, (own, event, maxTlp) => {
      const allowed = [...own, ...event].every(
        (tag) => tlpRank(tag.slice(4).toLowerCase() as 'red') <= tlpRank(maxTlp),
      );
      const of = record({ Tag: named(own), Event: eventOf({ Tag: named(event) }) });
      expect(matches(filterSchema.parse({ maxTlp }), of)).toBe(allowed ? null : 'maxTlp');
    }),
  );
});

const words = fc.uniqueArray(fc.constantFrom<string>('ip-dst', 'domain', 'url', 'md5', '!ip-dst', '!url'), {
  minLength: 1,
});

it('a list takes any of its entries and none of its negations', () => {
  fc.assert(
    fc.property(words, fc.constantFrom('ip-dst', 'domain', 'url', 'md5'), (types, type) => {
      const wanted = types.filter((each) => !each.startsWith('!'));
      const passes = !types.includes(`!${type}`) && (wanted.length === 0 || wanted.includes(type));
      expect(matches(filterSchema.parse({ types, maxTlp: 'off' }), record({ type }))).toBe(passes ? null : 'type');
    }),
  );
});

it('the digest knows no order, and the friendly filters never reach MISP', () => {
  fc.assert(
    fc.property(words, words, fc.boolean(), (types, tags, toIds) => {
      const filter = filterSchema.parse({ types, tags, toIds });
      const turned = filterSchema.parse({ toIds, tags: tags.toReversed(), types: types.toReversed() });
      expect(filterDigest(turned)).toBe(filterDigest(filter));
      expect(restSearchOf(filter)).toEqual({});
    }),
  );
});

it('no value that MISP takes for no filter gets through', () => {
  const nothing = fc.constantFrom(false, null, '', [], {}, [''], [false], [[]], [null]);
  const key = fc.constantFrom('type', 'tags', 'uuid', 'to_ids', 'org', 'first_seen', 'includeSightings');
  fc.assert(
    fc.property(key, nothing, (name, value) => {
      expect(complaintAbout(name, value)).not.toBeNull();
    }),
  );
});
