// What stands around the attributes of a page: their events, objects and neighbours, for a feed of `endpoint: events`. A pure state
// machine, like the reader: what to ask next, and what an answer or a failure makes of it.
//
// Attributes are found by the reader's walk alone, since events/restSearch pages by offset and holds whole events. Of small events
// that is asked for whole; large ones are read in parts (attributes/restSearch with `eventid`).
import { eventIn, objectsIn, siblingsIn, type EventContexts, type ObjectRow, type SiblingRow } from './surroundings.ts';

export interface ContextRequest {
  endpoint: 'events' | 'attributes';
  body: Record<string, unknown>;
}

export interface ContextAnswer {
  /** Elements of the list, as they came. */
  rows: readonly unknown[];
  /** X-Result-Count. */
  resultCount: number;
}

type Step =
  { kind: 'sizes'; ids: string[] } | { kind: 'whole'; ids: string[] } | { kind: 'part'; id: string; page: number };

export interface ContextReading {
  readonly todo: readonly Step[];
  readonly found: EventContexts;
  /** Ids of events whose neighbours MISP cannot tell. */
  readonly givenUp: readonly string[];
  /** Objects that attributes of the page belong to, by event. */
  readonly objects: Readonly<Record<string, readonly string[]>>;
  /** So many plain attributes are context of another. */
  readonly plain: number;
  readonly limits: ContextLimits;
}

export interface ContextLimits {
  /** Of one request. */
  events: number;
  /** That may be held at once. A larger event is read in parts. */
  attributes: number;
  /** Of one object; the rest of a large one is left out. */
  objectAttributes: number;
}

export const CONTEXT_LIMITS: ContextLimits = { events: 100, attributes: 5_000, objectAttributes: 100 };

/** `rows`: those of a page that are not deleted. */
export function startContexts(
  rows: readonly { event_id: string; object_id: string }[],
  plain: number,
  limits: ContextLimits = CONTEXT_LIMITS,
): ContextReading {
  const objects: Record<string, Set<string>> = {};
  for (const { event_id, object_id } of rows) {
    const wanted = (objects[event_id] ??= new Set());
    if (object_id !== '0' && object_id !== '') wanted.add(object_id);
  }
  return {
    todo: chunksOf(Object.keys(objects), limits.events).map((ids) => ({ kind: 'sizes', ids })),
    found: {},
    givenUp: [],
    objects: Object.fromEntries(Object.entries(objects).map(([id, wanted]) => [id, [...wanted]])),
    plain,
    limits,
  };
}

/** Null: everything is known that can be. */
export function nextContextRequest({ todo, limits }: ContextReading): ContextRequest | null {
  const step = todo[0];
  switch (step?.kind) {
    case undefined:
      return null;
    case 'sizes':
      return { endpoint: 'events', body: { eventid: step.ids, metadata: 1, excludeGalaxy: 1 } };
    case 'whole':
      return { endpoint: 'events', body: { eventid: step.ids, excludeGalaxy: 1 } };
    case 'part':
      return {
        endpoint: 'attributes',
        body: { eventid: step.id, order: 'Attribute.id asc', limit: limits.attributes, page: step.page },
      };
  }
}

/** What cannot be read of an answer is left out: it is context, and must cost no attribute. */
export function acceptContext(reading: ContextReading, answer: ContextAnswer): ContextReading {
  const [step, ...todo] = reading.todo;
  switch (step?.kind) {
    case undefined:
      return reading;
    case 'sizes':
      return withSizes({ ...reading, todo }, answer);
    case 'whole':
      return withEvents({ ...reading, todo }, answer);
    case 'part':
      return withPart({ ...reading, todo }, step, answer);
  }
}

