// The index of the demo: emptied before, and read whole after.
import type { RelayConfig } from '../../src/config.ts';
import { ElasticsearchClient } from '../../src/destinations/elasticsearch/client.ts';
import { indexOf } from '../../src/destinations/elasticsearch/names.ts';
import type { ElasticsearchOptions } from '../../src/destinations/elasticsearch/options.ts';
import { RetryableError } from '../../src/errors.ts';
import { install } from '../../src/install.ts';
import type { Logger } from '../../src/log.ts';
import { destinationContext } from '../../src/runtime.ts';
import type { Holdings, SinkAttribute } from '../../simulators/compare.ts';

export const NAMESPACE = 'misp_relay_demo';
const INDEX = indexOf(NAMESPACE);
const PAGE = 5_000;

interface Hit {
  _source: { misp: { attribute: { uuid: string } }; threat?: { indicator?: { modified_at?: string } } };
  sort: unknown[];
}

async function within<T>(
  config: RelayConfig,
  log: Logger,
  work: (client: ElasticsearchClient) => Promise<T>,
): Promise<T> {
  const options = config.destinations['elasticsearch']!.options as ElasticsearchOptions;
  const client = new ElasticsearchClient(options, destinationContext('elasticsearch', config, log));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** What an earlier demo left goes; templates, index and alias are put there. Throws RetryableError with what stands in the way. */
export async function emptyIndex(config: RelayConfig, log: Logger): Promise<void> {
  const put = async (): Promise<void> => {
    const [done] = await install(config, log, { type: 'elasticsearch', dryRun: false, takeOver: false });
    if (done!.problem) throw new RetryableError('DEMO_INSTALL', done!.problem.message);
  };
  await put(); // so that nothing is emptied that misp-relay did not make
  await within(config, log, async (client) => {
    const { status } = await client.remove(`/${INDEX}`, AbortSignal.timeout(60_000));
    if (status !== 200)
      throw new RetryableError('DEMO_INSTALL', `the index ${INDEX} cannot be deleted (HTTP ${status})`);
  });
  await put();
}

/** Every document that a rule would match, by the uuid of its attribute. */
export function documentsIn(config: RelayConfig, log: Logger): Promise<Holdings & { events: number }> {
  return within(config, log, async (client) => {
    const signal = AbortSignal.timeout(60_000);
    await client.ask(`/${INDEX}/_refresh`, {}, signal);
    const byUuid: Record<string, SinkAttribute> = {};
    let events = 0;
    for (let after: unknown[] | undefined, page: Hit[]; ; after = page.at(-1)!.sort) {
      page = await pageOf(client, after, signal);
      for (const {
        _source: { misp, threat },
      } of page) {
        const seconds = Math.floor(Date.parse(threat?.indicator?.modified_at ?? '') / 1000);
        byUuid[misp.attribute.uuid] = { action: 'upsert', attribute_time: seconds };
      }
      events += page.length;
      if (page.length < PAGE) return { byUuid, events, duplicates: events - Object.keys(byUuid).length };
    }
  });
}

async function pageOf(client: ElasticsearchClient, after: unknown[] | undefined, signal: AbortSignal): Promise<Hit[]> {
  const question = {
    size: PAGE,
    sort: [{ 'misp.attribute.uuid': 'asc' }],
    _source: ['misp.attribute.uuid', 'threat.indicator.modified_at'],
    query: { bool: { must_not: [{ exists: { field: 'misp_relay.withdrawn' } }] } },
    ...(after ? { search_after: after } : {}),
  };
  const { status, json } = await client.ask(`/${INDEX}/_search`, question, signal);
  const hits = (json?.['hits'] as { hits?: Hit[] } | undefined)?.hits;
  if (status !== 200 || !hits) throw new RetryableError('DEMO_SEARCH', `the index cannot be searched (HTTP ${status})`);
  return hits;
}
