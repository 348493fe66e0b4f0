// What each panel of our dashboards asks, asked of a real Elasticsearch, and the indicator query of each example rule.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../../bin/kibana/dashboards.ts';
import type { Panel } from '../../bin/kibana/lens.ts';
import { upsertOf } from '../contract/harness/carry.ts';
import { type EsWorld, esWorld } from '../support/es-world.ts';
import { realElasticsearch } from '../support/real-elasticsearch.ts';

let world: EsWorld | undefined;
beforeAll(async () => {
  if (!realElasticsearch) return;
  world = await esWorld(realElasticsearch);
  const { error, saved } = await world.deliver([
    upsertOf(1),
    upsertOf(2, { type: 'url', value: 'https://www.example.com/a' }),
    upsertOf(3, { type: 'filename|sha256', value: `a.exe|${'a'.repeat(64)}` }),
    upsertOf(4, { type: 'ip-dst|port', value: '192.0.2.0/24|443' }),
  ]);
  expect({ error, rejected: saved.rejected }).toEqual({ error: null, rejected: [] });
  await world.operator('POST', `/${world.target}/_refresh`);
});
afterAll(() => world?.close());

const panels = DASHBOARDS.flatMap(({ title, panels: all }) =>
  all.map((panel): [string, Panel] => [`${title}: ${panel.title}`, panel]),
);

describe.skipIf(!realElasticsearch)('panels', () => {
  it.each(panels)('%s', async (_, { kind, by, metrics = [], size = 10 }) => {
    let aggs: Record<string, unknown> = {};
    for (const metric of metrics) if (metric !== 'count') aggs[metric.newest] = { max: { field: metric.newest } };
    by.toReversed().forEach((field, n) => {
      const isDate = kind === 'over time' && n === by.length - 1;
      const group = isDate ? { date_histogram: { field, fixed_interval: '1d' } } : { terms: { field, size } };
      aggs = { [field]: { ...group, ...(Object.keys(aggs).length > 0 ? { aggs } : {}) } };
    });
    const { status, json } = await world!.operator('POST', `/${world!.target}/_search`, { size: 0, aggs });
    expect({ status, error: json['error'] }).toEqual({ status: 200, error: undefined });
  });

  it('over all documents: a group has them', async () => {
    const aggs = { types: { terms: { field: 'threat.indicator.type' } } };
    const { json } = await world!.operator('POST', `/${world!.target}/_search`, { size: 0, aggs });
    const { buckets } = (json['aggregations'] as { types: { buckets: { doc_count: number }[] } }).types;
    expect(buckets.reduce((sum, { doc_count: count }) => sum + count, 0)).toBe(4);
  });
});
