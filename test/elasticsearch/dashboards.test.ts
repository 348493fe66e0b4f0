// The dashboards and rules of assets/elasticsearch, asked of a real Elasticsearch: each panel has something to show of documents that we made,
// and each rule finds what it should.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delivery, Upsert } from '../../src/records/delivery.ts';
import { withdrawalOf } from '../contract/harness/carry.ts';
import { SAMPLES, upsertLike } from '../golden/ecs-samples.ts';
import { type EsWorld, esWorld } from '../support/es-world.ts';
import { type Json, realElasticsearch } from '../support/real-elasticsearch.ts';
import { uuidOf } from '../support/records.ts';
import { dashboards, lensPanelsOf, rules, searchOf } from '../unit/assets/kibana.ts';
import { aggregationsOf, kqlQuery, silentColumns } from '../unit/assets/lens-query.ts';

const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;
const NOT_FIT = 'not-fit.example.com';
const OVER = 'over.example.com';

let sent = 0;
function upsert(type: string, value: string, changes: Partial<Upsert['record']> = {}): Upsert {
  const like = upsertLike(type, value);
  const n = ++sent;
  return {
    ...like,
    seq: n,
    deliveryId: `delivery-${n}`,
    expiresAt: NOW + 30 * DAY,
    record: { ...like.record, uuid: uuidOf(n), timestamp: NOW - n, ...changes },
  };
}

const tagged = (name: string): Upsert => upsert('ip-dst', '192.0.2.9', { tags: [{ name, local: false }] });
const object = {
  id: '7',
  relation: 'md5',
  details: {
    uuid: uuidOf(900),
    name: 'file',
    metaCategory: 'file',
    description: '',
    comment: '',
    templateUuid: uuidOf(901),
    templateVersion: '1',
    timestamp: 0,
    distribution: '5',
    sharingGroupId: '0',
    deleted: false,
    firstSeen: null,
    lastSeen: null,
    attributes: [],
  },
};

/** What counts now. */
const live = (): Delivery[] => [
  ...Object.entries(SAMPLES).map(([type, value]) => upsert(type, value)),
  upsert('domain', NOT_FIT, { toIds: false }),
  upsert('domain', 'old.example.com', { timestamp: NOW - 200 * DAY }),
  upsert('AS', '64496'),
  upsert('md5', 'd'.repeat(32), { object }),
  ...['tlp:red', 'tlp:green', 'tlp:clear', 'campaign-7'].map(tagged),
];

/** What no longer counts: expired before it was read and after, and withdrawn. */
const over = (): Delivery[] => [
  { ...upsert('domain', OVER), observedAt: NOW, expiresAt: NOW - DAY },
  { ...upsert('domain', OVER), observedAt: NOW - 3 * DAY, expiresAt: NOW - DAY },
  { ...withdrawalOf(800), observedAt: NOW },
];

/** What others put there: an integration beside ours, and what a latest transform reads. */
const others = (): Json[] => {
  const common = {
    '@timestamp': new Date().toISOString(),
    event: { kind: 'enrichment', category: ['threat'], type: ['indicator'], module: 'ti_misp' },
    threat: { indicator: { name: OVER, type: 'domain-name' } },
    misp: { attribute: { type: 'domain', value: OVER } },
  };
  const labels = { is_ioc_transform_source: 'true' };
  return [common, { ...common, misp_relay: { feed: 'feed' }, labels }];
};

describe.skipIf(!realElasticsearch)('in a real Elasticsearch', () => {
  let world: EsWorld;
  const counting = live();
  beforeAll(async () => {
    world = await esWorld(realElasticsearch!, { onWithdraw: 'mark' });
    const { error, saved } = await world.deliver([...counting, ...over()]);
    expect({ error, rejected: saved.rejected }).toEqual({ error: null, rejected: [] });
    for (const document of others()) {
      expect(await world.operator('POST', `/${world.target}/_doc`, document)).toMatchObject({ status: 201 });
    }
    await world.operator('POST', `/${world.target}/_refresh`);
  });
  afterAll(() => world.close());

  async function search(body: Json): Promise<Json> {
    const { status, json } = await world.operator('POST', `/${world.target}/_search`, body);
    expect({ status, error: json['error'] }).toEqual({ status: 200, error: undefined });
    expect(json).toMatchObject({ _shards: { failed: 0 } });
    return json;
  }

  const panels = dashboards.flatMap((dashboard) =>
    lensPanelsOf(dashboard).flatMap((panel) =>
      Object.entries(panel.layers).map(([id, layer]) => ({
        name: `${dashboard.id}: ${panel.title} (${id})`,
        dashboard,
        panel,
        layer,
      })),
    ),
  );

  it.each(panels)('$name', async ({ dashboard, panel, layer }) => {
    const { filter, query } = searchOf(dashboard);
    const ofAll = layer.ignoreGlobalFilters ? [] : [...filter.map((each) => each.query), kqlQuery(query.query)];
    const { aggregations } = await search({
      size: 0,
      query: { bool: { filter: [...ofAll, kqlQuery(panel.query)] } },
      aggs: aggregationsOf(layer),
    });
    expect(silentColumns(layer, aggregations as Json)).toEqual([]);
  });

  it('the dashboards show what counts now, and nothing else', async () => {
    for (const { filter } of dashboards.map(searchOf)) {
      const asked = { size: 0, track_total_hits: true, query: { bool: { filter: filter.map(({ query }) => query) } } };
      expect(await search(asked)).toMatchObject({ hits: { total: { value: counting.length } } });
    }
  });

  interface Hit {
    _source: { misp: { attribute: { type: string; value: string } } };
  }
  async function found(rule: (typeof rules)[number], field: string, value: string): Promise<string[]> {
    const filters = rule.threat_filters.map(({ query }) => query);
    const compared = { term: { [field]: value } };
    const filter = [kqlQuery(rule.threat_query), ...filters, compared];
    const { hits } = await search({ size: 100, query: { bool: { filter } } });
    return (hits as { hits: Hit[] }).hits.map(({ _source }) => _source.misp.attribute.type).sort();
  }
  const comparing = (field: string): (typeof rules)[number] =>
    rules.find(({ threat_mapping }) =>
      threat_mapping.some(({ entries }) => entries.some((each) => each.value === field)),
    )!;

  it.each([
    ['threat.indicator.ip', '198.51.100.7', ['ip-dst']],
    ['threat.indicator.ip', '203.0.113.5', ['domain|ip']],
    ['threat.indicator.url.full', SAMPLES['url']!, ['url']],
    ['threat.indicator.name', 'login.example.com', ['domain']], // and not the URL on that host
    ['threat.indicator.name', NOT_FIT, []],
    ['threat.indicator.name', 'old.example.com', []],
    ['threat.indicator.name', OVER, []],
    ['threat.indicator.file.hash.sha1', SAMPLES['sha1']!, ['filename|sha1', 'sha1']],
    ['threat.indicator.file.hash.sha256', SAMPLES['sha256']!, ['filename|sha256', 'sha256']],
    ['threat.indicator.file.hash.md5', 'd'.repeat(32), ['md5']],
    ['threat.indicator.file.hash.sha512', SAMPLES['sha512']!, ['sha512']],
    ['threat.indicator.file.pe.imphash', SAMPLES['imphash']!, ['imphash']],
  ])('the rule on %s finds %s: %j', async (field, value, types) => {
    expect(await found(comparing(field), field, value)).toEqual(types);
  });
});
