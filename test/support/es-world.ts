// A destination before a real Elasticsearch, with names of its own that go with the test.
import type { BatchProgress, Destination } from '../../src/destinations/destination.ts';
import { newBatchProgress } from '../../src/destinations/destination.ts';
import { elasticsearch } from '../../src/destinations/elasticsearch.ts';
import { indexOf, streamOf } from '../../src/destinations/elasticsearch/names.ts';
import type { Delivery } from '../../src/records/delivery.ts';
import { batchOf, carry, type Carried } from '../contract/harness/carry.ts';
import { testContext } from '../contract/harness/harness.ts';
import { type Json, type RealElasticsearch, send } from './real-elasticsearch.ts';

export interface EsWorld {
  namespace: string;
  /** The index, or the data stream of attributes. */
  target: string;
  destination: Destination;
  /** One attempt with these deliveries. */
  deliver: (deliveries: readonly Delivery[], start?: BatchProgress) => Promise<Carried>;
  operator: (method: string, path: string, body?: unknown) => ReturnType<typeof send>;
  /** `_source` of all that is there, by `_id`. */
  documents: () => Promise<Map<string, Json>>;
  close: () => Promise<void>;
}

let worlds = 0;

export async function esWorld(
  real: RealElasticsearch,
  options: Json = {},
  { installed = true } = {},
): Promise<EsWorld> {
  const namespace = `world${process.pid}x${Date.now().toString(36)}x${++worlds}`;
  const parsed = elasticsearch.options.parse({ url: real.url, ...real.access, namespace, ...options });
  const destination = elasticsearch.create(parsed, testContext());
  const operator: EsWorld['operator'] = (method, path, body) => send(real, method, path, body);
  if (installed) {
    const request = { dryRun: false, takeOver: false, longestLife: null };
    const { problem } = await destination.install!(request, AbortSignal.timeout(30_000));
    if (problem) throw new Error(problem.message);
  }
  const target = parsed.mode === 'index' ? indexOf(namespace) : streamOf('attributes', namespace);
  return {
    namespace,
    target,
    destination,
    operator,
    deliver: (deliveries, start = newBatchProgress(deliveries.length)) =>
      carry(destination, batchOf(destination, deliveries), start),
    documents: () => documentsOf(real, target),
    async close() {
      await destination.close();
      await operator('DELETE', `/${indexOf(namespace)}`);
      for (const name of ['index', 'threat_attributes', 'threat']) {
        await operator('DELETE', `/_index_template/misp-relay-${name}-${namespace}`); // one with a stream stays
      }
    },
  };
}

const PAGE = 5_000;

interface Hit {
  _id: string;
  _source: Json;
  sort: unknown[];
}

export async function documentsOf(
  real: Pick<RealElasticsearch, 'url' | 'headers'>,
  target: string,
): Promise<Map<string, Json>> {
  await send(real, 'POST', `/${target}/_refresh`);
  const found = new Map<string, Json>();
  for (let after: unknown[] | undefined; ;) {
    const { status, json } = await send(real, 'POST', `/${target}/_search`, {
      size: PAGE,
      sort: [{ 'misp_relay.delivery_id': { order: 'asc', unmapped_type: 'keyword' } }],
      ...(after ? { search_after: after } : {}),
    });
    if (status === 404) return found;
    if (status !== 200) throw new Error(`the search is refused: ${status}`);
    const { hits } = (json as { hits: { hits: Hit[] } }).hits;
    for (const { _id, _source } of hits) found.set(_id, _source);
    if (hits.length < PAGE) return found;
    after = hits.at(-1)!.sort;
  }
}
