// `_bulk`: actions, versions and what is refused (elasticsearch-bulk 2).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, gzipped, index, ndjson, servers, type Json, type Server } from './server.ts';

describe.each(servers)('$name', ({ start }) => {
  let server: Server;
  beforeAll(async () => (server = await start()));
  afterAll(async () => server.close());

  let made = 0;
  const fresh = (): string => `${server.prefix}-${made++}`;
  const external = (version: number, type = 'external'): Json => ({ version, version_type: type });

  it('answers each action in order, and says errors only when there is one', async () => {
    const name = fresh();
    const good = await server.send(
      'POST',
      `/${name}/_bulk`,
      ndjson([...index('1', { a: 1 }), ...create('2', { a: 2 })]),
    );
    expect(good).toMatchObject({ status: 200, json: { errors: false } });
    const items = await server.bulk(name, [
      ...index('1', { a: 3 }),
      ...create('2', { a: 2 }),
      { delete: { _id: '1' } },
      { delete: { _id: 'x' } },
    ]);
    expect(items.map(({ status, result, _version }) => [status, result, _version])).toEqual([
      [200, 'updated', 2],
      [409, undefined, undefined],
      [200, 'deleted', 3],
      [404, 'not_found', 1],
    ]);
    expect(items[1]!.error).toMatchObject({
      type: 'version_conflict_engine_exception',
      reason: '[2]: version conflict, document already exists (current version [1])',
      index: name,
      shard: '0',
    });
  });

  it('does not count a delete of nothing as an error', async () => {
    const name = fresh();
    await server.bulk(name, index('1', { a: 1 }));
    const { json } = await server.send('POST', `/${name}/_bulk`, ndjson([{ delete: { _id: 'x' } }]));
    expect(json).toMatchObject({ errors: false, items: [{ delete: { status: 404, result: 'not_found' } }] });
  });

  it('takes a higher version, with external_gte also the same one, and remembers deletes', async () => {
    const items = await server.bulk(fresh(), [
      ...index('1', { a: 1 }, external(5)),
      ...index('1', { a: 1 }, external(5)),
      ...index('1', { a: 1 }, external(5, 'external_gte')),
      ...index('1', { a: 1 }, external(4, 'external_gte')),
      { delete: { _id: '1', ...external(4, 'external_gte') } },
      { delete: { _id: '1', ...external(6, 'external_gte') } },
      ...index('1', { a: 1 }, external(5, 'external_gte')),
      { delete: { _id: '1', ...external(6, 'external_gte') } },
      ...index('1', { a: 1 }, external(6, 'external_gte')),
      { delete: { _id: '2', ...external(6) } },
      ...index('2', { a: 1 }, external(5)),
      ...create('2', { a: 1 }),
    ]);
    expect(items.map(({ status, _version }) => [status, _version])).toEqual([
      [201, 5],
      [409, undefined],
      [200, 5],
      [409, undefined],
      [409, undefined],
      [200, 6],
      [409, undefined],
      [404, 6],
      [201, 6],
      [404, 6],
      [409, undefined],
      [201, 7],
    ]);
    expect(items[1]!.error!.reason).toBe(
      '[1]: version conflict, current version [5] is higher or equal to the one provided [5]',
    );
    expect(items[3]!.error!.reason).toBe(
      '[1]: version conflict, current version [5] is higher than the one provided [4]',
    );
  });

  it('forgets a delete after index.gc_deletes, and takes an old version then', async () => {
    const name = fresh();
    await server.send('PUT', `/${name}`, { settings: { 'index.gc_deletes': '1ms' } });
    await server.bulk(name, [...index('1', { a: 1 }, external(5)), { delete: { _id: '1', ...external(6) } }]);
    await expect
      .poll(async () => (await server.bulk(name, index('1', { a: 1 }, external(4)), '?refresh=true'))[0]!.status, {
        timeout: 20_000,
      })
      .toBe(201);
  });

  it('refuses whole requests with what can never be', async () => {
    const name = fresh();
    const refused = async (body: string, path = `/${name}/_bulk`): Promise<unknown[]> => {
      const { status, json } = await server.send('POST', path, body);
      return [status, (json['error'] as Json)['type'], (json['error'] as Json)['reason']];
    };
    const invalid = 'action_request_validation_exception';
    const newline = 'The bulk request must be terminated by a newline [\\n]';
    expect(await refused('{"index":{"_id":"1"}}\n{"a":1}')).toEqual([400, 'illegal_argument_exception', newline]);
    expect(await refused('\n')).toEqual([400, invalid, 'Validation Failed: 1: no requests added;']);
    expect(await refused('{"index":{"_id":"1"}}\n')).toEqual([
      400,
      invalid,
      'Validation Failed: 1: no requests added;',
    ]);
    expect(await refused(ndjson(index('1', { a: 1 })), '/_bulk')).toEqual([
      400,
      invalid,
      'Validation Failed: 1: index is missing;',
    ]);
    expect(await refused(ndjson(['{"create":{"_id":"1","version":5,"version_type":"external"}}', { a: 1 }]))).toEqual([
      400,
      invalid,
      'Validation Failed: 1: create operations only support internal versioning. use index instead;',
    ]);
    const tooLong = await refused(ndjson(index('x'.repeat(513), { a: 1 })));
    expect(tooLong.slice(0, 2)).toEqual([400, invalid]);
    expect((await refused(ndjson(['{"upsert":{"_id":"1"}}', { a: 1 }]))).slice(1)).toEqual([
      'illegal_argument_exception',
      'Malformed action/metadata line [1], expected field [create], [delete], [index] or [update] but found [upsert]',
    ]);
    expect((await refused(ndjson(['{"index":{"_id":"1","foo":1}}', { a: 1 }])))[2]).toBe(
      'Action/metadata line [1] contains an unknown parameter [foo]',
    );
    expect((await refused(ndjson(['hello', { a: 1 }]))).slice(0, 2)).toEqual([400, 'x_content_parse_exception']);
    expect((await server.send('POST', `/${name}/_bulk`)).status).toBe(400);
  });

  it('leaves out an action without its document, in silence', async () => {
    const items = await server.bulk(fresh(), [...index('1', { a: 1 }), { index: { _id: '2' } }]);
    expect(items.map(({ _id }) => _id)).toEqual(['1']);
  });

  it('refuses a document that is no object as one item', async () => {
    const lines = ['[1]', 'null', 'nope', '', '{"a":'].flatMap((line, i) => [{ index: { _id: String(i) } }, line]);
    const items = await server.bulk(fresh(), [...lines, ...index('good', { a: 1 })]);
    expect(items.map(({ status, error }) => [status, error?.type])).toEqual([
      ...Array<unknown>(5).fill([400, 'document_parsing_exception']),
      [201, undefined],
    ]);
    expect(items[0]!.error!.reason).toBe('Malformed content, must start with an object');
  });

  it('writes through an alias only, when that is required', async () => {
    const name = fresh();
    const alias = fresh();
    await server.send('PUT', `/${name}`, { aliases: { [alias]: { is_write_index: true } } });
    const [direct, removed] = await server.bulk(
      name,
      [...index('1', { a: 1 }), { delete: { _id: '1' } }],
      '?require_alias=true',
    );
    expect(direct).toMatchObject({
      status: 404,
      error: {
        type: 'index_not_found_exception',
        reason: `no such index [${name}] and [require_alias] request flag is [true] and [${name}] is not an alias`,
      },
    });
    expect(removed).toMatchObject({ status: 404, result: 'not_found' });
    expect(await server.bulk(alias, index('1', { a: 1 }), '?require_alias=true')).toMatchObject([
      { status: 201, _index: name },
    ]);
    const nowhere = fresh();
    expect(await server.bulk(nowhere, index('1', { a: 1 }), '?require_alias=true')).toMatchObject([{ status: 404 }]);
    expect((await server.send('HEAD', `/${nowhere}`)).status).toBe(404);
    expect(await server.bulk(nowhere, [{ delete: { _id: '1' } }])).toMatchObject([
      { status: 404, error: { type: 'index_not_found_exception', reason: `no such index [${nowhere}]` } },
    ]);
  });

  it('does not know which index of an alias to write to', async () => {
    const alias = fresh();
    const names = [fresh(), fresh()];
    for (const name of names) await server.send('PUT', `/${name}`, { aliases: { [alias]: {} } });
    const [item] = await server.bulk(alias, index('1', { a: 1 }));
    expect(item).toMatchObject({ status: 400, error: { type: 'illegal_argument_exception' } });
    expect(item!.error!.reason).toContain(`no write index is defined for alias [${alias}].`);
  });

  it('says 403 for a block, and 429 for the one of the flood stage', async () => {
    const name = fresh();
    await server.send('PUT', `/${name}`);
    const blocked = async (setting: string): Promise<unknown> => {
      await server.send('PUT', `/${name}/_settings`, { [setting]: true });
      const items = await server.bulk(name, [...index('1', { a: 1 }), { delete: { _id: '1' } }]);
      await server.send('PUT', `/${name}/_settings`, { [setting]: null });
      return items.map(({ status, error }) => [
        status,
        error!.type,
        error!.reason.slice(0, error!.reason.indexOf('/')),
      ]);
    };
    const type = 'cluster_block_exception';
    const by = `index [${name}] blocked by: [`;
    expect(await blocked('index.blocks.write')).toEqual(Array(2).fill([403, type, `${by}FORBIDDEN`]));
    expect(await blocked('index.blocks.read_only')).toEqual(Array(2).fill([403, type, `${by}FORBIDDEN`]));
    expect(await blocked('index.blocks.read_only_allow_delete')).toEqual(
      Array(2).fill([429, type, `${by}TOO_MANY_REQUESTS`]),
    );
    expect(await server.bulk(name, index('1', { a: 1 }))).toMatchObject([{ status: 201 }]);
  });

  it('takes gzip', async () => {
    const body = gzipped(ndjson(index('1', { a: 'ü' })));
    const name = fresh();
    expect((await server.send('POST', `/${name}/_bulk`, body, { 'content-encoding': 'gzip' })).json).toMatchObject({
      errors: false,
    });
    expect((await server.send('GET', `/${name}/_doc/1`)).json).toMatchObject({ found: true, _source: { a: 'ü' } });
  });

  it('shows what filter_path asks for, and drops what has no answer', async () => {
    const name = fresh();
    const lines = [...index('1', { a: 1 }), ...create('1', { a: 1 })];
    const shown = async (filter: string): Promise<unknown> =>
      (await server.send('POST', `/${name}/_bulk?filter_path=${filter}`, ndjson(lines))).json;
    expect(await shown('errors,items.*.status,items.*.error.type,items.*.failure_store')).toEqual({
      errors: true,
      items: [
        { index: { status: 201 } },
        { create: { status: 409, error: { type: 'version_conflict_engine_exception' } } },
      ],
    });
    expect(await shown('errors,items.*.failure_store')).toEqual({ errors: true });
    expect(await shown('-took,-items')).toEqual({ errors: true });
  });

  it('checks parameters', async () => {
    const name = fresh();
    const body = ndjson(index('1', { a: 1 }));
    const refused = async (query: string): Promise<unknown> => {
      const { status, json } = await server.send('POST', `/${name}/_bulk?${query}`, body);
      return status === 400 ? (json['error'] as Json)['reason'] : status;
    };
    expect(await refused('foo=1')).toBe(`request [/${name}/_bulk] contains unrecognized parameter: [foo]`);
    expect(await refused('refresh=maybe')).toBe('Unknown value for refresh: [maybe].');
    expect(await refused('require_alias=yes')).toBe(
      'Failed to parse value [yes] as only [true] or [false] are allowed.',
    );
    expect(await refused('timeout=5')).toContain('unit is missing or unrecognized');
    expect(await refused('include_source_on_error=false&timeout=5s&wait_for_active_shards=1&refresh=wait_for')).toBe(
      200,
    );
  });

  it('says 400 for each item of a pipeline that is not there', async () => {
    const items = await server.bulk(fresh(), [...index('1', { a: 1 }), ...index('2', { a: 1 })], '?pipeline=nothing');
    expect(items).toMatchObject(
      Array(2).fill({
        status: 400,
        error: { type: 'illegal_argument_exception', reason: 'pipeline with id [nothing] does not exist' },
      }),
    );
  });

  it('says 503 for items when copies are missing', async () => {
    const items = await server.bulk(fresh(), index('1', { a: 1 }), '?wait_for_active_shards=9&timeout=1ms');
    expect(items).toMatchObject([{ status: 503, error: { type: 'unavailable_shards_exception' } }]);
  });

  it('takes JSON alone', async () => {
    const answer = await server.send('POST', `/${fresh()}/_bulk`, ndjson(index('1', { a: 1 })), {
      'content-type': 'text/plain',
    });
    expect(answer).toMatchObject({ status: 406, json: { error: 'Content-Type header [text/plain] is not supported' } });
  });

  it('says what it is, in each reply', async () => {
    expect((await server.send('GET', `/${fresh()}`)).headers.get('x-elastic-product')).toBe('Elasticsearch');
  });
});
