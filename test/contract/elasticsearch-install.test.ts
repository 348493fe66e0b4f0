// What install() makes, leaves alone and refuses.
import { afterEach, describe, expect, it } from 'vitest';
import type { Installation, InstallRequest } from '../../src/destinations/destination.ts';
import { world as makeWorld, some, type World } from './harness/elasticsearch-world.ts';
import type { Json } from './harness/elasticsearch-assets.ts';

const signal = new AbortController().signal;
const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function world(given: Parameters<typeof makeWorld>[0] = {}): Promise<World> {
  const made = await makeWorld({ installed: false, ...given });
  toClose.push(made.close);
  return made;
}

const DAY = 86_400;
const request: InstallRequest = { dryRun: false, takeOver: false, longestLife: 90 * DAY };
const install = ({ destination }: World, more: Partial<InstallRequest> = {}): Promise<Installation> =>
  destination.install!({ ...request, ...more }, signal);
const changes = ({ assets }: Installation): string[] => [...new Set(assets.map(({ change }) => change))];
const detailOf = ({ assets }: Installation, asset: string): string | undefined =>
  assets.find((each) => each.asset.includes(asset))?.detail;

const index = 'logs-ti_misp_latest.dest_threat_attributes-relay-default';
const taken = 'logs-ti_misp_latest.threat_attributes';
const stream = 'logs-ti_misp.threat_attributes-default';
const streams = { options: { mode: 'data_stream' } };

async function templateOf({ operator }: World, name: string): Promise<{ template: Json }> {
  const { json } = await operator('GET', `/_index_template/${name}`);
  return (json['index_templates'] as { index_template: { template: Json } }[])[0]!.index_template;
}

describe.each([
  ['index', {}],
  ['data_stream', streams],
] as const)('mode %s', (_, given) => {
  it.each(['elasticsearch', 'minimal', 'opensearch', 'serverless'] as const)(
    'on %s: what is made takes documents, and a second time there is nothing to do',
    async (flavour) => {
      const made = await world({ ...given, switches: { flavour } });
      const first = await install(made);
      expect({ problem: first.problem, changes: changes(first) }).toEqual({ problem: null, changes: ['new'] });
      const second = await install(made);
      // A transform that is found at work the second time lets the stream go short.
      const settled = await install(made);
      expect(second.problem).toBeNull();
      expect(changes(settled)).toEqual(['unchanged']);
      expect((await made.send(some(3))).error).toBeNull();
      expect(made.there()).toEqual([0, 1, 2]);
      expect(await made.destination.check(signal)).toMatchObject({ ok: true });
    },
  );

  it('dry run: says the same and changes nothing', async () => {
    const made = await world(given);
    const said = await install(made, { dryRun: true });
    expect(changes(said)).toEqual(['new']);
    expect((await made.operator('GET', '/_index_template')).json['index_templates']).toEqual([]);
    expect((await made.operator('GET', '/_component_template')).json['component_templates']).toEqual([]);
    expect(made.elasticsearch.counts().byIndex).toEqual({});
    expect((await install(made)).assets).toEqual(said.assets);
  });

  it('a template that somebody else put under our name stays as it is', async () => {
    const made = await world(given);
    const theirs = { template: { mappings: { properties: { mine: { type: 'keyword' } } } } };
    await made.operator('PUT', '/_component_template/misp-relay-fields', theirs);
    const { problem, assets } = await install(made);
    expect(problem).toMatchObject({ code: 'ELASTICSEARCH_ASSET_FOREIGN' });
    expect(problem!.message).toContain('component template misp-relay-fields is there');
    expect(assets).toEqual([]);
    const { json } = await made.operator('GET', '/_component_template/misp-relay-fields');
    expect(JSON.stringify(json)).toContain('"mine"');
  });

  it('a newer relay was here: nothing is put back', async () => {
    const made = await world(given);
    const newer = { managed_by: 'misp-relay', version: 9_999, digest: 'x' };
    await made.operator('PUT', '/_component_template/misp-relay-fields', { template: {}, _meta: newer });
    const { assets, problem } = await install(made);
    expect(problem).toBeNull();
    expect(assets[0]).toMatchObject({ asset: 'component template misp-relay-fields', change: 'newer' });
  });

  it('another template of the same priority: refused, with the remedy', async () => {
    const made = await world(given);
    const claims = { index_patterns: ['logs-*'], priority: 500, data_stream: {} };
    await made.operator('PUT', '/_index_template/theirs', claims);
    const { problem } = await install(made);
    expect(problem).toMatchObject({ code: 'ELASTICSEARCH_ASSET_REFUSED' });
    expect(problem!.message).toMatch(/\[theirs\].*change its priority or its patterns$/);
  });

  it('a missing privilege: named with the role that grants it, and nothing is begun', async () => {
    const made = await world(given);
    made.switches.privileges = ['monitor', 'manage'];
    const { problem, assets } = await install(made);
    expect(problem).toMatchObject({ code: 'ELASTICSEARCH_FORBIDDEN' });
    const [, role] = /lack manage_index_templates: .*misp-relay (\{.*\})$/.exec(problem!.message) ?? [];
    const { cluster, indices } = JSON.parse(role!) as { cluster: string[]; indices: { privileges: string[] }[] };
    expect(cluster).toContain('manage_index_templates');
    expect(assets).toEqual([]);
    made.switches.privileges = [...cluster, ...indices[0]!.privileges];
    expect((await install(made)).problem).toBeNull();
  });

  it.each([
    [(made: World) => void (made.switches.credentials = 'rejected'), 'ELASTICSEARCH_AUTH'],
    [(made: World) => made.elasticsearch.fail('unavailable', { path: '/' }), 'ELASTICSEARCH_UNAVAILABLE'],
  ])('a cluster that does not answer as it should %#: said', async (spoil, code) => {
    const made = await world(given);
    spoil(made);
    expect(await install(made)).toMatchObject({ problem: { code }, assets: [] });
  });
});

