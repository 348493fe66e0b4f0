// Whatever events there are and whichever request fails for ever: each event is told as far as MISP tells it, no answer holds more than
// asked for, and it ends.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  acceptContext,
  nextContextRequest,
  refuseContext,
  startContexts,
  type ContextAnswer,
  type ContextRequest,
} from '../../../src/misp/contexts.ts';

const LIMITS = { events: 3, attributes: 6, objectAttributes: 4 };

interface Model {
  id: string;
  /** The object of each attribute, 0: none; its id is its place, from the event's first id on. */
  rows: number[];
  gone: boolean;
}

const events = fc
  .array(
    fc.record({
      rows: fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
      gone: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => list.map((event, n): Model => ({ ...event, id: String(n + 1) })));

const attributeOf = (event: Model, n: number): Record<string, unknown> => ({
  id: String(Number(event.id) * 1000 + n),
  uuid: `${event.id}-${n}`,
  event_id: event.id,
  object_id: String(event.rows[n]),
  type: 'md5',
  value: String(n),
});
const attributesOf = (event: Model): Record<string, unknown>[] => event.rows.map((_, n) => attributeOf(event, n));

/** As MISP answers; it gives the newest attribute first here, since it promises no order inside an event. */
function answer(models: readonly Model[], { endpoint, body }: ContextRequest): ContextAnswer & { held: number } {
  if (endpoint === 'attributes') {
    const event = models.find(({ id }) => id === body['eventid']);
    const all = event && !event.gone ? attributesOf(event) : [];
    const [limit, page] = [body['limit'] as number, body['page'] as number];
    const rows = all.slice(limit * (page - 1), limit * page);
    return { rows, resultCount: rows.length + (rows.length === limit ? 1 : 0), held: rows.length };
  }
  const asked = models.filter(({ id, gone }) => !gone && (body['eventid'] as string[]).includes(id));
  const rows = asked.map((event) => {
    const all = attributesOf(event).reverse();
    const own = { id: event.id, attribute_count: String(event.rows.length), event_creator_email: `${event.id}@x` };
    if (body['metadata']) return { Event: own };
    const objects = [1, 2]
      .map((id) => ({ id: String(id), name: 'file', Attribute: all.filter((row) => row['object_id'] === String(id)) }))
      .filter(({ Attribute }) => Attribute.length > 0);
    return { Event: { ...own, Attribute: all.filter((row) => row['object_id'] === '0'), Object: objects } };
  });
  const held = body['metadata'] ? 0 : asked.reduce((sum, event) => sum + event.rows.length, 0);
  return { rows, resultCount: rows.length, held };
}

it('tells each event as far as MISP tells it', () => {
  fc.assert(
    fc.property(events, fc.nat(3), fc.func(fc.nat(9)), (models, plain, fails) => {
      const rows = models.flatMap((event) => attributesOf(event)) as { event_id: string; object_id: string }[];
      let reading = startContexts(rows, plain, LIMITS);
      const refused = new Set<string>();
      let requests = 0;
      for (let request = nextContextRequest(reading); request; request = nextContextRequest(reading)) {
        expect(++requests).toBeLessThan(200);
        if (fails(JSON.stringify(request)) === 0) {
          for (const id of [request.body['eventid']].flat()) refused.add(String(id));
          reading = refuseContext(reading);
          continue;
        }
        const said = answer(models, request);
        expect(said.held).toBeLessThanOrEqual(LIMITS.attributes);
        reading = acceptContext(reading, said);
      }
      for (const event of models) {
        const told = reading.found[event.id];
        if (refused.has(event.id)) continue;
        if (event.gone) {
          expect(told).toBeUndefined();
          continue;
        }
        const ids = (object: number): string[] =>
          attributesOf(event).flatMap((row, n) => (event.rows[n] === object ? [row['id'] as string] : []));
        expect(told?.event.event_creator_email).toBe(`${event.id}@x`);
        expect(told?.plain.map(({ id }) => id)).toEqual(ids(0).slice(0, plain + 1));
        for (const object of [1, 2]) {
          const members = told?.objects[object]?.Attribute.map(({ id }) => id) ?? [];
          expect(members).toHaveLength(Math.min(ids(object).length, LIMITS.objectAttributes));
          expect(ids(object)).toEqual(expect.arrayContaining(members));
        }
        expect(reading.givenUp).not.toContain(event.id);
      }
    }),
  );
});

it('an event that MISP can never tell goes without its neighbours', () => {
  let reading = startContexts([{ event_id: '7', object_id: '0' }], 3, LIMITS);
  const sizes = nextContextRequest(reading)!;
  expect(sizes.body).toMatchObject({ eventid: ['7'], metadata: 1 });
  reading = acceptContext(reading, { rows: [{ Event: { id: '7', attribute_count: '2' } }], resultCount: 1 });
  expect(nextContextRequest(reading)).toMatchObject({ endpoint: 'events', body: { eventid: ['7'] } });
  reading = refuseContext(reading);
  expect(nextContextRequest(reading)).toMatchObject({ endpoint: 'attributes', body: { eventid: '7', page: 1 } });
  reading = refuseContext(reading);
  expect(nextContextRequest(reading)).toBeNull();
  expect(reading.givenUp).toEqual(['7']);
  expect(reading.found['7']).toMatchObject({ plain: [], objects: {} });
});
