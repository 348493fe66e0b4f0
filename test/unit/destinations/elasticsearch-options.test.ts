// The block in the config, cloud ids, and what is said at the start.
import { describe, expect, it } from 'vitest';
import { elasticsearch } from '../../../src/destinations/elasticsearch.ts';
import { urlOfCloudId } from '../../../src/destinations/elasticsearch/cloud-id.ts';
import { nodeUrls } from '../../../src/destinations/elasticsearch/options.ts';
import { testContext } from '../../contract/harness/harness.ts';

const url = 'https://es.example.org:9200';
const parse = (options: Record<string, unknown>) => elasticsearch.options.safeParse({ url, ...options });
const encoded = (text: string): string => Buffer.from(text).toString('base64');
const sha256 = 'ab'.repeat(32);

describe('options', () => {
  it('have defaults', () => {
    expect(parse({}).data).toEqual({
      url,
      mode: 'index',
      install: 'auto',
      namespace: 'default',
      feedName: 'MISP',
      time: 'attribute',
      preserveOriginal: false,
      batchBytes: 5_000_000,
      batchRecords: 1_000,
      concurrency: 2,
      timeout: 120,
      gzip: true,
    });
  });

  it.each([
    { url: undefined },
    { url: 'es:9200' },
    { nodes: [url] },
    { url: undefined, nodes: [] },
    { url: undefined, cloudId: 'name:nonsense' },
    { cloudId: `name:${encoded('example.org$abc$def')}` },
    { apiKey: 'a:b', bearer: 'c' },
    { apiKey: 'a:b', username: 'u', password: 'p' },
    { username: 'u' },
    { password: 'p' },
    { namespace: 'a-b' },
    { namespace: 'Upper' },
    { namespace: '' },
    { namespace: 'a b' },
    { namespace: 'a*' },
    { namespace: 'ä'.repeat(51) },
    { alias: 'Upper' },
    { alias: '_begins' },
    { mode: 'data_stream', onWithdraw: 'mark' },
    { mode: 'data_stream', alias: 'mine' },
    { mode: 'both' },
    { onWithdraw: 'keep' },
    { caFingerprint: 'ab:cd' },
    { caFingerprint: sha256, url: 'http://es.example.org' },
    { caFingerprint: sha256, tls: { ca: 'ca.pem' } },
    { caFingerprint: sha256, tls: { insecure: true } },
    { batchRecords: 5_001 },
    { batchBytes: 1 },
    { timeout: '100ms' },
    { timeout: 0 },
    { indx: 'a' },
  ])('refuse %j', (options) => {
    expect(parse(options).success).toBe(false);
  });

  it.each([
    { namespace: 'a_b.c' },
    { onWithdraw: 'mark', alias: 'mine' },
    { url: undefined, nodes: [url, 'https://es2.example.org:9200'] },
    { url: undefined, cloudId: `name:${encoded('example.org$abc$def')}`, caFingerprint: sha256 },
    { caFingerprint: sha256.toUpperCase().replace(/..(?=.)/g, '$&:'), tls: { serverName: 'es', cert: 'c', key: 'k' } },
    { username: 'u', password: 'p' },
    { tags: [] },
  ])('take %j', (options) => {
    const { success, error } = parse(options);
    expect(error?.issues ?? []).toEqual([]);
    expect(success).toBe(true);
  });

  it('a node that is named twice is one', () => {
    expect(nodeUrls({ url: undefined, cloudId: undefined, nodes: [url, url] })).toEqual([url]);
  });
});

describe('a cloud id', () => {
  it.each([
    [`label:${encoded('eu.example.org$abc$def')}`, 'https://abc.eu.example.org:443'],
    [`label:with:colons:${encoded('eu.example.org$abc$def')}`, 'https://abc.eu.example.org:443'],
    [encoded('eu.example.org$abc$def'), 'https://abc.eu.example.org:443'],
    [`label:${encoded('eu.example.org:9243$abc$def')}`, 'https://abc.eu.example.org:9243'],
    [`label:${encoded('eu.example.org:9243$abc:9244$def:9245')}`, 'https://abc.eu.example.org:9244'],
    [`label:${encoded('eu.example.org$abc')}`, 'https://abc.eu.example.org:443'],
    [`label:${encoded('eu.example.org$abc$def').replace(/=+$/, '')}`, 'https://abc.eu.example.org:443'],
  ])('%s is %s', (cloudId, to) => {
    expect(urlOfCloudId(cloudId)).toBe(to);
  });

  it.each(['', 'label:', 'label:%%%', `label:${encoded('no dollar')}`, `a:${encoded('$abc')}`, `a:${encoded('h$')}`])(
    '%j is none',
    (cloudId) => {
      expect(urlOfCloudId(cloudId)).toBeNull();
    },
  );
});

describe('what is declared', () => {
  const made = (options: Record<string, unknown>) =>
    elasticsearch.create(elasticsearch.options.parse({ url, ...options }), testContext());

  it.each([
    [{}, 'delete'],
    [{ onWithdraw: 'mark' }, 'mark'],
    [{ mode: 'data_stream' }, 'record'],
  ])('%j: a withdrawal is a %s', (options, form) => {
    expect(made(options).withdraws).toBe(form);
  });

  it('indicators expire after 90 days, and raw rows are wanted only when they are kept', () => {
    expect(elasticsearch.expireAfter).toBe(7_776_000);
    expect([made({}), made({ preserveOriginal: true })].map(({ wantsOriginal }) => wantsOriginal)).toEqual([
      false,
      true,
    ]);
  });

  it.each([
    [{}, 'logs-ti_misp_latest.dest_threat_attributes-relay-default'],
    [{ mode: 'data_stream', namespace: 'soc' }, 'logs-ti_misp.threat*-soc'],
  ])('%j: how to find the first documents', (options, place) => {
    const [find, why] = made(options).hints!();
    expect(find).toContain(`GET ${place}/_search`);
    expect(why).toContain('time: attribute');
    expect(made({ ...options, time: 'observed' }).hints!()).toHaveLength(1);
  });
});
