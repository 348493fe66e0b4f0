// The environment alone: one source, and one feed for each destination that is named.
import type { Env } from './references.ts';

/** What `npm start` says when nothing is configured. */
export const NOTHING_CONFIGURED = [
  'Nothing is configured: set MISP_URL, MISP_API_KEY, and SPLUNK_HEC_URL with SPLUNK_HEC_TOKEN or ELASTICSEARCH_URL with ELASTICSEARCH_API_KEY,',
  'or copy relay.example.yaml to relay.yaml and fill it in.',
  'To see it at work first: npm run demo',
];

/** A word that is neither yes nor no stays as it is, and is refused like any other wrong value. */
function flag(text: string | undefined): boolean | string | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  return /^(0|false|no|off)$/i.test(text) ? false : text;
}

/** The same tree that relay.yaml would hold; null when neither MISP_URL nor a destination is set. */
export function configFromEnv(env: Env): Record<string, unknown> | null {
  const named = Object.entries(DESTINATIONS).filter(([, { url }]) => env[url]);
  if (!env['MISP_URL'] && named.length === 0) return null;
  // Without any, the message names what Splunk needs.
  const chosen = named.length > 0 ? named : [['splunk', DESTINATIONS.splunk] as const];
  const alerts = {
    ...(env['ALERT_WEBHOOK'] ? { webhook: env['ALERT_WEBHOOK'] } : {}),
    ...(env['ALERT_MAX_LAG'] ? { maxLag: env['ALERT_MAX_LAG'] } : {}),
  };
  return {
    version: 1,
    alerts,
    ...(env['HEALTH_ADDRESS'] ? { health: { address: env['HEALTH_ADDRESS'] } } : {}),
    ...(env['RELAY_STORE'] ? { store: env['RELAY_STORE'] } : {}),
    sources: {
      main: {
        url: env['MISP_URL'],
        apiKey: env['MISP_API_KEY'],
        tls: tlsOf(env['MISP_CA'], undefined, env['MISP_TLS_INSECURE']),
      },
    },
    destinations: Object.fromEntries(chosen.map(([name, { block }]) => [name, block(env)])),
    feeds: Object.fromEntries(chosen.map(([name]) => [name, feedTo(name, env)])),
  };
}

const DESTINATIONS: Record<'splunk' | 'elasticsearch', { url: string; block: (env: Env) => object }> = {
  splunk: {
    url: 'SPLUNK_HEC_URL',
    block: (env) => ({
      type: 'splunk-hec',
      url: env['SPLUNK_HEC_URL'],
      token: env['SPLUNK_HEC_TOKEN'],
      ...(env['SPLUNK_HEC_INDEX'] ? { index: env['SPLUNK_HEC_INDEX'] } : {}),
      tls: tlsOf(env['SPLUNK_HEC_CA'], env['SPLUNK_HEC_SERVERNAME'], env['SPLUNK_HEC_TLS_INSECURE']),
    }),
  },
  elasticsearch: {
    url: 'ELASTICSEARCH_URL',
    block: (env) => ({
      type: 'elasticsearch',
      url: env['ELASTICSEARCH_URL'],
      ...(env['ELASTICSEARCH_API_KEY'] ? { apiKey: env['ELASTICSEARCH_API_KEY'] } : {}),
      ...(env['ELASTICSEARCH_USERNAME'] ? { username: env['ELASTICSEARCH_USERNAME'] } : {}),
      ...(env['ELASTICSEARCH_PASSWORD'] ? { password: env['ELASTICSEARCH_PASSWORD'] } : {}),
      tls: tlsOf(env['ELASTICSEARCH_CA'], undefined, env['ELASTICSEARCH_TLS_INSECURE']),
    }),
  },
};

const feedTo = (destination: string, env: Env): object => ({
  source: 'main',
  destination,
  ...(env['POLL_INTERVAL'] ? { interval: env['POLL_INTERVAL'] } : {}),
  ...(env['MISP_SINCE'] ? { since: env['MISP_SINCE'] } : {}),
});

/** The variable behind a place of that tree, for messages. */
export const VARIABLES: Record<string, string> = {
  'sources.main.url': 'MISP_URL',
  'sources.main.apiKey': 'MISP_API_KEY',
  'sources.main.tls.insecure': 'MISP_TLS_INSECURE',
  'destinations.splunk.url': 'SPLUNK_HEC_URL',
  'destinations.splunk.token': 'SPLUNK_HEC_TOKEN',
  'destinations.splunk.tls.insecure': 'SPLUNK_HEC_TLS_INSECURE',
  'destinations.elasticsearch.url': 'ELASTICSEARCH_URL',
  'destinations.elasticsearch.apiKey': 'ELASTICSEARCH_API_KEY',
  'destinations.elasticsearch.username': 'ELASTICSEARCH_USERNAME',
  'destinations.elasticsearch.password': 'ELASTICSEARCH_PASSWORD',
  'destinations.elasticsearch.tls.insecure': 'ELASTICSEARCH_TLS_INSECURE',
  'feeds.splunk.interval': 'POLL_INTERVAL',
  'feeds.splunk.since': 'MISP_SINCE',
  'feeds.elasticsearch.interval': 'POLL_INTERVAL',
  'feeds.elasticsearch.since': 'MISP_SINCE',
  'alerts.webhook': 'ALERT_WEBHOOK',
  'alerts.maxLag': 'ALERT_MAX_LAG',
  'health.address': 'HEALTH_ADDRESS',
  store: 'RELAY_STORE',
};

function tlsOf(ca: string | undefined, serverName: string | undefined, insecure: string | undefined) {
  const tls = {
    ...(ca ? { ca } : {}),
    ...(serverName ? { serverName } : {}),
    ...(flag(insecure) === undefined ? {} : { insecure: flag(insecure) }),
  };
  return Object.keys(tls).length > 0 ? tls : undefined;
}
