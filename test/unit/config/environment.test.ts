// The environment alone: one source, one feed.
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import { folderWith, load, refusal, BASE, type Env } from './config-file.ts';

const ENOUGH = {
  MISP_URL: 'https://misp.example.org/',
  MISP_API_KEY: 'misp-key',
  SPLUNK_HEC_URL: 'https://splunk.example.org:8088/services/collector',
  SPLUNK_HEC_TOKEN: 'hec-token',
};
const fromEnv = (env: Env) => loadConfig({ env, cwd: folderWith() });

describe('nothing is configured', () => {
  it.each([{}, { MISP_URL: '', SPLUNK_HEC_URL: '' }, { MISP_API_KEY: 'x', POLL_INTERVAL: '5m' }])('%o', (env) => {
    expect(refusal(() => fromEnv(env))).toEqual([
      'Nothing is configured: set MISP_URL, MISP_API_KEY, and SPLUNK_HEC_URL with SPLUNK_HEC_TOKEN or ELASTICSEARCH_URL with ELASTICSEARCH_API_KEY,',
      'or copy relay.example.yaml to relay.yaml and fill it in.',
      'To see it at work first: npm run demo',
    ]);
  });
});

describe('the environment alone', () => {
  it('is enough with four variables', () => {
    const config = fromEnv(ENOUGH);
    const { sources, destinations, feeds, temporal, logLevel } = config;
    expect(sources['main']).toMatchObject({ type: 'misp', url: 'https://misp.example.org' });
    expect(sources['main']!.apiKey.reveal()).toBe('misp-key');
    expect(destinations['splunk']!.kind.type).toBe('splunk-hec');
    const options = destinations['splunk']!.options as { url: string; token: { reveal(): string }; tls?: object };
    expect(options.url).toBe('https://splunk.example.org:8088');
    expect(options.token.reveal()).toBe('hec-token');
    expect(options.tls).toBeUndefined();
    expect(feeds).toMatchObject({ splunk: { source: 'main', destination: 'splunk', since: '30d' } });
    expect({ temporal, logLevel }).toEqual({ temporal: null, logLevel: 'info' });
  });

  const ELASTIC = {
    MISP_URL: ENOUGH.MISP_URL,
    MISP_API_KEY: ENOUGH.MISP_API_KEY,
    ELASTICSEARCH_URL: 'https://es.example.org:9200',
  };

  it('one feed for each destination that is named', () => {
    const of = (env: Env): string[] => Object.keys(fromEnv(env).feeds);
    expect(of(ELASTIC)).toEqual(['elasticsearch']);
    expect(of({ ...ENOUGH, ...ELASTIC })).toEqual(['splunk', 'elasticsearch']);
    const { destinations, feeds } = fromEnv({
      ...ELASTIC,
      ELASTICSEARCH_API_KEY: 'id:key',
      ELASTICSEARCH_CA: 'es.pem',
      ELASTICSEARCH_TLS_INSECURE: 'no',
      MISP_SINCE: '0',
    });
    const options = destinations['elasticsearch']!.options as { apiKey: { reveal(): string } };
    expect(options).toMatchObject({ url: 'https://es.example.org:9200', tls: { ca: 'es.pem', insecure: false } });
    expect(options.apiKey.reveal()).toBe('id:key');
    expect(feeds['elasticsearch']).toMatchObject({ destination: 'elasticsearch', since: '0' });
  });

  it.each([
    [{ ELASTICSEARCH_USERNAME: 'relay' }, 'ELASTICSEARCH_PASSWORD'],
    [
      { ELASTICSEARCH_API_KEY: 'a:b', ELASTICSEARCH_USERNAME: 'u', ELASTICSEARCH_PASSWORD: 'p' },
      'ELASTICSEARCH_USERNAME',
    ],
    [{ ELASTICSEARCH_TLS_INSECURE: 'maybe' }, 'ELASTICSEARCH_TLS_INSECURE'],
    [{ ELASTICSEARCH_URL: 'no url' }, 'ELASTICSEARCH_URL'],
    [{ POLL_INTERVAL: 'soon' }, 'POLL_INTERVAL'],
  ])('%o: the variable is named', (env, name) => {
    expect(refusal(() => fromEnv({ ...ELASTIC, ...env })).join()).toContain(name);
  });

  it('understands every variable', () => {
    const config = fromEnv({
      ...ENOUGH,
      MISP_SINCE: '0',
      MISP_CA: 'misp.pem',
      MISP_TLS_INSECURE: 'yes',
      SPLUNK_HEC_INDEX: 'threat_intel',
      SPLUNK_HEC_CA: 'splunk.pem',
      SPLUNK_HEC_SERVERNAME: 'SplunkServerDefaultCert',
      SPLUNK_HEC_TLS_INSECURE: '1',
      POLL_INTERVAL: '2m',
      LOG_LEVEL: 'debug',
      RELAY_STORE: 'sqlite:./elsewhere/relay.db',
      HEALTH_ADDRESS: '127.0.0.1:9999',
      ALERT_WEBHOOK: 'https://hooks.example.org/x',
      ALERT_MAX_LAG: '30m',
      TEMPORAL_ADDRESS: 'temporal.example.org:7233',
      TEMPORAL_NAMESPACE: 'intel',
      TEMPORAL_TASK_QUEUE: 'relay-2',
    });
    expect(config.sources['main']!.tls).toEqual({ ca: 'misp.pem', insecure: true });
    expect(config.destinations['splunk']!.options).toMatchObject({
      index: 'threat_intel',
      tls: { ca: 'splunk.pem', serverName: 'SplunkServerDefaultCert', insecure: true },
    });
    expect(config.feeds['splunk']).toMatchObject({ interval: 120, since: '0' });
    expect(config.logLevel).toBe('debug');
    expect(config.health).toEqual({ address: { host: '127.0.0.1', port: 9999 } });
    expect(config.alerts).toMatchObject({ maxLag: 1_800, repeat: 14_400 });
    expect(config.alerts.webhook!.reveal()).toBe('https://hooks.example.org/x');
    expect(config.storePath).toMatch(/elsewhere[\\/]relay\.db$/);
    expect(config.dataDir).toMatch(/elsewhere$/);
    expect(config.temporal).toEqual({
      address: 'temporal.example.org:7233',
      namespace: 'intel',
      taskQueue: 'relay-2',
    });
  });

  it('takes a secret from a file', () => {
    const cwd = folderWith({ key: 'from-the-file\n' });
    const config = loadConfig({ env: { ...ENOUGH, MISP_API_KEY: 'file:key' }, cwd });
    expect(config.sources['main']!.apiKey.reveal()).toBe('from-the-file');
  });

  it.each([
    ['MISP_TLS_INSECURE', 'no', undefined],
    ['MISP_TLS_INSECURE', 'off', undefined],
  ])('%s=%s checks certificates', (name, value) => {
    expect(fromEnv({ ...ENOUGH, [name]: value }).sources['main']!.tls).toEqual({ insecure: false });
  });

  it.each<[Env, string[]]>([
    [{ MISP_API_KEY: undefined }, ['environment: MISP_API_KEY: is missing']],
    [{ MISP_URL: undefined }, ['environment: MISP_URL: is missing']],
    [{ SPLUNK_HEC_TOKEN: undefined }, ['environment: SPLUNK_HEC_TOKEN: is missing']],
    [{ SPLUNK_HEC_URL: undefined }, ['environment: SPLUNK_HEC_URL: is missing']],
    [{ MISP_URL: 'misp.example.org' }, ['environment: MISP_URL: is no URL: write https://host:port']],
    [{ POLL_INTERVAL: '5' }, ['environment: POLL_INTERVAL: is no time span: write 30s, 5m or 1h']],
    [{ POLL_INTERVAL: '5s' }, ['environment: POLL_INTERVAL: is too short: at least 10s']],
    [
      { MISP_SINCE: 'ever' },
      ['environment: MISP_SINCE: is no time: write 30d, an ISO date, epoch seconds, or 0 for everything'],
    ],
    [{ MISP_TLS_INSECURE: 'ture' }, ['environment: MISP_TLS_INSECURE: must be true or false']],
    [{ SPLUNK_HEC_TLS_INSECURE: 'ja' }, ['environment: SPLUNK_HEC_TLS_INSECURE: must be true or false']],
    [{ HEALTH_ADDRESS: '9464' }, ['environment: HEALTH_ADDRESS: is no address: write 127.0.0.1:9464, or off']],
    [
      { ALERT_WEBHOOK: 'hooks.example.org/SECRET' },
      ['environment: ALERT_WEBHOOK: is no URL: write https://host/path, or file:/path/to/it'],
    ],
    [{ ALERT_MAX_LAG: '5s' }, ['environment: ALERT_MAX_LAG: is too short: at least 1m']],
    [{ RELAY_STORE: 'relay.db' }, ['environment: RELAY_STORE: must be sqlite:PATH']],
    [{ RELAY_STORE: 'postgres://db' }, ['environment: RELAY_STORE: a PostgreSQL store is not there yet: take it out']],
    [
      { LOG_LEVEL: 'loud' },
      ['environment: LOG_LEVEL: loud is not known; known here: debug, info, warn, error, silent'],
    ],
  ])('names the variable: %o', (change, lines) => {
    expect(refusal(() => fromEnv({ ...ENOUGH, ...change }))).toEqual(lines);
  });

  it('reaches servers through a proxy, unless NO_PROXY names them', () => {
    const proxy = 'http://proxy.example.org:3128';
    const config = fromEnv({ ...ENOUGH, HTTPS_PROXY: proxy, NO_PROXY: 'splunk.example.org' });
    expect(config.proxyFor(ENOUGH.MISP_URL)).toBe(proxy);
    expect(config.proxyFor(ENOUGH.SPLUNK_HEC_URL)).toBeUndefined();
    expect(fromEnv(ENOUGH).proxyFor(ENOUGH.MISP_URL)).toBeUndefined();
  });

  it('does not touch what a relay.yaml says', () => {
    const { sources } = load(BASE, ENOUGH);
    expect(sources['main']!.apiKey.reveal()).toBe('misp-key-of-the-test');
  });
});
