// Aggregations: terms, min, max, sum, avg, cardinality, value_count, missing, filter, and those below terms and filter.
import { Refused, shardsFailed } from './errors.ts';
import { testOf, type QueryContext } from './query.ts';
import { type Entry } from './shard.ts';
import { type Key, type Reader, readerOf, type Scalar } from './values.ts';

type Json = Record<string, unknown>;

/** A document with what is needed to read it. */
export interface Found {
  entry: Entry;
  context: QueryContext;
}

export function aggregate(aggregations: Record<string, Json>, found: readonly Found[]): Json {
  return Object.fromEntries(Object.entries(aggregations).map(([name, given]) => [name, one(name, given, found)]));
}

function one(name: string, given: Json, found: readonly Found[]): Json {
  const below = (given['aggs'] ?? given['aggregations'] ?? {}) as Record<string, Json>;
  const kind = Object.keys(given).find((key) => key !== 'aggs' && key !== 'aggregations' && key !== 'meta') ?? '';
  const body = given[kind] as Json;
  if (kind === 'filter') {
    const tests = new Map<QueryContext, (entry: Entry) => boolean>();
    const passed = found.filter(({ entry, context }) => {
      if (!tests.has(context)) tests.set(context, testOf(body, context));
      return tests.get(context)!(entry);
    });
    return { doc_count: passed.length, ...aggregate(below, passed) };
  }
  const read = readers(String(body['field']));
  switch (kind) {
    case 'terms':
      return terms(body, below, found, read);
    case 'missing': {
      const missing = found.filter((one) => (read(one)?.keys(one.entry.source).length ?? 0) === 0);
      return { doc_count: missing.length, ...aggregate(below, missing) };
    }
    case 'cardinality':
      return { value: new Set(keysOf(found, read)).size };
    case 'value_count':
      return { value: keysOf(found, read).length };
    case 'min':
    case 'max':
    case 'sum':
    case 'avg':
      return metric(kind, found, read);
    default:
      throw new Refused(400, 'parsing_exception', `Unknown aggregation type [${kind}]`, { line: 1, col: 1, name });
  }
}

type Read = (found: Found) => Reader | undefined;

/** Reads a field, in each index by its own mapping. Text has no values to aggregate. */
function readers(name: string): Read {
  const known = new Map<QueryContext, Reader | undefined>();
  return ({ context }) => {
    if (!known.has(context)) known.set(context, readerOf(context.index.mapping, name, context.loose));
    const reader = known.get(context);
    if (reader?.field.type === 'text') throw noFielddata(context, name);
    return reader;
  };
}

export const noFielddata = ({ index }: QueryContext, name: string): Refused =>
  shardsFailed(index.name, index.uuid, {
    type: 'illegal_argument_exception',
    reason: `Fielddata is disabled on [${name}] in [${index.name}]. Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [${name}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`,
  });

const keysOf = (found: readonly Found[], read: Read): Key[] =>
  found.flatMap((one) => read(one)?.keys(one.entry.source) ?? []);

function metric(kind: 'min' | 'max' | 'sum' | 'avg', found: readonly Found[], read: Read): Json {
  const numbers = keysOf(found, read).map(Number);
  const sum = numbers.reduce((a, b) => a + b, 0);
  if (kind === 'sum') return { value: sum };
  if (numbers.length === 0) return { value: null };
  if (kind === 'avg') return { value: sum / numbers.length };
  const value = numbers.reduce((a, b) => (kind === 'min' ? Math.min(a, b) : Math.max(a, b)));
  const date = found.some((one) => read(one)?.field.type === 'date');
  return date ? { value, value_as_string: new Date(value).toISOString() } : { value };
}

interface Bucket {
  key: Scalar;
  key_as_string?: string;
  docs: Found[];
}

function terms(body: Json, below: Record<string, Json>, found: readonly Found[], read: Read): Json {
  const buckets = new Map<Key, Bucket>();
  for (const one of found) {
    const reader = read(one);
    if (reader === undefined) continue;
    const scalars = reader.scalars(one.entry.source);
    for (const key of new Set(reader.keys(one.entry.source))) {
      const bucket = buckets.get(key) ?? bucketOf(reader, key, scalars);
      buckets.set(key, bucket);
      bucket.docs.push(one);
    }
  }
  const [by, direction] = orderOf(body['order']);
  const sorted = [...buckets.entries()].sort(([keyA, a], [keyB, b]) => {
    const byKey = keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
    if (by === '_key') return direction * byKey;
    return direction * (a.docs.length - b.docs.length) || byKey;
  });
  const least = Number(body['min_doc_count'] ?? 1);
  const kept = sorted.filter(([, bucket]) => bucket.docs.length >= least).slice(0, Number(body['size'] ?? 10));
  const shown = kept.reduce((sum, [, bucket]) => sum + bucket.docs.length, 0);
  const all = sorted.reduce((sum, [, bucket]) => sum + (bucket.docs.length >= least ? bucket.docs.length : 0), 0);
  return {
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: all - shown,
    buckets: kept.map(([, { docs, ...key }]) => ({ ...key, doc_count: docs.length, ...aggregate(below, docs) })),
  };
}

function bucketOf(reader: Reader, key: Key, scalars: readonly Scalar[]): Bucket {
  if (typeof key === 'boolean') return { key: key ? 1 : 0, key_as_string: String(key), docs: [] };
  if (reader.field.type === 'date')
    return { key: Number(key), key_as_string: new Date(Number(key)).toISOString(), docs: [] };
  if (typeof key === 'bigint') return { key: String(scalars[0]), docs: [] };
  return { key, docs: [] };
}

function orderOf(given: unknown): [by: string, direction: 1 | -1] {
  const order = (Array.isArray(given) ? (given[0] as unknown) : given) as Record<string, string> | undefined;
  const [by, direction] = Object.entries(order ?? { _count: 'desc' })[0]!;
  return [by, direction === 'desc' ? -1 : 1];
}
