// All real attributes through both modes and both kinds of reading into a real Elasticsearch.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';
import { relayInto, typesIn, typesOf, WAYS } from '../support/es-relay.ts';
import { expectFoundByRules } from '../support/es-rules.ts';
import { realElasticsearch } from '../support/real-elasticsearch.ts';
import { ATTRIBUTES, HAVE_REAL_EVENTS, loadEach } from '../support/real-events.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  if (realElasticsearch && HAVE_REAL_EVENTS) temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterAll(() => temporal?.stop());

describe.skipIf(!realElasticsearch || !HAVE_REAL_EVENTS)('real MISP events into a real Elasticsearch', () => {
  it.each(WAYS)(
    '$mode, $endpoint: no mapping fails, the counts by type are those of the source, and rules find the values',
    async (way) => {
      const { data, loaded } = loadEach();
      expect(loaded.attributes).toBe(ATTRIBUTES);
      const to = realElasticsearch!;
      const { documents, target, clear } = await relayInto({ ...to, access: to.access }, way, data, temporal);
      try {
        expect(typesOf(documents)).toEqual(typesIn(data));
        const found = await expectFoundByRules({ ...to, access: {} }, target, data, '2000-01-01');
        expect(Object.entries(found).filter(([, count]) => count === 0)).toEqual([]);
        const notes = [...documents.values()].filter(({ error }) => error !== undefined).length;
        process.stderr.write(
          `${way.mode}, ${way.endpoint}: ${documents.size} documents of ${Object.keys(typesIn(data)).length} types, ${notes} with error.message; found by rules: ${JSON.stringify(found)}\n`,
        );
      } finally {
        await clear();
      }
    },
    400_000,
  );
});
