// Latest transforms: each reads a data stream and keeps the last document of each attribute, without what has decayed (elastic-ti-misp 2.6).
// Elastic's integration brings one for its attributes; where none reads a stream, ours is made.
import type { Endpoint } from '../../../records/delivery.ts';
import type { AssetChange } from '../../destination.ts';
import { datasetOf, latestOf, means, streamOf } from '../names.ts';
import { type Body, latestTemplate, marked } from '../template.ts';
import { bringIndexTemplate, type Installing, put } from './asset.ts';
import { refusal } from './problem.ts';

export interface Latest {
  id: string;
  sources: string[];
  /** It was found at work, so that what it made does not need the stream any longer. */
  running: boolean;
}

type Asking = Pick<Installing, 'client' | 'signal'>;

interface Transform {
  id: string;
  latest?: unknown;
  source?: { index?: string | string[] };
}

/** All that there are; null: this cluster has no transforms, or we may not see them. */
export async function latestTransforms({ client, signal }: Asking): Promise<Latest[] | null> {
  const { status, json } = await client.get('/_transform/_all?size=1000', signal);
  if (status !== 200 || !Array.isArray(json?.['transforms'])) return null;
  const latest = (json['transforms'] as Transform[]).filter((each) => each.latest !== undefined);
  return Promise.all(
    latest.map(async ({ id, source }) => ({
      id,
      sources: [source?.index ?? []].flat(),
      running: await isRunning({ client, signal }, id),
    })),
  );
}

async function isRunning({ client, signal }: Asking, id: string): Promise<boolean> {
  const { json } = await client.get(`/_transform/${encodeURIComponent(id)}/_stats`, signal);
  const [stats] = (json?.['transforms'] ?? []) as { state?: string; health?: { status?: string } }[];
  return ['started', 'indexing'].includes(stats?.state ?? '') && stats?.health?.status !== 'red';
}

export const reads = ({ sources }: Latest, stream: string): boolean =>
  sources.some((pattern) => means(pattern, stream));

/**
 * The stream, since a transform needs it to be there, the template of what it makes, and the transform, started. One that does not start
 * is taken away again. Throws InstallProblem.
 */
export async function bringLatest(asked: Installing, endpoint: Endpoint, namespace: string): Promise<AssetChange[]> {
  const destination = latestOf(endpoint, namespace);
  const id = `misp-relay-latest-${datasetOf(endpoint)}-${namespace}`;
  const template = await bringIndexTemplate(asked, id, latestTemplate(destination));
  const stream = streamOf(endpoint, namespace);
  await bringStreamItself(asked, stream);
  await put(asked, `/_transform/${id}`, transformOf(stream, destination), `transform ${id}`);
  await start(asked, id);
  return [template, { asset: `transform ${id}`, change: 'new', detail: `makes ${destination}` }];
}

async function bringStreamItself({ client, dryRun, signal }: Installing, stream: string): Promise<void> {
  if (dryRun) return;
  const made = await client.put(`/_data_stream/${stream}`, {}, signal);
  if (made.status < 300 || made.error?.type === 'resource_already_exists_exception') return;
  throw refusal(`data stream ${stream} is refused`, made);
}

async function start({ client, dryRun, signal }: Installing, id: string): Promise<void> {
  if (dryRun) return;
  const started = await client.ask(`/_transform/${id}/_start`, {}, signal);
  if (started.status < 300) return;
  await client.remove(`/_transform/${id}?force=true`, signal);
  throw refusal(`transform ${id} does not start`, started);
}

/** As Elastic's own: without end, two minutes behind, and without what has decayed. */
const transformOf = (stream: string, destination: string): Body => ({
  description: 'The last document of each attribute, without what was withdrawn, has expired or decayed.',
  source: { index: [stream] },
  dest: { index: destination },
  latest: { unique_key: ['event.dataset', 'misp.attribute.uuid'], sort: 'event.ingested' },
  frequency: '30s',
  sync: { time: { field: 'event.ingested', delay: '120s' } },
  retention_policy: { time: { field: 'misp.attribute.decayed_at', max_age: '1m' } },
  settings: { num_failure_retries: -1 },
  _meta: marked({})['_meta'],
});
