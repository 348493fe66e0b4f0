// Where the demo delivers to, and what stands there at its end, asked of the destination itself.
import { processEnv, type RelayConfig } from '../../src/config.ts';
import type { Logger } from '../../src/log.ts';
import type { Holdings } from '../../simulators/compare.ts';
import { documentsIn, emptyIndex } from './elasticsearch.ts';
import { type Simulator, startSimulator } from './processes.ts';

export const SINKS = ['splunk', 'elasticsearch'] as const;
export type SinkName = (typeof SINKS)[number];

export interface Sink {
  /** The lines of the config below its name. */
  block: Record<string, unknown>;
  filter: Record<string, unknown>;
  /** Whether it holds what is now, and nothing else. Otherwise a withdrawal is one more record. */
  isCopy: boolean;
  /** Before the first record. */
  prepare(config: RelayConfig, log: Logger): Promise<void>;
  holdings(config: RelayConfig, log: Logger): Promise<Holdings & { events: number }>;
  stop(): Promise<void>;
}

const HEC_TOKEN = '00000000-0000-4000-8000-00000000demo';
const ELASTICSEARCH_KEY = 'demo-id:demo-key';

/** Throws when a simulator does not start. */
export const openSink = (name: SinkName): Promise<Sink> => (name === 'splunk' ? splunk() : elasticsearch());

async function splunk(): Promise<Sink> {
  const hec = await startSimulator('hec', ['--token', HEC_TOKEN]);
  return {
    block: { type: 'splunk-hec', url: hec.url, token: HEC_TOKEN, index: 'threat_intel' },
    // Everything is expected to arrive, whatever its TLP.
    filter: { maxTlp: 'off' },
    isCopy: false,
    prepare: async () => {},
    holdings: () => hec.ask('truth'),
    stop: () => hec.stop(),
  };
}

async function elasticsearch(): Promise<Sink> {
  const { access, simulator } = await openElasticsearch();
  return {
    block: { type: 'elasticsearch', ...access, namespace: 'misp_relay_demo' },
    filter: { maxTlp: 'off', toIds: true },
    isCopy: true,
    prepare: emptyIndex,
    holdings: documentsIn,
    stop: async () => simulator?.stop(),
  };
}

/** The one that the environment names, or a simulated one. `access`: keys of the config; of secrets, references alone. */
export async function openElasticsearch(): Promise<{ access: Record<string, unknown>; simulator: Simulator | null }> {
  const env = processEnv();
  const url = env['ELASTICSEARCH_URL'];
  if (url) return { access: { url, ...credentialsOf(env) }, simulator: null };
  const args = ['--api-key', ELASTICSEARCH_KEY, '--switches', '{"auth":"required"}'];
  const simulator = await startSimulator('elasticsearch', args);
  return { access: { url: simulator.url, apiKey: ELASTICSEARCH_KEY }, simulator };
}

function credentialsOf(env: Record<string, string | undefined>): Record<string, unknown> {
  const given = (name: string): string | undefined => (env[name] ? `\${${name}}` : undefined);
  const tls = {
    ...(env['ELASTICSEARCH_CA'] ? { ca: env['ELASTICSEARCH_CA'] } : {}),
    ...(/^(1|true|yes|on)$/i.test(env['ELASTICSEARCH_TLS_INSECURE'] ?? '') ? { insecure: true } : {}),
  };
  return {
    apiKey: given('ELASTICSEARCH_API_KEY'),
    username: given('ELASTICSEARCH_USERNAME'),
    password: given('ELASTICSEARCH_PASSWORD'),
    ...(Object.keys(tls).length > 0 ? { tls } : {}),
  };
}
