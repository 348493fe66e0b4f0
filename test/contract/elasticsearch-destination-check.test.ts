// What check() says, of whom, and that it writes nothing.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { elasticsearch as kind } from '../../src/destinations/elasticsearch.ts';
import { world as makeWorld, type World } from './harness/elasticsearch-world.ts';
import { testContext } from './harness/harness.ts';
import { upsertOf } from './harness/carry.ts';
import type { Delivery } from '../../src/records/delivery.ts';

const signal = new AbortController().signal;
const toClose: (() => Promise<void>)[] = [];
async function world(...given: Parameters<typeof makeWorld>): Promise<World> {
  const made = await makeWorld(...given);
  toClose.push(made.close);
  return made;
}
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

const index = 'logs-ti_misp_latest.dest_threat_attributes-relay-default';
const streams = { mode: 'data_stream' };

describe('who answers', () => {
  it.each([
    ['elasticsearch', 'Elasticsearch 8.19.21'],
    ['minimal', 'an Elasticsearch'],
    ['opensearch', 'OpenSearch'],
    ['serverless', 'Elasticsearch Serverless'],
  ] as const)('%s', async (flavour, name) => {
    const { destination, elasticsearch } = await world({ switches: { flavour } });
    const { ok, message, warnings } = await destination.check(signal);
    expect({ ok, warnings }).toEqual({ ok: true, warnings: [] });
    expect(message).toContain(name);
    expect(message).toContain('misp-relay-write-default');
    expect(elasticsearch.counts()).toMatchObject({ documents: 0, bulks: 0 });
  });

  async function stranger(status: number, headers: Record<string, string>, body: string): Promise<string> {
    const server = http.createServer((_, response) => void response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    toClose.push(async () => void server.close().closeAllConnections());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    [302, { location: '/login', 'kbn-name': 'kibana' }, '', 'ELASTICSEARCH_WRONG_URL', 'Kibana'],
    [200, {}, '<html>hello</html>', 'ELASTICSEARCH_WRONG_URL', 'check url:'],
    [200, {}, '{"couchdb":"Welcome"}', 'ELASTICSEARCH_WRONG_URL', 'check url:'],
    [404, {}, '', 'ELASTICSEARCH_WRONG_URL', 'check url:'],
    [503, {}, '<html>no server is available</html>', 'ELASTICSEARCH_UNAVAILABLE', '503'],
  ])('%i %j %s', async (status, headers, body, code, words) => {
    const url = await stranger(status, headers, body);
    const destination = kind.create(kind.options.parse({ url }), testContext());
    toClose.push(() => destination.close());
    const told = await destination.check(signal);
    expect(told).toMatchObject({ ok: false, code });
    expect(told.message).toContain(words);
  });

  it('nobody', async () => {
    const { url, close } = await makeWorld();
    await close();
    const destination = kind.create(kind.options.parse({ url }), testContext());
    toClose.push(() => destination.close());
    expect(await destination.check(signal)).toMatchObject({ ok: false, code: 'HTTP_REFUSED' });
  });
});

describe('what we may', () => {
  const all = ['index', 'delete', 'view_index_metadata', 'create_doc', 'auto_configure'];

  it.each([
    [{}, all, 'delete'],
    [{}, all, 'view_index_metadata'],
    [streams, all, 'create_doc'],
  ])('%j with %j but %s: named', async (options, privileges, lacking) => {
    const switches = { privileges: privileges.filter((each) => each !== lacking) };
    const made = await world({ options });
    Object.assign(made.switches, switches);
    const { ok, code, message } = await made.destination.check(signal);
    expect({ ok, code }).toEqual({ ok: false, code: 'ELASTICSEARCH_FORBIDDEN' });
    expect(message).toContain(`privileges ${lacking} on`);
  });

  it('the least that is needed is enough, though it does not let us see who answers', async () => {
    const made = await world();
    made.switches.privileges = ['index', 'delete', 'view_index_metadata'];
    expect(await made.destination.check(signal)).toMatchObject({ ok: true });
  });
});