/** The request of this step fails for ever: smaller ones are tried, and at last the event goes without its neighbours. */
export function refuseContext(reading: ContextReading): ContextReading {
  const [step, ...todo] = reading.todo;
  if (step === undefined) return reading;
  if (step.kind === 'part') return { ...reading, todo, givenUp: [...reading.givenUp, step.id] };
  if (step.ids.length > 1) {
    const { kind, ids } = step;
    const half = Math.ceil(ids.length / 2);
    return { ...reading, todo: [{ kind, ids: ids.slice(0, half) }, { kind, ids: ids.slice(half) }, ...todo] };
  }
  const id = step.ids[0]!;
  return { ...reading, todo: [...partsOf(reading, id), ...todo] };
}

/** Sizes are known: small events are asked for together, large ones in parts. An event that is not told is gone, or not for us. */
function withSizes(reading: ContextReading, { rows }: ContextAnswer): ContextReading {
  const { limits } = reading;
  const found = { ...reading.found };
  const whole: { kind: 'whole'; ids: string[] }[] = [];
  const large: string[] = [];
  let held = 0;
  for (const row of rows) {
    const event = eventIn(row)?.event;
    if (!event) continue;
    const { id, attribute_count: size = limits.attributes } = event;
    found[id] = { event, plain: [], objects: {} };
    if (size > limits.attributes) large.push(id);
    else {
      held += size;
      if (whole.length === 0 || held > limits.attributes) {
        whole.push({ kind: 'whole', ids: [] });
        held = size;
      }
      whole.at(-1)!.ids.push(id);
    }
  }
  const next = { ...reading, found };
  return { ...next, todo: [...whole, ...large.flatMap((id) => partsOf(next, id)), ...reading.todo] };
}

function withEvents(reading: ContextReading, { rows }: ContextAnswer): ContextReading {
  const found = { ...reading.found };
  for (const row of rows) {
    const told = eventIn(row);
    if (!told) continue;
    const { event, attributes, objects } = told;
    const wanted = new Set(reading.objects[event.id]);
    found[event.id] = {
      event,
      plain: siblingsIn(byId(attributes).slice(0, reading.plain + 1)),
      objects: Object.fromEntries(
        objectsIn(objects.filter((object) => wanted.has(idOf(object)))).map((object) => [
          object.id,
          cut(object, reading.limits),
        ]),
      ),
    };
  }
  return { ...reading, found };
}

/** The first plain attributes lie in front; members of an object may lie anywhere. */
function withPart(
  reading: ContextReading,
  { id, page }: { id: string; page: number },
  { rows, resultCount }: ContextAnswer,
): ContextReading {
  const before = reading.found[id];
  if (!before) return reading;
  const wanted = new Set(reading.objects[id]);
  const objects = { ...before.objects };
  const missing = reading.plain + 1 - before.plain.length;
  const siblings = siblingsIn(rows);
  for (const row of siblings) {
    if (!wanted.has(row.object_id)) continue;
    const known = objects[row.object_id] ?? objectsIn([{ id: row.object_id }])[0]!;
    objects[row.object_id] = cut({ ...known, Attribute: [...known.Attribute, row] }, reading.limits);
  }
  const plain = [...before.plain, ...siblings.filter(isPlain).slice(0, missing)];
  const found = { ...reading.found, [id]: { ...before, plain, objects } };
  const isOver = resultCount <= rows.length || (wanted.size === 0 && plain.length > reading.plain);
  return { ...reading, found, todo: isOver ? reading.todo : [{ kind: 'part', id, page: page + 1 }, ...reading.todo] };
}

const partsOf = ({ found, plain, objects }: ContextReading, id: string): Step[] =>
  found[id] && (plain > 0 || (objects[id]?.length ?? 0) > 0) ? [{ kind: 'part', id, page: 1 }] : [];

const cut = (object: ObjectRow, { objectAttributes }: ContextLimits): ObjectRow => ({
  ...object,
  Attribute: object.Attribute.slice(0, objectAttributes),
});

const isPlain = ({ object_id }: SiblingRow): boolean => object_id === '0' || object_id === '';
const idOf = (raw: unknown): string => String((raw as { id?: unknown } | null)?.id);
const byId = (rows: readonly unknown[]): unknown[] => [...rows].sort((a, b) => Number(idOf(a)) - Number(idOf(b)));

function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}
