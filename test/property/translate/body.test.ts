// Whatever stands in a record: one line of JSON that says the same, and an envelope that HEC takes.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judge } from '../../../simulators/hec/envelope.ts';
import { bodyOf, envelopeOf } from '../../../src/translate/splunk.ts';
import { COMPOSITE_TYPES } from '../../../src/translate/types.ts';
import { upsertOf } from '../../contract/harness/carry.ts';

const text = fc.string({ unit: 'binary', maxLength: 60 });
const types = fc.oneof(fc.constantFrom(...COMPOSITE_TYPES, 'url', 'text'), text);
const changes = fc.record({
  type: types,
  value: fc.oneof(
    text,
    fc.tuple(text, text).map(([a, b]) => `${a}|${b}`),
  ),
  comment: text,
  category: text,
  toIds: fc.boolean(),
  timestamp: fc.integer({ min: -1_000, max: 2 ** 40 }),
  distribution: text,
  tags: fc.array(fc.record({ name: text, local: fc.boolean() }), { maxLength: 3 }),
});

it('a record of any content makes an envelope that HEC takes, on one line', () => {
  fc.assert(
    fc.property(
      changes,
      fc.constantFrom('attribute' as const, 'publish' as const, 'observed' as const),
      (given, time) => {
        const delivery = upsertOf(1, given);
        const envelope = envelopeOf(delivery, (body) => body, { time, host: 'h', sourcetype: 's' });
        const line = JSON.stringify(envelope);
        expect(line).not.toMatch(/[\r\n]/);
        expect(judge(JSON.parse(line), () => true).kind).toBe('event');
        const { event } = JSON.parse(line) as { event: Record<string, unknown> };
        expect(event).toMatchObject({ value: given.value, type: given.type, comment: given.comment });
      },
    ),
  );
});

it('the halves of a composite value, put together again, are the value', () => {
  fc.assert(
    fc.property(changes, (given) => {
      const { value1, value2, value } = bodyOf(upsertOf(1, given)) as Record<string, string | undefined>;
      const splits = COMPOSITE_TYPES.has(given.type) && given.value.includes('|');
      expect(value1 !== undefined && value2 !== undefined).toBe(splits);
      if (splits) expect(`${value1}|${value2}`).toBe(value);
    }),
  );
});
