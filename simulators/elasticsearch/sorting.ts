// The order of hits, and `search_after`.
import { type Found, noFielddata } from './aggregations.ts';
import { shardsFailed } from './errors.ts';
import { type QueryContext } from './query.ts';
import { isNumber, type Key, type Reader, readerOf, type Scalar } from './values.ts';

export interface SortKey {
  name: string;
  descending: boolean;
  missingFirst: boolean;
  unmapped: boolean;
}

export interface Hit extends Found {
  /** What the reply says of it, and what `search_after` is compared with. */
  sort: (Scalar | null)[];
  keys: (Key | undefined)[];
}

export function sortKeys(given: unknown): SortKey[] {
  const list = given === undefined || given === null ? [] : Array.isArray(given) ? (given as unknown[]) : [given];
  return list.flatMap((item) =>
    typeof item === 'string'
      ? [keyOf(...(item.split(':') as [string, string?]))]
      : Object.entries(item as object).map(([name, how]) => {
          if (typeof how === 'string') return keyOf(name, how);
          const { order, missing, unmapped_type: unmapped } = how as Record<string, string | undefined>;
          return { ...keyOf(name, order), missingFirst: missing === '_first', unmapped: unmapped !== undefined };
        }),
  );
}

const keyOf = (name: string, order?: string): SortKey => ({
  name,
  descending: (order ?? (name === '_score' ? 'desc' : 'asc')) === 'desc',
  missingFirst: false,
  unmapped: false,
});

/** Throws 400 for a field that has no values to sort by. */
function readerFor(key: SortKey, context: QueryContext): Reader | undefined {
  const { index } = context;
  if (key.name === '_id') {
    throw shardsFailed(index.name, index.uuid, {
      type: 'illegal_argument_exception',
      reason:
        'Fielddata access on the _id field is disallowed, you can re-enable it by updating the dynamic cluster setting: indices.id_field_data.enabled',
    });
  }
  if (key.name === '_doc' || key.name === '_score' || key.name === '_shard_doc') return undefined;
  const reader = readerOf(index.mapping, key.name, context.loose);
  if (reader?.field.type === 'text') throw noFielddata(context, key.name);
  if (reader === undefined && !key.unmapped) {
    throw shardsFailed(index.name, index.uuid, {
      type: 'query_shard_exception',
      reason: `No mapping found for [${key.name}] in order to sort on`,
    });
  }
  return reader;
}

/** Checked also for an index without documents, as the real one does. */
export function hitsOf(found: readonly Found[], contexts: readonly QueryContext[], keys: readonly SortKey[]): Hit[] {
  const readers = new Map(contexts.map((context) => [context, keys.map((key) => readerFor(key, context))]));
  const hits = found.map(({ entry, context }, position): Hit => {
    const own = readers.get(context)!;
    const values = keys.map((key, i): [Key | undefined, Scalar | null] => {
      if (key.name === '_doc' || key.name === '_shard_doc') return [position, position];
      if (key.name === '_score') return [1, 1];
      return valueOf(key, own[i], entry.source);
    });
    return { entry, context, keys: values.map(([key]) => key), sort: values.map(([, shown]) => shown) };
  });
  return keys.length === 0 ? hits : hits.sort((a, b) => compareKeys(a.keys, b.keys, keys));
}

function valueOf(key: SortKey, reader: Reader | undefined, source: unknown): [Key | undefined, Scalar | null] {
  let best: Key | undefined;
  for (const one of reader?.keys(source) ?? []) {
    if (best === undefined || (key.descending ? one > best : one < best)) best = one;
  }
  if (best === undefined) {
    const number = reader === undefined || isNumber(reader.field) || reader.field.type === 'date';
    return [undefined, number ? (key.descending !== key.missingFirst ? -(2 ** 63) : 2 ** 63) : null];
  }
  if (typeof best === 'bigint') return [best, String(reader!.scalars(source)[0])];
  return [best, typeof best === 'boolean' ? Number(best) : best];
}

function compareKeys(
  a: readonly (Key | undefined)[],
  b: readonly (Key | undefined)[],
  keys: readonly SortKey[],
): number {
  for (const [i, key] of keys.entries()) {
    const x = a[i];
    const y = b[i];
    if (x === y) continue;
    if (x === undefined) return key.missingFirst ? -1 : 1;
    if (y === undefined) return key.missingFirst ? 1 : -1;
    return (x < y ? -1 : 1) * (key.descending ? -1 : 1);
  }
  return 0;
}

/** Hits behind the values of the last hit of the page before. Values are those that a reply said. */
export function after(hits: readonly Hit[], values: readonly unknown[], keys: readonly SortKey[]): Hit[] {
  const last = values.map((value) =>
    value === null || Math.abs(Number(value)) === 2 ** 63 ? undefined : (value as Key),
  );
  return hits.filter((hit) => {
    const own = hit.keys.map((key) => (typeof key === 'boolean' ? Number(key) : key));
    return compareKeys(own, last, keys) > 0;
  });
}