describe('mode index', () => {
  it('what an older relay made gets the fields and settings of this one', async () => {
    const made = await world();
    await install(made);
    const older = { managed_by: 'misp-relay', version: 1, digest: 'older' };
    await made.operator('PUT', '/_component_template/misp-relay-fields', { template: {}, _meta: older });
    await made.operator('PUT', `/${index}/_mapping`, { _meta: older });
    await made.operator('PUT', `/${index}/_settings`, { 'index.gc_deletes': null });
    const { assets, problem } = await install(made);
    expect(problem).toBeNull();
    expect(assets.filter(({ change }) => change === 'changed').map(({ asset }) => asset)).toEqual([
      'component template misp-relay-fields',
      `index ${index}`,
    ]);
    const { json } = await made.operator('GET', `/${index}/_settings?flat_settings=true`);
    expect(JSON.stringify(json)).toContain('"index.gc_deletes":"2h"');
    expect(changes(await install(made))).toEqual(['unchanged']);
  });

  it('an index of our name that somebody else made stays as it is', async () => {
    const made = await world();
    await made.operator('PUT', `/${index}`, {});
    expect((await install(made)).problem).toMatchObject({ code: 'ELASTICSEARCH_ASSET_FOREIGN' });
  });

  it('an alias that leads elsewhere was moved by somebody, and stays', async () => {
    const made = await world();
    await made.operator('PUT', '/moved-by-us', { aliases: { 'misp-relay-write-default': {} } });
    const done = await install(made);
    expect(done.problem).toBeNull();
    expect(detailOf(done, 'alias')).toBe('it leads to moved-by-us');
    expect(Object.keys(made.elasticsearch.counts().byIndex)).toEqual(['moved-by-us']);
  });

  it('a policy that deletes is refused: what is live stands there alone', async () => {
    const made = await world();
    const phases = { delete: { min_age: '3d', actions: { delete: {} } } };
    await made.operator('PUT', '/_ilm/policy/short', { policy: { phases } });
    const custom = { template: { settings: { 'index.lifecycle.name': 'short' } } };
    await made.operator('PUT', '/_component_template/misp-relay@custom', custom);
    await install(made);
    const { problem } = await install(made);
    expect(problem).toMatchObject({ code: 'ELASTICSEARCH_RETENTION' });
    expect(problem!.message).toContain('policy short');
    await made.operator('PUT', '/_ilm/policy/short', { policy: { phases: { hot: { actions: {} } } } });
    expect((await install(made)).problem).toBeNull();
  });

  it("takes the alias of Elastic's latest view over only when asked, and from whoever holds it", async () => {
    const made = await world();
    await made.operator('PUT', '/logs-ti_misp_latest.dest_threat_attributes-4', { aliases: { [taken]: {} } });
    const holders = async (): Promise<string[]> => Object.keys((await made.operator('GET', `/_alias/${taken}`)).json);
    await install(made);
    await install(made, { takeOver: true, dryRun: true });
    expect(await holders()).toEqual(['logs-ti_misp_latest.dest_threat_attributes-4']);
    const done = await install(made, { takeOver: true });
    expect(detailOf(done, taken)).toBe(`from logs-ti_misp_latest.dest_threat_attributes-4 to ${index}`);
    expect(await holders()).toEqual([index]);
    expect(changes(await install(made, { takeOver: true }))).toEqual(['unchanged']);
  });
});

