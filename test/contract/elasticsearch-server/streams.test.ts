// Data streams: `create` alone, ids unique per backing index, rollover.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, index, servers, type Json, type Server } from './server.ts';

const day = '2026-01-01T00:00:00Z';
const document = { '@timestamp': day, a: 1 };
const onlyCreate = 'only write ops with an op_type of create are allowed in data streams';

describe.each(servers)('$name', ({ start }) => {
  let server: Server;
  let stream: string;
  beforeAll(async () => {
    server = await start();
    stream = `${server.prefix}-logs-x`;
    const put = await server.send('PUT', `/_index_template/${server.prefix}-logs`, {
      index_patterns: [`${server.prefix}-logs-*`],
      priority: 500,
      data_stream: {},
      template: { mappings: { properties: { ip: { type: 'ip' } } } },
    });
    expect(put.json).toEqual({ acknowledged: true });
  });
  afterAll(async () => server.close());

  it('is made by the first create, and takes nothing else', async () => {
    const [created, again, indexed, deleted] = await server.bulk(
      stream,
      [...create('1', document), ...create('1', document), ...index('2', document), { delete: { _id: '1' } }],
      '?require_data_stream=true',
    );
    expect(created!.status).toBe(201);
    expect(created!._index).toMatch(new RegExp(`^\\.ds-${stream}-\\d{4}\\.\\d\\d\\.\\d\\d-000001$`));
    expect(again).toMatchObject({
      status: 409,
      _index: created!._index,
      error: { type: 'version_conflict_engine_exception' },
    });
    for (const item of [indexed, deleted]) {
      expect(item).toMatchObject({
        status: 400,
        _index: stream,
        error: { type: 'illegal_argument_exception', reason: onlyCreate },
      });
    }
  });

  it('wants one @timestamp', async () => {
    const items = await server.bulk(stream, [
      ...create('t1', { a: 1 }),
      ...create('t2', { '@timestamp': 'nonsense' }),
      ...create('t3', { '@timestamp': [day, day] }),
    ]);
    expect(items.map(({ status, error }) => [status, error!.type])).toEqual(
      Array(3).fill([400, 'document_parsing_exception']),
    );
    expect(items[0]!.error!.reason).toContain('data stream timestamp field [@timestamp] is missing');
    expect(items[2]!.error!.caused_by!.reason).toBe(
      'data stream timestamp field [@timestamp] encountered multiple values',
    );
  });

  it('takes the same id again after a rollover', async () => {
    await server.bulk(stream, create('twice', document));
    const rolled = await server.send('POST', `/${stream}/_rollover`);
    expect(rolled).toMatchObject({ status: 200, json: { acknowledged: true, rolled_over: true, dry_run: false } });
    const [item] = await server.bulk(stream, create('twice', document), '?refresh=true');
    expect(item).toMatchObject({ status: 201, _version: 1, _index: rolled.json['new_index'] });
    await server.send('POST', `/${stream}/_refresh`);
    const { json } = await server.send('POST', `/${stream}/_count`, { query: { ids: { values: ['twice'] } } });
    expect(json).toMatchObject({ count: 2, _shards: { failed: 0 } });

    const old = rolled.json['old_index'] as string;
    const [made, removed] = await server.bulk(old, [...create('new', document), { delete: { _id: 'twice' } }]);
    expect(made).toMatchObject({ status: 400, error: { type: 'illegal_argument_exception' } });
    expect(made!.error!.reason).toContain(`target corresponding data stream [${stream}] instead`);
    expect(removed).toMatchObject({ status: 200, result: 'deleted', _index: old });
  });

  it('is no index, and no document is got from it by its id', async () => {
    expect((await server.send('PUT', `/${server.prefix}-logs-y`, {})).json).toMatchObject({
      error: { type: 'illegal_argument_exception' },
    });
    expect((await server.send('HEAD', `/${stream}`)).status).toBe(200);
    const got = await server.send('GET', `/${stream}/_doc/1`);
    expect(got).toMatchObject({
      status: 404,
      json: { error: { type: 'index_not_found_exception', excluded_ds: 'true' } },
    });
    const deleted = await server.send('DELETE', `/${stream}`);
    expect(deleted).toMatchObject({ status: 404, json: { error: { type: 'index_not_found_exception' } } });
  });

  it('names the backing index in a block, and the stream in the item', async () => {
    await server.send('PUT', `/${stream}/_settings`, { 'index.blocks.write': true });
    const [item] = await server.bulk(stream, create('blocked', document));
    await server.send('PUT', `/${stream}/_settings`, { 'index.blocks.write': null });
    expect(item).toMatchObject({ status: 403, _index: stream, error: { type: 'cluster_block_exception' } });
    expect(item!.error!.reason).toContain(`index [.ds-${stream}-`);
  });

  it('is required where the template makes none', async () => {
    const plain = `${server.prefix}-plain`;
    const [missing] = await server.bulk(plain, create('1', document), '?require_data_stream=true');
    expect(missing).toMatchObject({ status: 404, error: { type: 'index_not_found_exception' } });
    await server.bulk(plain, create('1', document));
    const [there] = await server.bulk(plain, create('2', document), '?require_data_stream=true');
    expect(there).toMatchObject({
      status: 404,
      error: {
        type: 'resource_not_found_exception',
        reason: `[require_data_stream] request flag is [true] and [${plain}] is not a data stream`,
      },
    });
  });

  it('is never made where an alias is required', async () => {
    const other = `${server.prefix}-logs-alias`;
    const [item] = await server.bulk(other, create('1', document), '?require_alias=true');
    expect(item).toMatchObject({ status: 404, error: { type: 'index_not_found_exception' } });
    expect((await server.send('HEAD', `/${other}`)).status).toBe(404);
  });

  it('has an API of its own, except in the minimal distribution', async () => {
    const name = `${server.prefix}-logs-z`;
    const put = await server.send('PUT', `/_data_stream/${name}`);
    if (!server.full) {
      expect(put.status).toBe(405);
      return;
    }
    expect(put.json).toEqual({ acknowledged: true });
    const { json } = await server.send('GET', `/_data_stream/${name}`);
    expect((json['data_streams'] as Json[])[0]).toMatchObject({
      name,
      generation: 1,
      template: `${server.prefix}-logs`,
    });
    expect((await server.send('DELETE', `/_data_stream/${name}`)).json).toEqual({ acknowledged: true });
    expect((await server.send('GET', `/_data_stream/${name}`)).status).toBe(404);
  });

  it('keeps its template', async () => {
    const { status, json } = await server.send('DELETE', `/_index_template/${server.prefix}-logs`);
    expect(status).toBe(400);
    expect((json['error'] as Json)['reason']).toContain('in use by a data streams [');
  });
});
