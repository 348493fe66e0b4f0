// One thing that is kept in Elasticsearch by its name: looked at, and put when it is not there or not as it should be. What carries another
// mark than ours, or none, is somebody else's and stays as it is.
import type { AssetChange } from '../../destination.ts';
import type { ElasticsearchClient } from '../client.ts';
import type { Body, Mark } from '../template.ts';
import { InstallProblem, refusal } from './problem.ts';

export interface Asset {
  /** For people: `index template misp-relay-index-default`. */
  name: string;
  path: string;
  body: Body;
  /** The mark of what is there, out of the answer to GET; undefined: it has none. */
  markIn: (answer: Body) => unknown;
}

export interface Installing {
  client: ElasticsearchClient;
  dryRun: boolean;
  signal: AbortSignal;
  /** A body in the words of the product that is there. */
  adapt: (body: Body) => Body;
}

type Change = AssetChange['change'];

/** Throws InstallProblem. */
export async function bring(asked: Installing, asset: Asset): Promise<AssetChange> {
  const { name, path, body, markIn } = asset;
  const there = await asked.client.get(path, asked.signal);
  if (there.status !== 200 && there.status !== 404) throw refusal(`${name} cannot be looked at`, there);
  const change = there.status === 404 ? 'new' : changeOf(name, markIn(there.json ?? {}), body['_meta'] as Mark);
  if (change === 'new' || change === 'changed') await put(asked, path, body, name);
  return { asset: name, change };
}

/** Not in a dry run. Throws InstallProblem. */
export async function put(asked: Installing, path: string, body: Body, name: string): Promise<void> {
  const { client, dryRun, signal, adapt } = asked;
  if (dryRun) return;
  const answer = await client.put(path, adapt(body), signal);
  if (answer.status >= 300) throw refusal(`${name} is refused`, answer);
}

/** Throws InstallProblem. */
export const bringIndexTemplate = (asked: Installing, name: string, body: Body): Promise<AssetChange> =>
  bring(asked, {
    name: `index template ${name}`,
    path: `/_index_template/${name}`,
    body,
    markIn: ({ index_templates: all }) => (all as { index_template: Body }[])[0]?.index_template['_meta'],
  });

/** Throws InstallProblem ELASTICSEARCH_ASSET_FOREIGN. */
export function changeOf(name: string, found: unknown, ours: Mark): Change {
  const mark = (typeof found === 'object' ? found : null) as Partial<Mark> | null;
  if (mark?.managed_by !== 'misp-relay') {
    throw new InstallProblem(
      'ELASTICSEARCH_ASSET_FOREIGN',
      `${name} is there, and misp-relay did not install it: rename or delete it, or choose another namespace:`,
    );
  }
  if ((mark.version ?? 0) > ours.version) return 'newer';
  return mark.digest === ours.digest ? 'unchanged' : 'changed';
}
