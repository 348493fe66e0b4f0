// Aliases and data streams.
import { changeAliases, missingAliases } from './aliases.ts';
import { noIndex } from './errors.ts';
import type { Index } from './es-index.ts';
import { matches } from './names.ts';
import { guards } from './privileges.ts';
import { acknowledged, type Answer, bodyOf, type Call, expanding, type Json, ok, type Route } from './rest.ts';

const noLifecycle = ['minimal', 'opensearch'] as const;
const noStreamApi = ['minimal'] as const;

export const aliasRoutes: Route[] = [
  { methods: ['POST'], pattern: '/_aliases', guard: guards.manage, handle: postAliases },
  { methods: ['GET'], pattern: '/_alias', parameters: expanding, guard: guards.see, handle: getAliases },
  { methods: ['GET'], pattern: '/_alias/:alias', parameters: expanding, guard: guards.see, handle: getAliases },
  { methods: ['GET'], pattern: '/:index/_alias', parameters: expanding, guard: guards.see, handle: getAliases },
  { methods: ['GET'], pattern: '/:index/_alias/:alias', parameters: expanding, guard: guards.see, handle: getAliases },
  { methods: ['PUT', 'POST'], pattern: '/:index/_alias/:alias', guard: guards.manage, handle: putAlias },
  { methods: ['DELETE'], pattern: '/:index/_alias/:alias', guard: guards.manage, handle: deleteAlias },
  {
    methods: ['GET'],
    pattern: '/_data_stream',
    parameters: expanding,
    guard: guards.see,
    without: noStreamApi,
    handle: getStreams,
  },
  {
    methods: ['GET'],
    pattern: '/_data_stream/:name',
    parameters: expanding,
    guard: guards.see,
    without: noStreamApi,
    handle: getStreams,
  },
  { methods: ['PUT'], pattern: '/_data_stream/:name', guard: guards.create, without: noStreamApi, handle: putStream },
  {
    methods: ['PUT'],
    pattern: '/_data_stream/:name/_lifecycle',
    parameters: expanding,
    guard: guards.manage,
    without: noLifecycle,
    handle: putLifecycle,
  },
  {
    methods: ['DELETE'],
    pattern: '/_data_stream/:name',
    parameters: expanding,
    guard: guards.delete,
    without: noStreamApi,
    handle: deleteStream,
  },
];

const indicesOf = (call: Call): ReturnType<Call['cluster']['resolve']> =>
  call.cluster.resolve(call.at['index'] ?? '_all');

function postAliases(call: Call): Answer {
  const { actions } = bodyOf(call) as { actions?: Record<string, object>[] };
  changeAliases(call.cluster, (actions ?? []) as Parameters<typeof changeAliases>[1]);
  return acknowledged({ errors: false });
}

function getAliases(call: Call): Answer {
  const { alias } = call.at;
  const shown: Json = {};
  for (const index of indicesOf(call)) {
    const aliases = [...index.aliases].filter(
      ([name]) => alias === undefined || alias.split(',').some((one) => matches(one, name)),
    );
    if (aliases.length > 0 || alias === undefined) shown[index.name] = { aliases: Object.fromEntries(aliases) };
  }
  if (alias !== undefined && Object.keys(shown).length === 0 && !alias.includes('*')) {
    return { status: 404, body: { error: `alias [${alias}] missing`, status: 404 } };
  }
  return ok(shown);
}

function putAlias(call: Call): Answer {
  changeAliases(call.cluster, [{ add: { ...bodyOf(call), index: call.at['index']!, alias: call.at['alias']! } }]);
  return acknowledged({ errors: false });
}

function deleteAlias(call: Call): Answer {
  const alias = call.at['alias']!;
  const gone = indicesOf(call).filter((index) => index.aliases.delete(alias));
  if (gone.length === 0) throw missingAliases(alias);
  return acknowledged({ errors: false });
}

function getStreams(call: Call): Answer {
  const { cluster } = call;
  const name = call.at['name'] ?? '*';
  const found = [...cluster.streams.values()].filter((stream) =>
    name.split(',').some((one) => matches(one, stream.name)),
  );
  if (found.length === 0 && !name.includes('*')) {
    throw noIndex(name);
  }
  return ok({
    data_streams: found.map((stream) => ({
      name: stream.name,
      timestamp_field: { name: '@timestamp' },
      indices: stream.indices.map((index) => ({ index_name: index, index_uuid: cluster.find(index)!.uuid })),
      generation: stream.generation,
      status: 'YELLOW',
      template: stream.template,
      hidden: false,
      system: false,
      allow_custom_routing: false,
      replicated: false,
      rollover_on_write: false,
      ...policyOf(cluster.find(stream.indices.at(-1)!)!),
      ...(stream.lifecycle ? { lifecycle: stream.lifecycle } : {}),
    })),
  });
}

/** The policy of the newest index, as of the template that it was made from. */
function policyOf(index: Index): Json {
  const policy = index.renderedSettings(true)['index.lifecycle.name'];
  return policy === undefined ? {} : { ilm_policy: policy, prefer_ilm: true };
}

function putLifecycle(call: Call): Answer {
  const stream = call.cluster.streams.get(call.at['name']!);
  if (stream === undefined) throw noIndex(call.at['name']!);
  stream.lifecycle = { enabled: true, ...bodyOf(call) };
  return acknowledged();
}

function putStream(call: Call): Answer {
  call.cluster.createStream(call.at['name']!);
  return acknowledged();
}

function deleteStream(call: Call): Answer {
  call.cluster.deleteStream(call.at['name']!);
  return acknowledged();
}
