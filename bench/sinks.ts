// Where the measured parts deliver to.
import { countIn, emptyIndex } from '../bin/demo/elasticsearch.ts';
import { startSimulator } from '../bin/demo/processes.ts';
import { openElasticsearch } from '../bin/demo/sinks.ts';
import { loadConfig, processEnv } from '../src/config.ts';
import { createLog } from '../src/log.ts';

export const SINKS = ['splunk', 'elasticsearch'] as const;
export type SinkName = (typeof SINKS)[number];

export interface Sink {
  /** The lines of the config below its name. */
  block: Record<string, unknown>;
  url: string;
  /** Null: it is not ours. */
  pid: number | null;
  /** Of what it holds since the last `forget`. `configPath`: any config with this sink. */
  delivered(configPath: string): Promise<{ events: number; attributes: number }>;
  forget(configPath: string): Promise<void>;
  stop(): Promise<void>;
}

export const HEC_TOKEN = '00000000-0000-4000-8000-0000000bench';

/** Elasticsearch: the one that ELASTICSEARCH_URL names, otherwise a simulated one. */
export const openSink = (name: SinkName): Promise<Sink> => (name === 'splunk' ? splunk() : elasticsearch());

async function splunk(): Promise<Sink> {
  const hec = await startSimulator('hec', ['--token', HEC_TOKEN, '--keep-deliveries=false']);
  return {
    block: { type: 'splunk-hec', url: hec.url, token: HEC_TOKEN, index: 'threat_intel' },
    url: hec.url,
    pid: hec.pid,
    delivered: () => hec.ask('counts'),
    forget: async () => void (await hec.ask('clear', {})),
    stop: () => hec.stop(),
  };
}

async function elasticsearch(): Promise<Sink> {
  const { access, simulator } = await openElasticsearch();
  const log = createLog('error');
  const configOf = (path: string): ReturnType<typeof loadConfig> =>
    loadConfig({ path, env: processEnv(), cwd: process.cwd() });
  return {
    block: { type: 'elasticsearch', ...access, namespace: 'misp_relay_bench' },
    url: String(access['url']),
    pid: simulator?.pid ?? null,
    async delivered(path) {
      const events = await countIn(configOf(path), log);
      return { events, attributes: events }; // one document for each attribute
    },
    forget: (path) => emptyIndex(configOf(path), log),
    stop: async () => simulator?.stop(),
  };
}