describe('what is there to write to', () => {
  it.each([
    [{}, 'ELASTICSEARCH_ALIAS_MISSING', 'misp-relay-write-default'],
    [streams, 'ELASTICSEARCH_STREAM_MISSING', 'logs-ti_misp.threat_attributes-default'],
  ])('%j, nothing: failed, and it stays so', async (options, code, name) => {
    const { destination, elasticsearch } = await world({ options, installed: false });
    const failed = await destination.check(signal);
    expect(failed).toMatchObject({ ok: false, code });
    expect(failed.message).toContain(name);
    expect(failed.message).toContain('npx misp-relay install elasticsearch');
    expect(elasticsearch.counts().byIndex).toEqual({});
  });

  it('the built-in template for logs is none of ours, and one below it does not count', async () => {
    const { destination, operator } = await world({ options: streams, installed: false });
    const put = (name: string, priority: number): Promise<unknown> =>
      operator('PUT', `/_index_template/${name}`, { index_patterns: ['logs-*-*'], priority, data_stream: {} });
    await put('logs', 100);
    expect(await destination.check(signal)).toMatchObject({ ok: false, code: 'ELASTICSEARCH_STREAM_MISSING' });
    await put('ours-too-low', 50);
    expect(await destination.check(signal)).toMatchObject({ ok: false });
    await put('ours', 500);
    expect(await destination.check(signal)).toMatchObject({ ok: true });
  });

  it('two indices behind the alias, and none of them to write to', async () => {
    const { destination, operator } = await world({ installed: false });
    for (const name of ['one', 'two'])
      await operator('PUT', `/${name}`, { aliases: { 'misp-relay-write-default': {} } });
    expect(await destination.check(signal)).toMatchObject({ ok: false, code: 'ELASTICSEARCH_WRONG_TARGET' });
  });

  it.each(['index.blocks.write', 'index.blocks.read_only', 'index.blocks.read_only_allow_delete'])(
    '%s: read-only, with the remedy',
    async (block) => {
      const { destination, operator } = await world();
      await operator('PUT', `/${index}/_settings`, { [block]: true });
      const told = await destination.check(signal);
      expect(told).toMatchObject({ ok: false, code: 'ELASTICSEARCH_READ_ONLY' });
      expect(told.message).toContain('take the block away');
    },
  );

  it('an index that forgets deleted versions too soon is warned of', async () => {
    const { destination, operator } = await world({ installed: false });
    await operator('PUT', `/${index}`, { aliases: { 'misp-relay-write-default': {} } });
    const { ok, warnings } = await destination.check(signal);
    expect(ok).toBe(true);
    expect(warnings!.join()).toContain('index.gc_deletes');
  });
});

it('says that certificates are not checked', async () => {
  const { url, apiKey, operator } = await world();
  expect((await operator('GET', '/')).status).toBe(200);
  const options = kind.options.parse({ url, apiKey, tls: { insecure: true } });
  const destination = kind.create(options, testContext({ readTls: () => ({ insecure: true }) }));
  toClose.push(() => destination.close());
  expect((await destination.check(signal)).warnings!.join()).toContain('tls.insecure');
});

describe("what Elastic's rules do not look at", () => {
  const DAY_MS = 86_400_000;

  it.each([{}, streams])('%j: documents older than 30 days are counted', async (options) => {
    const made = await world({ options });
    const at = (days: number): number => Math.floor((made.context.clock.ms - days * DAY_MS) / 1000);
    const aged = [1, 29, 32, 400].map((days, n) => withTimestamp(upsertOf(n), at(days)));
    expect((await made.send(aged)).error).toBeNull();
    const { ok, warnings } = await made.destination.check(signal);
    expect(ok).toBe(true);
    expect(warnings!.join()).toMatch(/^2 of 4 documents/);
    made.switches.privileges = ['index', 'delete', 'view_index_metadata', 'create_doc', 'auto_configure'];
    expect((await made.destination.check(signal)).warnings).toEqual([]);
  });
});

function withTimestamp(delivery: Delivery, timestamp: number): Delivery {
  if (delivery.action !== 'upsert') return delivery;
  return { ...delivery, record: { ...delivery.record, timestamp } };
}
