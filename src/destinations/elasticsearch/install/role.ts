// What installing and delivering need, asked before anything is changed, and the role that grants it.
import { PRIVILEGES } from '../blocks.ts';
import type { Installing } from './asset.ts';
import { InstallProblem } from './problem.ts';

export interface Needs {
  mode: 'index' | 'data_stream';
  /** Indices, data streams and aliases. */
  names: readonly string[];
}

interface Role {
  cluster: string[];
  indices: { names: string[]; privileges: string[] }[];
}

/** For `PUT /_security/role/misp-relay`. */
export const roleFor = ({ mode, names }: Needs): Role => ({
  cluster: ['monitor', 'manage_index_templates', ...(mode === 'data_stream' ? ['manage_transform'] : [])],
  indices: [{ names: [...names], privileges: ['manage', ...PRIVILEGES[mode]] }],
});

/** Who has no transforms needs no privilege on them, so what is only wished for is not asked. Throws InstallProblem ELASTICSEARCH_FORBIDDEN. */
export async function checkPrivileges({ client, signal }: Installing, needs: Needs): Promise<void> {
  const question = { cluster: ['manage_index_templates'], index: [{ names: needs.names, privileges: ['manage'] }] };
  const answer = await client.ask('/_security/user/_has_privileges', question, signal);
  // Without security nobody can say, and nothing is forbidden.
  if (answer.status !== 200 || answer.json?.['has_all_requested'] !== false) return;
  const { cluster = {}, index = {} } = answer.json as {
    cluster?: Record<string, boolean>;
    index?: Record<string, Record<string, boolean>>;
  };
  const lacking = [
    ...Object.keys(cluster).filter((name) => !cluster[name]),
    ...needs.names.filter((name) => !index[name]?.['manage']).map((name) => `manage on ${name}`),
  ];
  throw new InstallProblem(
    'ELASTICSEARCH_FORBIDDEN',
    `${answer.host} takes our credentials, but they lack ${lacking.join(', ')}: give them this role, PUT /_security/role/misp-relay ${JSON.stringify(roleFor(needs))}`,
  );
}
