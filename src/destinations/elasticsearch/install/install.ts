// Puts what a mode needs into an Elasticsearch, and says what it did; with `dryRun`, what it would do. Safe to repeat.
import { ConfigError, messageOf, RelayError } from '../../../errors.ts';
import type { AssetChange, Installation, InstallRequest } from '../../destination.ts';
import type { Target } from '../blocks.ts';
import { type Product, productOf } from '../product.ts';
import type { ElasticsearchClient } from '../client.ts';
import { ELASTIC_LATEST_ALIAS, indexOf } from '../names.ts';
import { type Body, FIELDS_COMPONENT, fieldsComponent, indexTemplate } from '../template.ts';
import { bring, bringIndexTemplate, type Installing } from './asset.ts';
import { bringIndex, takeOver } from './index-and-alias.ts';
import { latestTransforms } from './latest.ts';
import { forOpenSearch } from './opensearch.ts';
import { InstallProblem } from './problem.ts';
import { checkPrivileges } from './role.ts';
import { bringStream } from './streams.ts';

export interface InstallAsked {
  client: ElasticsearchClient;
  target: Target;
  namespace: string;
}

const FOR_KIBANA =
  'dashboards and example rules are files of this project: import assets/elasticsearch/dashboards.ndjson in Kibana (Stack Management, Saved Objects), and rules.ndjson (Security, Rules)';

/** Never throws: what went wrong is `problem`, and what was done before stands in `assets`. */
export async function installElasticsearch(
  { client, target, namespace }: InstallAsked,
  request: InstallRequest,
  signal: AbortSignal,
): Promise<Installation> {
  const done: Installation = { assets: [], notes: [], problem: null };
  try {
    const product = await productOf({ client, target, signal });
    if ('code' in product) throw new InstallProblem(product.code, product.message);
    const asked: Installing = { client, dryRun: request.dryRun, signal, adapt: adaptTo(product) };
    await checkPrivileges(asked, needsOf(target, namespace, request.takeOver && target.mode === 'index'));
    const fields = await bringFields(asked);
    done.assets.push(fields);
    if (target.mode === 'index') await installIndex(asked, { target, namespace, takesOver: request.takeOver }, done);
    else await installStreams(asked, { namespace, product, request, hasNewFields: fields.change === 'changed' }, done);
    done.notes.push(FOR_KIBANA);
  } catch (error) {
    const code = error instanceof RelayError ? { code: error.code } : {};
    done.problem = { ...code, message: error instanceof ConfigError ? error.lines.join('; ') : messageOf(error) };
  }
  return done;
}

const adaptTo = ({ isOpenSearch }: Product): ((body: Body) => Body) => (isOpenSearch ? forOpenSearch : (body) => body);

const needsOf = (
  { mode, names }: Target,
  namespace: string,
  takesOver: boolean,
): Parameters<typeof checkPrivileges>[1] => ({
  mode,
  names: [...names, ...(mode === 'index' ? [indexOf(namespace)] : []), ...(takesOver ? [ELASTIC_LATEST_ALIAS] : [])],
});

const bringFields = (asked: Installing): Promise<AssetChange> =>
  bring(asked, {
    name: `component template ${FIELDS_COMPONENT}`,
    path: `/_component_template/${FIELDS_COMPONENT}`,
    body: fieldsComponent(),
    markIn: (answer) =>
      (answer['component_templates'] as { component_template: Body }[])[0]?.component_template['_meta'],
  });

interface IndexAsked {
  target: Target;
  namespace: string;
  takesOver: boolean;
}

async function installIndex(
  asked: Installing,
  { target, namespace, takesOver }: IndexAsked,
  { assets }: Installation,
): Promise<void> {
  assets.push(await bringIndexTemplate(asked, `misp-relay-index-${namespace}`, indexTemplate(namespace)));
  assets.push(...(await bringIndex(asked, namespace, target.names[0]!)));
  if (takesOver) assets.push(await takeOver(asked, namespace));
}

interface StreamsAsked {
  namespace: string;
  product: Product;
  request: InstallRequest;
  hasNewFields: boolean;
}

async function installStreams(
  asked: Installing,
  { namespace, product, request, hasNewFields }: StreamsAsked,
  { assets, notes }: Installation,
): Promise<void> {
  const transforms = await latestTransforms(asked);
  for (const endpoint of ['attributes', 'events'] as const) {
    const { longestLife } = request;
    const stream = await bringStream(asked, { endpoint, namespace, longestLife, transforms, hasNewFields });
    assets.push(...stream.assets);
    notes.push(...stream.notes);
  }
  if (request.takeOver) notes.push(`${ELASTIC_LATEST_ALIAS} is left as it is: only mode index takes it over`);
  if (transforms === null) notes.push(NO_TRANSFORMS);
  if (product.isOpenSearch) notes.push(NO_LIFECYCLE);
}

const NO_TRANSFORMS =
  'this cluster has no transforms, or does not show them to us: whoever searches a data stream meets every version of an attribute, also what was withdrawn; mode: index has one document for each';
const NO_LIFECYCLE =
  'OpenSearch has no lifecycle in a template: it deletes nothing from the data streams by itself, see its Index State Management';
