// Indices, their settings and mappings.
import { Refused } from './errors.ts';
import { guards } from './privileges.ts';
import { acknowledged, type Answer, bodyOf, type Call, expanding, flag, type Json, ok, type Route } from './rest.ts';

export const indexRoutes: Route[] = [
  { methods: ['GET'], pattern: '/_mapping', parameters: expanding, guard: guards.see, handle: getMapping },
  { methods: ['GET'], pattern: '/:index/_mapping', parameters: expanding, guard: guards.see, handle: getMapping },
  {
    methods: ['PUT', 'POST'],
    pattern: '/:index/_mapping',
    parameters: expanding,
    guard: guards.manage,
    handle: putMapping,
  },
  { methods: ['GET'], pattern: '/:index/_settings', parameters: expanding, guard: guards.see, handle: getSettings },
  {
    methods: ['PUT'],
    pattern: '/:index/_settings',
    parameters: [...expanding, 'preserve_existing', 'reopen'],
    guard: guards.manage,
    handle: putSettings,
  },
  { methods: ['PUT'], pattern: '/:index/_block/:block', parameters: expanding, guard: guards.manage, handle: putBlock },
  {
    methods: ['POST'],
    pattern: '/:index/_close',
    parameters: [...expanding, 'wait_for_active_shards'],
    guard: guards.manage,
    handle: (call) => setClosed(call, true),
  },
  {
    methods: ['POST'],
    pattern: '/:index/_open',
    parameters: [...expanding, 'wait_for_active_shards'],
    guard: guards.manage,
    handle: (call) => setClosed(call, false),
  },
  {
    methods: ['POST'],
    pattern: '/:index/_rollover',
    parameters: ['dry_run', 'lazy', 'wait_for_active_shards'],
    guard: guards.manage,
    handle: rollover,
  },
  { methods: ['GET'], pattern: '/:index', parameters: expanding, guard: guards.see, handle: getIndex },
  {
    methods: ['PUT'],
    pattern: '/:index',
    parameters: ['wait_for_active_shards'],
    guard: guards.create,
    handle: putIndex,
  },
  { methods: ['DELETE'], pattern: '/:index', parameters: expanding, guard: guards.delete, handle: deleteIndex },
];

const indicesOf = (call: Call): ReturnType<Call['cluster']['resolve']> =>
  call.cluster.resolve(call.at['index'] ?? '_all');

function getIndex(call: Call): Answer {
  const flat = flag(call.parameters, 'flat_settings');
  return ok(Object.fromEntries(indicesOf(call).map((index) => [index.name, index.rendered(flat)])));
}

function putIndex(call: Call): Answer {
  const body = bodyOf(call);
  const unknown = Object.keys(body).find((key) => !['settings', 'mappings', 'aliases'].includes(key));
  if (unknown !== undefined) throw new Refused(400, 'parse_exception', `unknown key [${unknown}] for create index`);
  const { name } = call.cluster.create(call.at['index']!, body);
  return acknowledged({ shards_acknowledged: true, index: name });
}

function deleteIndex(call: Call): Answer {
  call.cluster.delete(call.at['index']!);
  return acknowledged();
}

function getMapping(call: Call): Answer {
  return ok(Object.fromEntries(indicesOf(call).map((index) => [index.name, { mappings: index.renderedMapping() }])));
}

function putMapping(call: Call): Answer {
  for (const index of indicesOf(call)) index.map(bodyOf(call));
  return acknowledged();
}

function getSettings(call: Call): Answer {
  const flat = flag(call.parameters, 'flat_settings');
  return ok(
    Object.fromEntries(indicesOf(call).map((index) => [index.name, { settings: index.renderedSettings(flat) }])),
  );
}

function putSettings(call: Call): Answer {
  const { settings, ...rest } = bodyOf(call);
  for (const index of indicesOf(call)) index.set({ ...(settings as Json | undefined), ...rest }, !index.closed);
  return acknowledged();
}

function putBlock(call: Call): Answer {
  const indices = indicesOf(call);
  for (const index of indices) index.set({ [`index.blocks.${call.at['block']!}`]: true }, true);
  return acknowledged({ shards_acknowledged: true, indices: indices.map(({ name }) => ({ name, blocked: true })) });
}

function setClosed(call: Call, closed: boolean): Answer {
  const indices = indicesOf(call);
  for (const index of indices) index.closed = closed;
  const told = Object.fromEntries(indices.map(({ name }) => [name, { closed }]));
  return acknowledged({ shards_acknowledged: true, ...(closed ? { indices: told } : {}) });
}

function rollover(call: Call): Answer {
  const { old, new: next } = call.cluster.rollover(call.at['index']!);
  return acknowledged({
    shards_acknowledged: true,
    old_index: old,
    new_index: next,
    rolled_over: true,
    dry_run: false,
    lazy: false,
    conditions: {},
  });
}
