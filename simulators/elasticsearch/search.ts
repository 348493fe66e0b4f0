// `_search` and `_count` over some indices.
import { aggregate, type Found } from './aggregations.ts';
import { type Cluster } from './cluster.ts';
import { invalid, Refused, shardsFailed } from './errors.ts';
import { type Index } from './es-index.ts';
import { type QueryContext, testOf } from './query.ts';
import { after, type Hit, hitsOf, sortKeys } from './sorting.ts';
import { sourceFilter, sourceFilterOf } from './source-filter.ts';
import { scalarsAt } from './values.ts';

type Json = Record<string, unknown>;

const known = new Set([
  ...[
    'query',
    'size',
    'from',
    'sort',
    'search_after',
    '_source',
    'aggs',
    'aggregations',
    'track_total_hits',
    'version',
  ],
  ...[
    'seq_no_primary_term',
    'timeout',
    'fields',
    'docvalue_fields',
    'track_scores',
    'stored_fields',
    'explain',
    'profile',
  ],
]);

export function search(
  cluster: Cluster,
  indices: readonly Index[],
  body: Json,
  parameters: URLSearchParams,
  now: number,
): Json {
  const unknown = Object.keys(body).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new Refused(400, 'parsing_exception', `Unknown key for a VALUE_STRING in [${unknown}].`, { line: 1, col: 1 });
  }
  const size = Number(body['size'] ?? parameters.get('size') ?? 10);
  const from = Number(body['from'] ?? parameters.get('from') ?? 0);
  const contexts = contextsOf(cluster, indices, now);
  for (const { index } of contexts) checkWindow(index, from + size);
  const found = matching(contexts, body['query']);
  const keys = sortKeys(body['sort'] ?? parameters.get('sort')?.split(','));
  let hits = hitsOf(found, contexts, keys);
  const marker = body['search_after'];
  if (marker !== undefined) {
    if (keys.length === 0) throw invalid(['Sort must contain at least one field.']);
    hits = after(hits, marker as unknown[], keys);
  }
  const filter = '_source' in body ? sourceFilter(body['_source']) : sourceFilterOf(parameters);
  const shown = hits
    .slice(from, from + size)
    .map((hit) => renderHit(hit, keys.length > 0, body, filter(hit.entry.source!)));
  const total = totalOf(body['track_total_hits'] ?? parameters.get('track_total_hits'), found.length);
  const aggs = (body['aggs'] ?? body['aggregations']) as Record<string, Json> | undefined;
  return {
    took: 0,
    timed_out: false,
    _shards: shardsOf(indices),
    hits: { ...total, max_score: keys.length > 0 || shown.length === 0 ? null : 1, hits: shown },
    ...(aggs === undefined ? {} : { aggregations: aggregate(aggs, found) }),
  };
}

export function count(cluster: Cluster, indices: readonly Index[], body: Json, now: number): Json {
  const unknown = Object.keys(body).find((key) => key !== 'query');
  if (unknown !== undefined) {
    throw new Refused(400, 'parsing_exception', `request does not support [${unknown}]`, { line: 1, col: 2 });
  }
  const all =
    body['query'] === undefined
      ? indices.reduce((sum, index) => sum + index.shard.searchableCount, 0)
      : matching(contextsOf(cluster, indices, now), body['query']).length;
  for (const index of indices) index.mayRead();
  return { count: all, _shards: shardsOf(indices) };
}

function contextsOf(cluster: Cluster, indices: readonly Index[], now: number): QueryContext[] {
  return indices.map((index) => {
    index.mayRead();
    return { index, loose: cluster.switches.mappings === 'ignore', now };
  });
}

function matching(contexts: readonly QueryContext[], query: unknown): Found[] {
  const ids = (query as { ids?: { values?: string[] } } | undefined)?.ids?.values;
  const found: Found[] = [];
  for (const context of contexts) {
    const test = testOf(query, context);
    for (const entry of context.index.shard.searchable(ids)) if (test(entry)) found.push({ entry, context });
  }
  return found;
}

function checkWindow(index: Index, window: number): void {
  const most = Number(index.settings.get('index.max_result_window') ?? 10_000);
  if (window <= most) return;
  const reason = `Result window is too large, from + size must be less than or equal to: [${most}] but was [${window}]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.`;
  throw shardsFailed(index.name, index.uuid, { type: 'illegal_argument_exception', reason });
}

function totalOf(track: unknown, found: number): Json {
  if (track === false || track === 'false') return {};
  const most = track === true || track === 'true' ? Infinity : Number(track ?? 10_000);
  return { total: found > most ? { value: most, relation: 'gte' } : { value: found, relation: 'eq' } };
}

function renderHit(hit: Hit, sorted: boolean, body: Json, source: Json | undefined): Json {
  const { entry, context } = hit;
  const names = [...((body['fields'] ?? []) as unknown[]), ...((body['docvalue_fields'] ?? []) as unknown[])];
  return {
    _index: context.index.name,
    _id: entry.id,
    ...(body['version'] === true ? { _version: entry.version } : {}),
    ...(body['seq_no_primary_term'] === true ? { _seq_no: entry.seqNo, _primary_term: 1 } : {}),
    _score: sorted ? null : 1,
    ...(source === undefined ? {} : { _source: source }),
    ...(names.length > 0 ? { fields: fieldsOf(entry.source, names) } : {}),
    ...(sorted ? { sort: hit.sort } : {}),
  };
}

function fieldsOf(source: unknown, names: readonly unknown[]): Json {
  const fields: Json = {};
  for (const item of names) {
    const name = typeof item === 'string' ? item : (item as { field: string }).field;
    const values = scalarsAt(source, name);
    if (values.length > 0) fields[name] = values;
  }
  return fields;
}

const shardsOf = (indices: readonly Index[]): Json => ({
  total: indices.length,
  successful: indices.length,
  skipped: 0,
  failed: 0,
});
