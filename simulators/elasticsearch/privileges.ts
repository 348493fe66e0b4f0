// Which privilege lets a request through, and how Elasticsearch says that it is missing.
import { type Action } from './bulk-parse.ts';
import { Refused } from './errors.ts';

export interface Guard {
  action: string;
  scope: 'cluster' | 'index';
  /** Any of these is enough. */
  privileges: readonly string[];
}

const index = (action: string, ...privileges: string[]): Guard => ({
  action,
  scope: 'index',
  privileges: [...privileges, 'all'],
});
const cluster = (action: string, ...privileges: string[]): Guard => ({
  action,
  scope: 'cluster',
  privileges: [...privileges, 'all'],
});

/** Of the items of a bulk request. */
export const writers: Record<Action, Guard> = {
  create: index('indices:data/write/index:op_type/create', 'create_doc', 'create', 'index', 'write'),
  index: index('indices:data/write/index:op_type/index', 'create', 'index', 'write'),
  delete: index('indices:data/write/delete', 'delete', 'write'),
  update: index('indices:data/write/update', 'index', 'write'),
};
export const autoCreators = index('indices:admin/auto_create', 'auto_configure', 'create_index', 'manage');

export const guards = {
  main: cluster('cluster:monitor/main', 'monitor', 'manage'),
  health: cluster('cluster:monitor/health', 'monitor', 'manage'),
  templates: cluster('indices:admin/index_template/put', 'manage_index_templates', 'manage'),
  ilm: cluster('cluster:admin/ilm/put', 'manage_ilm', 'manage'),
  pipelines: cluster('cluster:admin/ingest/pipeline/put', 'manage_ingest_pipelines', 'manage_pipeline', 'manage'),
  transforms: cluster('cluster:admin/transform/put', 'manage_transform', 'manage'),
  search: index('indices:data/read/search', 'read'),
  get: index('indices:data/read/get', 'read'),
  see: index('indices:admin/get', 'view_index_metadata', 'manage'),
  create: index('indices:admin/create', 'create_index', 'manage'),
  manage: index('indices:admin/settings/update', 'manage'),
  delete: index('indices:admin/delete', 'delete_index', 'manage'),
  refresh: index('indices:admin/refresh', 'maintenance', 'manage'),
} as const satisfies Record<string, Guard>;

export function unauthorized({ action, scope, privileges }: Guard, name: string): Refused {
  const on = scope === 'index' ? ` on indices [${name}]` : '';
  return new Refused(
    403,
    'security_exception',
    `action [${action}] is unauthorized for user [relay] with effective roles [relay]${on}, this action is granted by the ${scope} privileges [${privileges.join(',')}]`,
  );
}
