// How to find the first documents, and why they may not be where one looks.
import { indexOf, streamOf } from './names.ts';
import type { ElasticsearchOptions } from './options.ts';

export function hintsOf({ mode, namespace, time }: ElasticsearchOptions): string[] {
  const place = mode === 'index' ? indexOf(namespace) : streamOf('attributes', namespace).replace('_attributes', '*');
  return [
    `In Kibana, Discover, data view logs-ti_*, search: misp_relay.feed : * and event.kind : enrichment; or ask Elasticsearch: GET ${place}/_search?q=_exists_:misp_relay.feed`,
    ...(time === 'observed'
      ? []
      : [
          `Documents carry the time of MISP (time: ${time}), so the usual "last 15 minutes" shows few of them, and Elastic's own indicator rules look back 30 days: widen the time there, or set time: observed.`,
        ]),
  ];
}