describe('mode data_stream', () => {
  const elastics = {
    source: { index: ['logs-ti_misp.threat_attributes-*'] },
    dest: { index: 'logs-ti_misp_latest.dest_threat_attributes-4' },
    latest: { unique_key: ['event.dataset', 'misp.attribute.uuid'], sort: 'event.ingested' },
  };
  const withElastics = async (given: Parameters<typeof makeWorld>[0] = streams): Promise<World> => {
    const made = await world(given);
    await made.operator('PUT', '/_transform/logs-ti_misp.latest_ioc', elastics);
    return made;
  };
  const retentionOf = async (made: World, name = 'misp-relay-threat_attributes-default'): Promise<unknown> =>
    (await templateOf(made, name)).template['lifecycle'];
  const isLabelled = async (made: World): Promise<boolean> =>
    JSON.stringify(await templateOf(made, 'misp-relay-threat_attributes-default')).includes('is_ioc_transform_source');

  it("Elastic's transform runs: the stream goes short, and the rules look at what it makes", async () => {
    const made = await withElastics();
    await made.operator('POST', '/_transform/logs-ti_misp.latest_ioc/_start');
    const { notes } = await install(made);
    expect(await retentionOf(made)).toEqual({ data_retention: '5d' });
    expect(await isLabelled(made)).toBe(true);
    expect(notes[0]).toContain('keeps 5 days: the latest transform logs-ti_misp.latest_ioc runs');
    const transforms = (await made.operator('GET', '/_transform/_all')).json['transforms'] as { id: string }[];
    // It reads attributes alone.
    expect(transforms.map(({ id }) => id)).toEqual(['logs-ti_misp.latest_ioc', 'misp-relay-latest-threat-default']);
  });

  it.each([
    ['stopped', null],
    ['failed', 'failed'],
  ] as const)("Elastic's transform has %s: nothing that still counts is deleted", async (_, transformState) => {
    const made = await withElastics({ ...streams, switches: { transformState } });
    const { notes } = await install(made);
    expect(await retentionOf(made)).toEqual({ data_retention: '180d' });
    expect(notes[0]).toContain('does not run');
    // Or the rules would look at nothing that is new.
    expect(await isLabelled(made)).toBe(false);
  });

  it('no transform: ours is made, and only when it is found at work the stream goes short', async () => {
    const made = await world(streams);
    const first = await install(made);
    expect(first.assets.map(({ asset }) => asset)).toContain('transform misp-relay-latest-threat_attributes-default');
    expect(await retentionOf(made)).toEqual({ data_retention: '180d' });
    expect(await isLabelled(made)).toBe(true);
    const second = await install(made);
    expect(changes(second)).toEqual(['unchanged', 'changed']);
    expect(await retentionOf(made)).toEqual({ data_retention: '5d' });
    const { json } = await made.operator('GET', `/_data_stream/${stream}`);
    expect(json['data_streams']).toMatchObject([{ lifecycle: { data_retention: '5d' } }]);
  });

  it('ours does not start: it is taken away again, nothing is hidden from the rules, and the next time it is tried anew', async () => {
    const made = await world(streams);
    made.elasticsearch.fail('forbidden', { path: '_start', next: 1 });
    const { problem } = await install(made);
    expect(problem!.message).toContain('misp-relay-latest-threat_attributes-default does not start');
    expect((await made.operator('GET', '/_transform/_all')).json['transforms']).toEqual([]);
    expect(await isLabelled(made)).toBe(false);
    const again = await install(made);
    expect(again.problem).toBeNull();
    expect(again.assets.map(({ asset }) => asset)).toContain('transform misp-relay-latest-threat_attributes-default');
    expect(await isLabelled(made)).toBe(true);
  });

  it('new fields reach a stream of ours that is there already', async () => {
    const made = await world(streams);
    await install(made);
    await install(made); // its transform is found at work
    const older = { managed_by: 'misp-relay', version: 1, digest: 'older' };
    await made.operator('PUT', '/_component_template/misp-relay-fields', { template: {}, _meta: older });
    const { assets, problem } = await install(made);
    expect(problem).toBeNull();
    expect(assets).toContainEqual({
      asset: `data stream ${stream}`,
      change: 'changed',
      detail: 'lifecycle and fields',
    });
    expect(changes(await install(made))).toEqual(['unchanged']);
  });

  it('what never expires is never deleted', async () => {
    const made = await world({ ...streams, switches: { flavour: 'minimal' } });
    const { notes } = await install(made, { longestLife: null });
    expect(await retentionOf(made)).toEqual({});
    expect(notes[0]).toContain('keeps everything');
  });

  it('a stream of the integration that deletes too soon is refused, unless its transform runs', async () => {
    const made = await withElastics();
    const phases = { delete: { min_age: '3d', actions: { delete: {} } } };
    await made.operator('PUT', '/_ilm/policy/logs-ti_misp', { policy: { phases } });
    await made.operator('PUT', '/_index_template/logs-ti_misp.threat_attributes', {
      index_patterns: ['logs-ti_misp.threat_attributes-*'],
      priority: 200,
      data_stream: {},
      template: { settings: { 'index.lifecycle.name': 'logs-ti_misp' } },
    });
    await made.operator('PUT', `/_data_stream/${stream}`);
    const { problem } = await install(made);
    expect(problem).toMatchObject({ code: 'ELASTICSEARCH_RETENTION' });
    expect(problem!.message).toContain('logs-ti_misp deletes after 3 days, they count up to 90 days');
    await made.operator('POST', '/_transform/logs-ti_misp.latest_ioc/_start');
    const done = await install(made);
    expect(done.problem).toBeNull();
    expect(done.notes.join('\n')).toContain(`POST ${stream}/_rollover`);
  });
});
