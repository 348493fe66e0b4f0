// Whatever an attribute holds: its document keeps the value, has only fields that the index knows, each of its type, and no range in a
// field for addresses.
import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { documentOf } from '../../../src/translate/ecs.ts';
import { FIELDS, type FieldType } from '../../../src/translate/ecs/mapping.ts';
import { TYPES } from '../../../src/translate/types.ts';
import type { Upsert } from '../../../src/records/delivery.ts';
import { upsertOf } from '../../contract/harness/carry.ts';
import { leavesOf } from '../../support/leaves.ts';
import { recordWith } from '../../support/records.ts';

const options = {
  feedName: 'MISP',
  time: 'attribute',
  tags: null,
  namespace: 'n',
  dashboardId: 'd',
  preserveOriginal: true,
} as const;
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4(), fc.ipV6(), fc.webUrl(), fc.emailAddress());
const value = fc.oneof(
  text,
  fc.tuple(text, text).map((halves) => halves.join('|')),
  fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(200)).map(([address, bits]) => `${address}/${bits}`),
);
const type = fc.oneof(fc.constantFrom(...Object.keys(TYPES)), fc.string());
const seen = fc.option(
  fc.oneof(
    fc.string(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  ),
);

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?$/;
const IS: Record<FieldType, (given: unknown) => boolean> = {
  keyword: (given) => typeof given === 'string' && given !== '',
  text: (given) => typeof given === 'string',
  date: (given) => typeof given === 'string' && DATE.test(given),
  boolean: (given) => typeof given === 'boolean',
  long: (given) => Number.isSafeInteger(given),
  float: (given) => typeof given === 'number',
  ip: (given) => typeof given === 'string' && isIP(given) !== 0,
  ip_range: (given) => typeof given === 'string' && /^[^/]+\/\d+$/.test(given) && isIP(given.split('/')[0]!) !== 0,
  flattened: () => true,
  binary: (given) => typeof given === 'string',
};

it('every document can be indexed, and keeps its value', () => {
  fc.assert(
    fc.property(type, value, seen, fc.integer(), text, (kind, given, lastSeen, timestamp, comment) => {
      const record = recordWith({ type: kind, value: given, lastSeen, firstSeen: lastSeen, timestamp, comment });
      const made = documentOf({ ...(upsertOf(1) as Upsert), record, original: '{}' }, options);
      if (given !== '') expect(made).toMatchObject({ misp: { attribute: { value: given } } });
      for (const [name, leaf] of leavesOf(made, (path) => FIELDS.get(path) === 'flattened')) {
        const of = FIELDS.get(name);
        if (of === undefined || !IS[of](leaf)) throw new Error(`${name} (${of ?? 'unknown'}): ${JSON.stringify(leaf)}`);
      }
    }),
    { numRuns: 2_000 },
  );
});
