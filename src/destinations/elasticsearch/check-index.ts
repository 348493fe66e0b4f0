// What stands behind the write alias of mode `index`.
import { missing, readOnly } from './blocks.ts';
import type { Asked, Findings } from './check-findings.ts';

type Json = Record<string, unknown>;

const BLOCKS = ['index.blocks.read_only', 'index.blocks.write', 'index.blocks.read_only_allow_delete'];
const CLUSTER_BLOCKS = ['cluster.blocks.read_only', 'cluster.blocks.read_only_allow_delete'];

/** Who may not look cannot say. */
const NOTHING: Findings = { problem: null, warnings: [] };

export async function indexFindings(asked: Asked): Promise<Findings> {
  const { client, target, signal } = asked;
  const alias = target.names[0]!;
  const reply = await client.get(`/_alias/${encodeURIComponent(alias)}`, signal);
  const { status, json, host } = reply;
  if (status === 404) return { problem: missing(host, target), warnings: [] };
  if (status !== 200 || !json) return NOTHING;
  if (!knowsWhereTo(json, alias)) {
    const message = `${host} does not know which index of ${alias} to write to: give one of them is_write_index: true (POST _aliases)`;
    return { problem: { code: 'ELASTICSEARCH_WRONG_TARGET', message }, warnings: [] };
  }
  const settings = await settingsOf(asked);
  if ((await clusterIsReadOnly(asked)) || settings.some((each) => isAnyOn(each, BLOCKS))) {
    return { problem: readOnly(host, target), warnings: [] };
  }
  return { problem: null, warnings: settings.some(forgets) ? [forgetting(alias)] : [] };
}

function knowsWhereTo(json: Json, alias: string): boolean {
  const indices = Object.values(json) as { aliases?: Record<string, { is_write_index?: boolean }> }[];
  return indices.length === 1 || indices.some(({ aliases }) => aliases?.[alias]?.is_write_index === true);
}

async function settingsOf({ client, target, signal }: Asked): Promise<Json[]> {
  const path = encodeURIComponent(target.names[0]!);
  const { status, json } = await client.get(`/${path}/_settings?flat_settings=true`, signal);
  if (status !== 200 || !json) return [];
  return Object.values(json).map((each) => (each as { settings?: Json }).settings ?? {});
}

async function clusterIsReadOnly({ client, signal }: Asked): Promise<boolean> {
  const { status, json } = await client.get('/_cluster/settings?flat_settings=true', signal);
  if (status !== 200 || !json) return false;
  return [json['persistent'], json['transient']].some((given) => isAnyOn((given ?? {}) as Json, CLUSTER_BLOCKS));
}

const isAnyOn = (settings: Json, names: readonly string[]): boolean =>
  names.some((name) => settings[name] === true || settings[name] === 'true');

const forgets = (settings: Json): boolean => settings['index.gc_deletes'] === undefined;

/** Then an older version that was under way meanwhile would come back. */
const forgetting = (alias: string): string =>
  `the index behind ${alias} forgets deleted versions after 60 s, so that an old one could come back (index.gc_deletes): set it to 2h there`;
