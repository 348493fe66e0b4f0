// The rows of two answers: which ones, in which order, and what they say.
import { isDeepStrictEqual } from 'node:util';
import { countOf, isJson, parametersOf, scopeOf, type Json, type Recording } from './recording.ts';

const columns: Record<string, (row: Json) => unknown> = {
  id: (row) => Number(row['id']),
  timestamp: (row) => Number(row['timestamp']),
  event_id: (row) => Number(row['event_id']),
  type: (row) => row['type'],
  value: (row) => row['value'],
  object_relation: (row) => row['object_relation'],
  publish_timestamp: (row) => Number((isJson(row['Event']) ? row['Event'] : row)['publish_timestamp']),
};

/** Orders that misp-live 3 names as accepted (attributes) and those of misp-live 6 (events), as lists of columns. */
function orderOf(recording: Recording): { column: string; descending: boolean }[] {
  const { order } = parametersOf(recording);
  const parts = typeof order === 'string' ? order.split(',') : Array.isArray(order) ? order.map(String) : [];
  const keys = parts.map((part) => {
    const match = /^(?:(Attribute|Event)\.)?(\w+)(?: (asc|desc))?$/i.exec(part.trim());
    const column = match?.[2] ?? '';
    const onEvent = match?.[1] === 'Event';
    const right = scopeOf(recording) === 'events' || (column === 'publish_timestamp') === onEvent;
    const known = column in columns && right;
    return known ? [{ column, descending: match?.[3]?.toLowerCase() === 'desc' }] : [];
  });
  return keys.some((key) => key.length === 0) ? [] : keys.flat();
}

/**
 * The rows that were kept are the first ones of the real answer, and every known row that the real MISP had before the last of
 * them would be among them. So as far as the last one kept, both must be the same: as a list where the order was asked for and
 * has no ties, by the columns of the order where it has, and as a set where there was none. A set is compared without the
 * limit: which rows the limit left is then a matter of the index that the database chose.
 */
export function* lists(recording: Recording, ours: Json[], real: Json[], all: () => Json[]): Generator<string> {
  const order = orderOf(recording);
  const whole = countOf(recording) === real.length;
  const [our, their] = [uuids(ours), uuids(real)];
  if (whole && ours.length !== real.length) yield `${ours.length} rows, not ${real.length}`;
  if (order.some(({ column }) => column === 'id') || isLaterPage(recording)) {
    if (!isDeepStrictEqual(our.slice(0, their.length), their))
      yield `rows ${ids(ours, their.length)}, not ${ids(real)}`;
    yield* contents(ours, real);
    return;
  }
  const rows = all();
  if (order.length > 0) {
    const keysOf = (of: Json[]): unknown[] =>
      of.slice(0, real.length).map((row) => order.map((key) => columns[key.column]!(row)));
    if (!isDeepStrictEqual(keysOf(ours), keysOf(real)))
      yield `order ${short(keysOf(ours))}, not ${short(keysOf(real))}`;
    const lost = their.filter((uuid) => !uuids(rows).includes(uuid));
    if (lost.length > 0) yield `without ${lost.join(', ')}`;
  } else yield* asSets(rows, real);
  yield* contents(rows, real);
}

function isLaterPage(recording: Recording): boolean {
  const { limit, page } = parametersOf(recording);
  return Number(limit ?? 0) > 0 && Number(page ?? 1) > 1;
}

function* asSets(all: Json[], real: Json[]): Generator<string> {
  const cuts = arrangements(real).map((before) => all.filter((row) => before(row, real.at(-1))));
  const their = uuids(real).sort();
  if (!cuts.some((cut) => isDeepStrictEqual(uuids(cut).sort(), their)))
    yield `rows ${ids(cuts[0] ?? all, 12)}, not ${ids(real, 12)}`;
}

type Key = (row: Json) => (string | number)[];
/** Indexes that the database may have read: the primary key, or that of a column that the request names. */
const indexes: Key[] = ['timestamp', 'type', 'object_relation', 'first_seen'].map((column) => (row: Json) => {
  const value = row[column];
  return [column === 'timestamp' ? Number(value) : String(value), Number(row['id'])];
});

/** Whether a row stands no later than another, in each arrangement that the rows of the real answer fit. */
function arrangements(real: Json[]): ((row: Json, last: Json | undefined) => boolean)[] {
  const byId: Key = (row) => [Number(row['id'])];
  return [byId, ...indexes]
    .filter((key) => real.every((row, i) => i === 0 || compare(key(real[i - 1]!), key(row)) < 0))
    .map((key) => (row, last) => last !== undefined && compare(key(row), key(last)) <= 0);
}

function compare(a: (string | number)[], b: (string | number)[]): number {
  const place = a.findIndex((value, i) => value !== b[i]);
  return place < 0 ? 0 : a[place]! < b[place]! ? -1 : 1;
}

const uuids = (rows: Json[]): string[] => rows.map(({ uuid }) => String(uuid));
const ids = (rows: Json[], most = 6): string =>
  `${rows
    .slice(0, most)
    .map(({ id }) => String(id))
    .join(',')} (${rows.length})`;

/** Of these only the keys are compared: the simulator has no taxonomies for the base score, and one hit of one warninglist. */
const SHAPE_ONLY = new Set(['decay_score', 'warnings', 'Sighting']);

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(shapeOf(one))))];
  if (!isJson(value)) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

/** Each row that both have: the same keys and values, whatever the order of the keys. */
function* contents(ours: Json[], real: Json[]): Generator<string> {
  const byUuid = new Map(ours.map((row) => [row['uuid'], row]));
  for (const row of real) {
    const our = byUuid.get(row['uuid']);
    if (!our || 'RelatedEvent' in row) continue;
    for (const key of new Set([...Object.keys(row), ...Object.keys(our)])) {
      const equal = SHAPE_ONLY.has(key)
        ? isDeepStrictEqual(shapeOf(our[key]), shapeOf(row[key]))
        : isDeepStrictEqual(our[key], row[key]);
      if (!equal) {
        yield `${key} of ${String(row['id'])}: ${short(our[key])}, not ${short(row[key])}`;
        return;
      }
    }
  }
}

/** The attributes that came with an event, also cut after the first ones. */
export function* attributesOf(event: Json, ours: Json[]): Generator<string> {
  const our = ours.find(({ uuid }) => uuid === event['uuid']);
  if (!our) return;
  const keys = (of: Json): string[] => Object.keys(of).sort();
  if (!isDeepStrictEqual(keys(our), keys(event)))
    yield `keys of event ${String(event['id'])}: ${differing(keys(our), keys(event))}`;
  const [mine, theirs] = [our['Attribute'], event['Attribute']];
  if (Array.isArray(mine) && Array.isArray(theirs)) {
    // Trimming leaves some, so none is none.
    if (theirs.length === 0 && mine.length > 0)
      yield `${mine.length} attributes in event ${String(event['id'])}, not 0`;
    yield* asSets(mine as Json[], theirs as Json[]);
    yield* contents(mine as Json[], theirs as Json[]);
  }
}

function differing(our: string[], their: string[]): string {
  const more = our.filter((key) => !their.includes(key)).map((key) => `+${key}`);
  const less = their.filter((key) => !our.includes(key)).map((key) => `-${key}`);
  return [...more, ...less].join(' ');
}

/** For a message. */
export const short = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 150);
