// A simulated Elasticsearch with everything in place, a destination before it, and records on their way.
import { type RunningElasticsearch, startElasticsearch } from '../../../simulators/elasticsearch/server.ts';
import type { ElasticsearchSwitches } from '../../../simulators/elasticsearch/switches.ts';
import { type BatchProgress, type Destination, newBatchProgress } from '../../../src/destinations/destination.ts';
import { elasticsearch } from '../../../src/destinations/elasticsearch.ts';
import type { Delivery } from '../../../src/records/delivery.ts';
import { batchOf, carry, type Carried, upsertOf } from './carry.ts';
import { sendTo } from './elasticsearch.ts';
import { arrivedFrom, type Json, type Mode, targetOf } from './elasticsearch-assets.ts';
import { testContext } from './harness.ts';

export interface World extends RunningElasticsearch {
  destination: Destination;
  context: ReturnType<typeof testContext>;
  /** One attempt with these deliveries, from `start` on. */
  send: (deliveries: readonly Delivery[], start?: BatchProgress) => Promise<Carried>;
  /** Numbers of the upserts that are there, in the order in which they came. */
  there: () => number[];
  operator: ReturnType<typeof sendTo>;
  close: () => Promise<void>;
}

export const some = (count: number): Delivery[] => Array.from({ length: count }, (_, n) => upsertOf(n));

export async function world({
  options = {},
  switches = {},
  installed = true,
}: { options?: Json; switches?: Partial<ElasticsearchSwitches>; installed?: boolean } = {}): Promise<World> {
  const context = testContext();
  const running = await startElasticsearch({
    now: () => context.clock.ms,
    switches: { auth: 'required', ...switches },
  });
  const parsed = elasticsearch.options.parse({ url: running.url, apiKey: running.apiKey, ...options });
  const destination = elasticsearch.create(parsed, context);
  const mode: Mode = parsed.mode;
  const operator = sendTo(running);
  if (installed) {
    const request = { dryRun: false, takeOver: false, longestLife: null };
    const { problem } = await destination.install!(request, AbortSignal.timeout(5_000));
    if (problem) throw new Error(problem.message);
  }
  const held = running.elasticsearch;
  return {
    ...running,
    destination,
    context,
    operator,
    send: (deliveries, start = newBatchProgress(deliveries.length)) =>
      carry(destination, batchOf(destination, deliveries), start),
    there: () => {
      const target = targetOf(mode, parsed.namespace);
      const docs = held.cluster.streams.has(target) || held.cluster.indices.has(target) ? [...held.docs(target)] : [];
      return docs
        .sort((a, b) => a.seqNo - b.seqNo)
        .map(({ source }) => Number(arrivedFrom(source).deliveryId.split('-')[1]));
    },
    close: async () => {
      await destination.close();
      await running.close();
    },
  };
}
