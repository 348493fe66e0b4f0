// `POST /_aliases`: all of its actions, or none.
import { type Cluster } from './cluster.ts';
import { Refused } from './errors.ts';

interface AliasAction {
  index?: string;
  indices?: string[];
  alias?: string;
  aliases?: string[];
  must_exist?: boolean;
  [more: string]: unknown;
}

export function changeAliases(cluster: Cluster, actions: readonly Record<string, AliasAction>[]): void {
  const before = [...cluster.indices.values()].map((index) => [index, new Map(index.aliases)] as const);
  try {
    const removed: string[] = [];
    for (const action of actions)
      for (const [kind, what] of Object.entries(action)) change(cluster, kind, what, removed);
    checkWriteIndices(cluster);
    for (const name of removed) cluster.delete(name);
  } catch (error) {
    for (const [index, aliases] of before) {
      index.aliases.clear();
      for (const [alias, options] of aliases) index.aliases.set(alias, options);
    }
    throw error;
  }
}

function change(cluster: Cluster, kind: string, action: AliasAction, removed: string[]): void {
  const { index, indices, alias, aliases, must_exist: must, ...options } = action;
  const names = aliases ?? (alias === undefined ? [] : [alias]);
  const targets = cluster.resolve((indices ?? [index ?? '']).join(','));
  if (kind === 'remove_index') removed.push(...targets.map((target) => target.name));
  else if (kind === 'add') {
    for (const name of names) {
      if (cluster.indices.has(name) || cluster.streams.has(name)) {
        const reason = `Invalid alias name [${name}]: an index or data stream exists with the same name as the alias`;
        throw new Refused(400, 'invalid_alias_name_exception', reason);
      }
      for (const target of targets) target.aliases.set(name, options);
    }
  } else if (kind === 'remove') {
    for (const name of names) {
      const gone = targets.filter((target) => target.aliases.delete(name)).length;
      if (gone === 0 && must !== false) throw missingAliases(name);
    }
  } else {
    throw new Refused(400, 'x_content_parse_exception', '[1:20] [aliases] failed to parse field [actions]', {
      caused_by: { type: 'x_content_parse_exception', reason: `[1:14] [alias_action] unknown field [${kind}]` },
    });
  }
}

export const missingAliases = (name: string): Refused =>
  new Refused(404, 'aliases_not_found_exception', `aliases [${name}] missing`, {
    'resource.type': 'aliases',
    'resource.id': name,
  });

function checkWriteIndices(cluster: Cluster): void {
  const writers = new Map<string, string[]>();
  for (const index of cluster.indices.values()) {
    for (const [alias, options] of index.aliases) {
      if (options['is_write_index'] === true) writers.set(alias, [...(writers.get(alias) ?? []), index.name]);
    }
  }
  for (const [alias, names] of writers) {
    if (names.length < 2) continue;
    throw new Refused(
      500,
      'illegal_state_exception',
      `alias [${alias}] has more than one write index [${names.join(',')}]`,
    );
  }
}
