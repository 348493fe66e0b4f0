// The environment alone: one source, and one feed for each destination that is named.
import type { Env } from './references.ts';

/** What `npm start` says when nothing is configured. */
export const NOTHING_CONFIGURED = [
  'Nothing is configured: set MISP_URL, MISP_API_KEY, SPLUNK_HEC_URL and SPLUNK_HEC_TOKEN,',
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
  if (!env['MISP_URL'] && !env['SPLUNK_HEC_URL']) return null;
  const feed = {
    source: 'main',
    destination: 'splunk',
    ...(env['POLL_INTERVAL'] ? { interval: env['POLL_INTERVAL'] } : {}),
    ...(env['MISP_SINCE'] ? { since: env['MISP_SINCE'] } : {}),
  };
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
    destinations: {
      splunk: {
        type: 'splunk-hec',
        url: env['SPLUNK_HEC_URL'],
        token: env['SPLUNK_HEC_TOKEN'],
        ...(env['SPLUNK_HEC_INDEX'] ? { index: env['SPLUNK_HEC_INDEX'] } : {}),
        tls: tlsOf(env['SPLUNK_HEC_CA'], env['SPLUNK_HEC_SERVERNAME'], env['SPLUNK_HEC_TLS_INSECURE']),
      },
    },
    feeds: { splunk: feed },
  };
}

/** The variable behind a place of that tree, for messages. */
export const VARIABLES: Record<string, string> = {
  'sources.main.url': 'MISP_URL',
  'sources.main.apiKey': 'MISP_API_KEY',
  'sources.main.tls.insecure': 'MISP_TLS_INSECURE',
  'destinations.splunk.url': 'SPLUNK_HEC_URL',
  'destinations.splunk.token': 'SPLUNK_HEC_TOKEN',
  'destinations.splunk.tls.insecure': 'SPLUNK_HEC_TLS_INSECURE',
  'feeds.splunk.interval': 'POLL_INTERVAL',
  'feeds.splunk.since': 'MISP_SINCE',
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
