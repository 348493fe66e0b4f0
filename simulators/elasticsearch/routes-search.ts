// `_search`, `_count` and `_refresh`.
import { type Index } from './es-index.ts';
import { guards } from './privileges.ts';
import { type Answer, bodyOf, type Call, flag, ok, type Route } from './rest.ts';
import { count, search } from './search.ts';

const searchParameters = [
  ...[
    'size',
    'from',
    'sort',
    '_source',
    '_source_includes',
    '_source_excludes',
    'track_total_hits',
    'preference',
    'routing',
  ],
  ...[
    'ignore_unavailable',
    'allow_no_indices',
    'expand_wildcards',
    'request_cache',
    'typed_keys',
    'allow_partial_search_results',
  ],
];

const reads = { methods: ['GET', 'POST'], parameters: searchParameters, guard: guards.search };
const refresh = {
  methods: ['GET', 'POST'],
  parameters: ['ignore_unavailable', 'allow_no_indices', 'expand_wildcards'],
  guard: guards.refresh,
};

export const searchRoutes: Route[] = ['', '/:index'].flatMap((index) => [
  { ...reads, pattern: `${index}/_search`, handle: searched },
  { ...reads, pattern: `${index}/_count`, handle: counted },
  { ...refresh, pattern: `${index}/_refresh`, handle: refreshed },
]);

function searched(call: Call): Answer {
  const body = bodyOf(call);
  return ok(search(call.cluster, targets(call), body, call.parameters, call.now));
}

function counted(call: Call): Answer {
  const body = bodyOf(call);
  return ok(count(call.cluster, targets(call), body, call.now));
}

function targets(call: Call): Index[] {
  const expression = call.at['index'] ?? '_all';
  if (!flag(call.parameters, 'ignore_unavailable')) return call.cluster.resolve(expression);
  const known = expression.split(',').filter((name) => name.includes('*') || call.cluster.isKnown(name));
  return known.length === 0 ? [] : call.cluster.resolve(known.join(','));
}

function refreshed(call: Call): Answer {
  const indices = call.cluster.resolve(call.at['index'] ?? '_all');
  for (const index of indices) index.shard.refresh();
  const count = indices.length;
  return ok({ _shards: { total: 2 * count, successful: count, failed: 0 } });
}
