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
  `logs-ti_misp.${endpoint === 'events' ? 'threat' : 'threat_attributes'}-${namespace}`;

/** `threat.feed.dashboard_id`: the overview among our dashboards. */
export const DASHBOARD_ID = 'misp-relay-overview';

/** Where it is said how to make what is missing. */
export const HOW_TO_MAKE_IT = 'docs/elasticsearch.md';
