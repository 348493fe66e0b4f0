// How much of what counts lies where Elastic's prebuilt indicator rules do not look: they go 30 days back over `@timestamp` (elastic-ti-misp 2.7).
import type { Asked } from './check-findings.ts';

const QUESTION = {
  size: 0,
  track_total_hits: true,
  query: {
    bool: {
      filter: [{ term: { 'event.kind': 'enrichment' } }],
      must_not: [{ exists: { field: 'misp_relay.withdrawn' } }],
    },
  },
  aggs: { old: { filter: { range: { '@timestamp': { lt: 'now-30d/d' } } } } },
};

interface Found {
  hits?: { total?: { value?: number } };
  aggregations?: { old?: { doc_count?: number } };
}

/** None when nothing lies outside, or nobody lets us look. */
export async function ageWarnings({ client, target, signal }: Asked): Promise<string[]> {
  const path = target.names.map(encodeURIComponent).join(',');
  const { status, json } = await client.ask(`/${path}/_search?ignore_unavailable=true`, QUESTION, signal);
  const { hits, aggregations } = (status === 200 ? json : {}) as Found;
  const all = hits?.total?.value ?? 0;
  const old = aggregations?.old?.doc_count ?? 0;
  if (old === 0) return [];
  return [
    `${old} of ${all} documents that count are older than 30 days by @timestamp, where Elastic's prebuilt indicator rules do not look: widen now-30d in copies of these rules, or set time: observed (docs/elasticsearch.md)`,
  ];
}
