// What the cluster says of itself and of the caller.
import { authKindOf } from './auth.ts';
import { guards } from './privileges.ts';
import { type Answer, bodyOf, type Call, type Json, ok, type Route } from './rest.ts';

const notEs = ['minimal', 'opensearch'] as const;

export const clusterRoutes: Route[] = [
  { methods: ['GET'], pattern: '/', guard: guards.main, without: ['minimal'], handle: main },
  // The minimal distribution has a handler for DELETE alone.
  { methods: ['DELETE'], pattern: '/', handle: () => ok({}) },
  {
    methods: ['GET'],
    pattern: '/_cluster/health',
    parameters: ['wait_for_status', 'level', 'local'],
    guard: guards.health,
    without: ['serverless'],
    handle: health,
  },
  { methods: ['GET'], pattern: '/_license', without: ['opensearch', 'serverless'], handle: license },
  { methods: ['GET'], pattern: '/_xpack', parameters: ['categories'], without: notEs, handle: xpack },
  { methods: ['GET'], pattern: '/_security/_authenticate', without: notEs, handle: whoAmI },
  { methods: ['GET', 'POST'], pattern: '/_security/user/_has_privileges', without: notEs, handle: hasPrivileges },
];

function main({ cluster }: Call): Answer {
  const { flavour, version } = cluster.switches;
  const base = { name: 'simulated', cluster_name: 'simulated', cluster_uuid: 'simulated' };
  if (flavour === 'opensearch') {
    return ok({
      ...base,
      version: { distribution: 'opensearch', number: version },
      tagline: 'The OpenSearch Project: https://opensearch.org/',
    });
  }
  const build = { number: version, build_flavor: flavour === 'serverless' ? 'serverless' : 'default' };
  return ok({ ...base, version: build, tagline: 'You Know, for Search' });
}

function health({ cluster }: Call): Answer {
  const count = cluster.indices.size;
  return ok({
    cluster_name: 'simulated',
    status: count > 0 ? 'yellow' : 'green',
    timed_out: false,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
    active_primary_shards: count,
    active_shards: count,
    unassigned_shards: count,
  });
}

function license(): Answer {
  return ok({
    license: { status: 'active', uid: 'simulated', type: 'basic', max_nodes: 1000, issuer: 'elasticsearch' },
  });
}

function xpack(): Answer {
  const on = { available: true, enabled: true };
  return ok({
    license: { type: 'basic', mode: 'basic', status: 'active' },
    features: { ilm: on, security: on, transform: on },
  });
}

function whoAmI({ cluster, request }: Call): Answer {
  const kind = authKindOf(request);
  return ok({
    username: 'relay',
    roles: cluster.switches.privileges === null ? ['superuser'] : ['relay'],
    full_name: null,
    email: null,
    metadata: {},
    enabled: true,
    ...(kind === 'api_key' ? { api_key: { id: 'simulated-id', name: 'simulated' } } : {}),
    authentication_type: kind,
  });
}

function hasPrivileges(call: Call): Answer {
  const { privileges } = call.cluster.switches;
  const asked = bodyOf(call) as { cluster?: string[]; index?: { names: string | string[]; privileges: string[] }[] };
  const has = (name: string): boolean => privileges === null || privileges.includes(name) || privileges.includes('all');
  const answers = (names: readonly string[]): Record<string, boolean> =>
    Object.fromEntries(names.map((name) => [name, has(name)]));
  const index: Json = {};
  for (const { names, privileges: wanted } of asked.index ?? []) {
    for (const name of [names].flat()) index[name] = { ...(index[name] as object | undefined), ...answers(wanted) };
  }
  const all = [...(asked.cluster ?? []), ...(asked.index ?? []).flatMap((one) => one.privileges)];
  return ok({
    username: 'relay',
    has_all_requested: all.every(has),
    cluster: answers(asked.cluster ?? []),
    index,
    application: {},
  });
}
