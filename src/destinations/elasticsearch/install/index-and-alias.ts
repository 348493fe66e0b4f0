// The index of mode `index`, and the aliases on it.
import type { AssetChange } from '../../destination.ts';
import { ELASTIC_LATEST_ALIAS, indexOf } from '../names.ts';
import { type Body, fieldMappings, GC_DELETES } from '../template.ts';
import { changeOf, type Installing, put } from './asset.ts';
import { deletesAfter } from './policy.ts';
import { InstallProblem, refusal } from './problem.ts';

interface Standing {
  aliases?: Record<string, unknown>;
  mappings?: { _meta?: unknown };
  settings?: Record<string, unknown>;
}

/**
 * The index and its write alias. Where the alias leads to another index already, somebody has moved the documents, and nothing is done.
 * Throws InstallProblem.
 */
export async function bringIndex(asked: Installing, namespace: string, alias: string): Promise<AssetChange[]> {
  const others = (await indicesBehind(asked, alias)).filter((name) => name !== indexOf(namespace));
  if (others.length > 0) {
    return [{ asset: `alias ${alias}`, change: 'unchanged', detail: `it leads to ${others.join(', ')}` }];
  }
  const index = indexOf(namespace);
  const { client, signal } = asked;
  const there = await client.get(`/${index}?flat_settings=true`, signal);
  if (there.status === 404) return createIndex(asked, index, alias);
  if (there.status !== 200) throw refusal(`index ${index} cannot be looked at`, there);
  const standing = there.json?.[index] as Standing | undefined;
  return [await update(asked, index, standing ?? {}), await bringAlias(asked, index, alias, standing ?? {})];
}

/** Moves the alias that Elastic's rules and dashboards may read to our index. Throws InstallProblem. */
export async function takeOver(asked: Installing, namespace: string): Promise<AssetChange> {
  const index = indexOf(namespace);
  const asset = `alias ${ELASTIC_LATEST_ALIAS}`;
  const holders = await indicesBehind(asked, ELASTIC_LATEST_ALIAS);
  const others = holders.filter((name) => name !== index);
  if (holders.includes(index) && others.length === 0) return { asset, change: 'unchanged' };
  const actions = [
    ...others.map((other) => ({ remove: { index: other, alias: ELASTIC_LATEST_ALIAS } })),
    { add: { index, alias: ELASTIC_LATEST_ALIAS } },
  ];
  await changeAliases(asked, asset, actions);
  const detail = others.length === 0 ? `on ${index}` : `from ${others.join(', ')} to ${index}`;
  return { asset, change: holders.length === 0 ? 'new' : 'changed', detail };
}

async function createIndex(asked: Installing, index: string, alias: string): Promise<AssetChange[]> {
  await put(asked, `/${index}`, { aliases: { [alias]: { is_write_index: true } } }, `index ${index}`);
  return [
    { asset: `index ${index}`, change: 'new' },
    { asset: `alias ${alias}`, change: 'new' },
  ];
}

async function update(asked: Installing, index: string, { mappings, settings = {} }: Standing): Promise<AssetChange> {
  const asset = `index ${index}`;
  const ours = fieldMappings();
  const policy = settings['index.lifecycle.name'];
  if (typeof policy === 'string' && (await deletesAfter(asked, policy)) !== null) throw deletes(index, policy);
  const mapping = changeOf(asset, mappings?._meta, ours._meta);
  const forgets = settings['index.gc_deletes'] === undefined;
  if (mapping === 'changed') await put(asked, `/${index}/_mapping`, ours, `the mapping of ${index}`);
  if (forgets && mapping !== 'newer') {
    await put(asked, `/${index}/_settings`, { 'index.gc_deletes': GC_DELETES }, `index.gc_deletes of ${index}`);
  }
  return { asset, change: forgets && mapping === 'unchanged' ? 'changed' : mapping };
}

const deletes = (index: string, policy: string): InstallProblem =>
  new InstallProblem(
    'ELASTICSEARCH_RETENTION',
    `the lifecycle policy ${policy} on ${index} would delete what is live (in mode index it stands there alone): take index.lifecycle.name away from the index, or the delete phase from the policy`,
  );

async function bringAlias(
  asked: Installing,
  index: string,
  alias: string,
  { aliases = {} }: Standing,
): Promise<AssetChange> {
  const asset = `alias ${alias}`;
  if (aliases[alias] !== undefined) return { asset, change: 'unchanged' };
  await changeAliases(asked, asset, [{ add: { index, alias, is_write_index: true } }]);
  return { asset, change: 'new' };
}

async function changeAliases(asked: Installing, asset: string, actions: readonly Body[]): Promise<void> {
  if (asked.dryRun) return;
  const answer = await asked.client.ask('/_aliases', { actions }, asked.signal);
  if (answer.status >= 300) throw refusal(`${asset} is refused`, answer);
}

async function indicesBehind({ client, signal }: Installing, alias: string): Promise<string[]> {
  const answer = await client.get(`/_alias/${encodeURIComponent(alias)}`, signal);
  if (answer.status === 404) return [];
  if (answer.status !== 200 || !answer.json) throw refusal(`alias ${alias} cannot be looked at`, answer);
  return Object.keys(answer.json);
}
