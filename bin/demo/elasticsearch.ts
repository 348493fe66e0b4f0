// The index of a demo or a bench: emptied before, and read whole after.
import type { RelayConfig } from '../../src/config.ts';
import { ElasticsearchClient } from '../../src/destinations/elasticsearch/client.ts';
import { indexOf } from '../../src/destinations/elasticsearch/names.ts';
import type { ElasticsearchOptions } from '../../src/destinations/elasticsearch/options.ts';
import { RetryableError } from '../../src/errors.ts';
import { install } from '../../src/install.ts';
import type { Logger } from '../../src/log.ts';
import { destinationContext } from '../../src/runtime.ts';
import type { Holdings, SinkAttribute } from '../../simulators/compare.ts';

const PAGE = 5_000;

interface Hit {
  _source: { misp: { attribute: { uuid: string } }; threat?: { indicator?: { modified_at?: string } } };
  sort: unknown[];
}

type Work<T> = (client: ElasticsearchClient, index: string) => Promise<T>;

async function within<T>(config: RelayConfig, log: Logger, work: Work<T>): Promise<T> {
  const options = config.destinations['elasticsearch']!.options as ElasticsearchOptions;
  const client = new ElasticsearchClient(options, destinationContext('elasticsearch', config, log));
  try {
    return await work(client, indexOf(options.namespace));
  } finally {
    await client.close();
  }
}

/** What an earlier one left goes; templates, index and alias are put there. Throws RetryableError with what stands in the way. */
export async function emptyIndex(config: RelayConfig, log: Logger): Promise<void> {
  const put = async (): Promise<void> => {
    const [done] = await install(config, log, { type: 'elasticsearch', dryRun: false, takeOver: false });
    if (done!.problem) throw new RetryableError('DEMO_INSTALL', done!.problem.message);
  };
  await put(); // so that nothing is emptied that misp-relay did not make
  await within(config, log, async (client, index) => {
    const { status } = await client.remove(`/${index}`, AbortSignal.timeout(60_000));
    if (status !== 200)
      throw new RetryableError('DEMO_INSTALL', `the index ${index} cannot be deleted (HTTP ${status})`);
  });
  await put();
}

/** Every document that a rule would match, by the uuid of its attribute. */
export function documentsIn(config: RelayConfig, log: Logger): Promise<Holdings & { events: number }> {
  return within(config, log, async (client, index) => {
    const signal = AbortSignal.timeout(60_000);
    await refresh(client, index, signal);
    const byUuid: Record<string, SinkAttribute> = {};
    let events = 0;
    for (let after: unknown[] | undefined, page: Hit[]; ; after = page.at(-1)!.sort) {
      page = await pageOf(client, index, after, signal);
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

async function pageOf(
  client: ElasticsearchClient,
  index: string,
  after: unknown[] | undefined,
  signal: AbortSignal,
): Promise<Hit[]> {
  const question = {
    size: PAGE,
    sort: [{ 'misp.attribute.uuid': 'asc' }],
    _source: ['misp.attribute.uuid', 'threat.indicator.modified_at'],
    query: { bool: { must_not: [{ exists: { field: 'misp_relay.withdrawn' } }] } },
    ...(after ? { search_after: after } : {}),
  };
  const { status, json } = await client.ask(`/${index}/_search`, question, signal);
  const hits = (json?.['hits'] as { hits?: Hit[] } | undefined)?.hits;
  if (status !== 200 || !hits) throw new RetryableError('DEMO_SEARCH', `the index cannot be searched (HTTP ${status})`);
  return hits;
}

/** How many documents there are. */
export function countIn(config: RelayConfig, log: Logger): Promise<number> {
  return within(config, log, async (client, index) => {
    const signal = AbortSignal.timeout(60_000);
    await refresh(client, index, signal);
    const { json } = await client.get(`/${index}/_count`, signal);
    return Number(json?.['count']);
  });
}

/** What was written is seen by a search after it. */
async function refresh(client: ElasticsearchClient, index: string, signal: AbortSignal): Promise<void> {
  const { status } = await client.get(`/${index}/_refresh`, signal); // as POST it must not have a body
  if (status !== 200) throw new RetryableError('DEMO_SEARCH', `the index cannot be refreshed (HTTP ${status})`);
}
