// What things are called in Elasticsearch. Names of Elastic's own: elastic-ti-misp 2.6, 2.7.
import type { Endpoint } from '../../records/delivery.ts';

/** The plain index of mode `index`. Elastic's rules read `logs-ti_*`, and find it. */
export const indexOf = (namespace: string): string => `logs-ti_misp_latest.dest_threat_attributes-relay-${namespace}`;

/**
 * What mode `index` writes through. It lies outside `logs-*`: what reads `logs-ti_*` meets the documents under one name only, a privilege
 * on that pattern does not let anybody write, and no template of data streams can ever claim the name.
 */
export const aliasOf = (namespace: string): string => `misp-relay-write-${namespace}`;

/** The data streams of mode `data_stream`. */
export const streamOf = (endpoint: Endpoint, namespace: string): string =>
  `logs-ti_misp.${datasetOf(endpoint)}-${namespace}`;

/** `threat.feed.dashboard_id`: the overview among our dashboards. */
export const DASHBOARD_ID = 'misp-relay-overview';

/** The alias that Elastic's latest transform puts on what it makes, and that some rules of users read. */
export const ELASTIC_LATEST_ALIAS = 'logs-ti_misp_latest.threat_attributes';

/** Where a latest transform of ours writes to. `_` and not `-`: no namespace can make the name of `indexOf` out of it. */
export const latestOf = (endpoint: Endpoint, namespace: string): string =>
  `logs-ti_misp_latest.dest_${datasetOf(endpoint)}-relay_latest-${namespace}`;

/** What Elastic calls the two kinds of reading. */
export const datasetOf = (endpoint: Endpoint): 'threat' | 'threat_attributes' =>
  endpoint === 'events' ? 'threat' : 'threat_attributes';

/** The command that makes what is missing. */
export const HOW_TO_MAKE_IT = '`npx misp-relay install elasticsearch`';

/** Whether a pattern of Elasticsearch, with `*` for any characters, means a name. */
export function means(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}
