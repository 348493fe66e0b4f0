import { type RunningElasticsearch, startElasticsearch } from '../../../simulators/elasticsearch/server.ts';
import { elasticsearch } from '../../../src/destinations/elasticsearch.ts';
import { aliasOf } from '../../../src/destinations/elasticsearch/names.ts';
import { arrivedFrom, badLine, install, type Json, type Mode, type Send, targetOf } from './elasticsearch-assets.ts';
import { realHarnesses } from './elasticsearch-real.ts';
import { type Harness, type HarnessKind, testContext } from './harness.ts';

/** Asks the simulator as an operator would. */
export const sendTo =
  ({ url, apiKey }: Pick<RunningElasticsearch, 'url' | 'apiKey'>): Send =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', authorization: `ApiKey ${apiKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Json };
  };

async function make(mode: Mode, more: Json = {}): Promise<Harness> {
  const context = testContext();
  const running = await startElasticsearch({ now: () => context.clock.ms, switches: { auth: 'required' } });
  const { elasticsearch: held, switches } = running;
  await install(sendTo(running), mode, 'default', aliasOf('default'));
  const options = elasticsearch.options.parse({ url: running.url, apiKey: running.apiKey, mode, ...more });
  const destination = elasticsearch.create(options, context);
  return {
    destination,
    idempotent: true,
    secrets: [running.apiKey, held.credentials.apiKey],
    arrived: async () => {
      const target = targetOf(mode, 'default');
      const docs = mode === 'data_stream' && !held.cluster.streams.has(target) ? [] : [...held.docs(target)];
      return docs.sort((a, b) => a.seqNo - b.seqNo).map(({ source }) => arrivedFrom(source));
    },
    outage: async () => held.fail('unavailable'),
    revoke: async () => void (switches.credentials = 'rejected'),
    repair: async () => {
      held.faults.clear();
      switches.credentials = 'valid';
    },
    loseAnswer: () => held.fail('drop after taking', { next: 1 }),
    badLine: badLine(mode, 'default'),
    close: async () => {
      await destination.close();
      await running.close();
    },
  };
}

export const elasticsearchHarnesses: HarnessKind[] = [
  { name: 'elasticsearch', make: () => make('index') },
  { name: 'elasticsearch that marks', make: () => make('index', { onWithdraw: 'mark' }) },
  { name: 'elasticsearch with data streams', make: () => make('data_stream') },
  ...realHarnesses,
];
