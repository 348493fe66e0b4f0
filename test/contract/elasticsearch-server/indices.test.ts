// Indices, templates, aliases and settings, and what the cluster says of itself.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { index, servers, type Json, type Server } from './server.ts';

describe.each(servers)('$name', ({ start }) => {
  let server: Server;
  beforeAll(async () => (server = await start()));
  afterAll(async () => server.close());

  let made = 0;
  const fresh = (): string => `${server.prefix}-${made++}`;
  const failed = async (method: string, path: string, body?: unknown): Promise<unknown[]> => {
    const { status, json } = await server.send(method, path, body);
    const error = json['error'] as Json | string | undefined;
    return typeof error === 'object' ? [status, error['type'], error['reason']] : [status, error];
  };

  it('makes an index once, shows it and removes it', async () => {
    const name = fresh();
    expect((await server.send('HEAD', `/${name}`)).status).toBe(404);
    const body = {
      settings: { number_of_replicas: 0 },
      mappings: { _meta: { v: 1 }, dynamic: false, properties: { a: { type: 'keyword' } } },
    };
    expect((await server.send('PUT', `/${name}`, body)).json).toEqual({
      acknowledged: true,
      shards_acknowledged: true,
      index: name,
    });
    expect((await server.send('HEAD', `/${name}`)).status).toBe(200);
    const shown = (await server.send('GET', `/${name}`)).json[name];
    expect(shown).toMatchObject({
      aliases: {},
      mappings: { dynamic: 'false', _meta: { v: 1 }, properties: { a: { type: 'keyword' } } },
      settings: { index: { number_of_replicas: '0', number_of_shards: '1', provided_name: name } },
    });
    expect((await failed('PUT', `/${name}`, {})).slice(0, 2)).toEqual([400, 'resource_already_exists_exception']);
    expect((await server.send('DELETE', `/${name}`)).json).toEqual({ acknowledged: true });
    const missing = [404, 'index_not_found_exception', `no such index [${name}]`];
    expect(await failed('DELETE', `/${name}`)).toEqual(missing);
    expect(await failed('GET', `/${name}`)).toEqual(missing);
  });

  it('does not make what cannot be', async () => {
    const name = fresh();
    expect(await failed('PUT', `/${name}UP`, {})).toEqual([
      400,
      'invalid_index_name_exception',
      `Invalid index name [${name}UP], must be lowercase`,
    ]);
    expect((await failed('PUT', `/${name}`, { mapping: {} })).slice(1)).toEqual([
      'parse_exception',
      'unknown key [mapping] for create index',
    ]);
    expect((await failed('PUT', `/${name}`, { settings: { 'index.foo': 1 } }))[2]).toContain(
      'unknown setting [index.foo]',
    );
    expect((await failed('PUT', `/${name}`, { mappings: { properties: { a: { type: 'nonsense' } } } }))[1]).toBe(
      'mapper_parsing_exception',
    );
    expect((await server.send('HEAD', `/${name}`)).status).toBe(404);
    expect(await server.bulk(`${name}UP`, index('1', {}))).toMatchObject([
      { status: 400, error: { type: 'invalid_index_name_exception' } },
    ]);
  });

  it('changes settings and mappings', async () => {
    const name = fresh();
    await server.send('PUT', `/${name}`);
    expect((await server.send('PUT', `/${name}/_settings`, { index: { blocks: { write: true } } })).json).toEqual({
      acknowledged: true,
    });
    const flat = (await server.send('GET', `/${name}/_settings?flat_settings=true`)).json[name] as { settings: Json };
    expect(flat.settings).toMatchObject({ 'index.blocks.write': 'true', 'index.provided_name': name });
    expect((await failed('PUT', `/${name}/_settings`, { 'index.number_of_shards': 3 }))[2]).toContain(
      "Can't update non dynamic settings [[index.number_of_shards]]",
    );
    await server.send('PUT', `/${name}/_mapping`, { properties: { a: { type: 'keyword' } } });
    await server.send('PUT', `/${name}/_mapping`, {
      dynamic: 'strict',
      properties: { a: { type: 'keyword', ignore_above: 3 }, b: { type: 'date' } },
    });
    expect((await server.send('GET', `/${name}/_mapping`)).json).toEqual({
      [name]: {
        mappings: { dynamic: 'strict', properties: { a: { type: 'keyword', ignore_above: 3 }, b: { type: 'date' } } },
      },
    });
    await server.send('PUT', `/${name}/_settings`, { 'index.blocks.write': null });
    await server.send('POST', `/${name}/_close`);
    expect(await server.bulk(name, index('1', {}))).toMatchObject([
      { status: 400, error: { type: 'index_closed_exception' } },
    ]);
  });

  it('moves an alias from one index to another, all or nothing', async () => {
    const [old, next, alias] = [fresh(), fresh(), fresh()];
    await server.send('PUT', `/${old}`, { aliases: { [alias]: { is_write_index: true } } });
    await server.send('PUT', `/${next}`);
    const both = [{ remove: { index: old, alias } }, { add: { index: next, alias, is_write_index: true } }];
    expect((await server.send('POST', '/_aliases', { actions: both })).json).toMatchObject({ acknowledged: true });
    const shown = { [next]: { aliases: { [alias]: { is_write_index: true } } } };
    expect((await server.send('GET', `/_alias/${alias}`)).json).toEqual(shown);
    const actions = (...list: Json[]): Json => ({ actions: list });
    expect(
      await failed(
        'POST',
        '/_aliases',
        actions({ remove: { index: next, alias } }, { add: { index: fresh(), alias } }),
      ),
    ).toMatchObject([404, 'index_not_found_exception', expect.anything()]);
    expect((await server.send('GET', `/_alias/${alias}`)).json).toEqual(shown);
    expect(await failed('POST', '/_aliases', actions({ remove: { index: old, alias } }))).toEqual([
      404,
      'aliases_not_found_exception',
      `aliases [${alias}] missing`,
    ]);
    expect((await failed('POST', '/_aliases', actions({ add: { index: old, alias: next } })))[1]).toBe(
      'invalid_alias_name_exception',
    );
    expect(
      (await failed('POST', '/_aliases', actions({ add: { index: old, alias, is_write_index: true } }))).slice(0, 2),
    ).toEqual([500, 'illegal_state_exception']);
    expect(await failed('DELETE', `/${alias}`)).toMatchObject([400, 'illegal_argument_exception', expect.anything()]);
    expect((await server.send('DELETE', `/${next}/_alias/${alias}`)).json).toMatchObject({ acknowledged: true });
    expect(await failed('GET', `/_alias/${alias}`)).toEqual([404, `alias [${alias}] missing`]);
  });

  it('rolls an alias over to the next number', async () => {
    const [name, alias] = [`${fresh()}-000001`, fresh()];
    await server.send('PUT', `/${name}`, { aliases: { [alias]: { is_write_index: true } } });
    const next = name.replace(/1$/, '2');
    expect((await server.send('POST', `/${alias}/_rollover`)).json).toMatchObject({
      old_index: name,
      new_index: next,
      rolled_over: true,
    });
    expect((await server.send('GET', `/_alias/${alias}`)).json).toEqual({
      [name]: { aliases: { [alias]: { is_write_index: false } } },
      [next]: { aliases: { [alias]: { is_write_index: true } } },
    });
    expect((await failed('POST', `/${fresh()}/_rollover`))[1]).toBe('resource_not_found_exception');
  });

  it('makes an index from its templates', async () => {
    const [name, part, template] = [fresh(), fresh(), fresh()];
    const component = { template: { mappings: { properties: { a: { type: 'keyword' } } } } };
    expect((await server.send('PUT', `/_component_template/${part}`, component)).json).toEqual({ acknowledged: true });
    const body = {
      index_patterns: [`${name}*`],
      priority: 900,
      composed_of: [part],
      template: {
        settings: { number_of_replicas: 0 },
        mappings: { dynamic: 'strict' },
        aliases: { [`${name}-alias`]: {} },
      },
      _meta: { v: 1 },
    };
    expect((await server.send('PUT', `/_index_template/${template}`, body)).json).toEqual({ acknowledged: true });
    const { index_templates: shown } = (await server.send('GET', `/_index_template/${template}`)).json as {
      index_templates: Json[];
    };
    expect(shown[0]).toMatchObject({
      name: template,
      index_template: {
        priority: 900,
        composed_of: [part],
        template: { settings: { index: { number_of_replicas: '0' } } },
      },
    });
    expect(await server.bulk(`${name}x`, index('1', { b: 1 }))).toMatchObject([
      { status: 400, error: { type: 'strict_dynamic_mapping_exception' } },
    ]);
    expect((await server.send('GET', `/${name}x`)).json[`${name}x`]).toMatchObject({
      aliases: { [`${name}-alias`]: {} },
      mappings: { dynamic: 'strict', properties: { a: { type: 'keyword' } } },
      settings: { index: { number_of_replicas: '0' } },
    });
    expect((await failed('DELETE', `/_component_template/${part}`))[2]).toContain(
      'cannot be removed as they are still in use by index templates',
    );
    expect(
      (await failed('PUT', `/_index_template/${fresh()}`, { index_patterns: [`${name}*`], priority: 900 }))[2],
    ).toContain('that have the same priority [900]');
    expect((await server.send('DELETE', `/_index_template/${template}`)).json).toEqual({ acknowledged: true });
    expect((await server.send('DELETE', `/_component_template/${part}`)).json).toEqual({ acknowledged: true });
    expect(await failed('GET', `/_index_template/${template}`)).toEqual([
      404,
      'resource_not_found_exception',
      `index template matching [${template}] not found`,
    ]);
  });

  it('does not take a template that cannot be', async () => {
    const name = fresh();
    const put = (body: Json): Promise<unknown[]> => failed('PUT', `/_index_template/${name}`, body);
    expect((await put({ index_patterns: [`${name}*`], composed_of: ['nothing'] }))[1]).toBe(
      'invalid_index_template_exception',
    );
    expect((await put({ index_pattern: [`${name}*`] }))[1]).toBe('x_content_parse_exception');
    const properties = { a: { type: 'nonsense' } };
    expect((await put({ index_patterns: [`${name}*`], template: { mappings: { properties } } })).slice(0, 2)).toEqual([
      400,
      'illegal_argument_exception',
    ]);
  });

  it('does not make an index that a template forbids', async () => {
    const name = fresh();
    await server.send('PUT', `/_index_template/${name}`, { index_patterns: [`${name}*`], allow_auto_create: false });
    const [item] = await server.bulk(name, index('1', { a: 1 }));
    expect(item).toMatchObject({ status: 404, error: { type: 'index_not_found_exception' } });
    expect(item!.error!.reason).toBe(`no such index [composable template [${name}*] forbids index auto creation]`);
  });

  it('keeps pipelines', async () => {
    const name = fresh();
    expect((await server.send('GET', `/_ingest/pipeline/${name}`)).status).toBe(404);
    expect((await server.send('PUT', `/_ingest/pipeline/${name}`, { processors: [] })).json).toEqual({
      acknowledged: true,
    });
    expect((await server.send('GET', `/_ingest/pipeline/${name}`)).json).toMatchObject({ [name]: { processors: [] } });
    expect(await server.bulk(fresh(), index('1', { a: 1 }), `?pipeline=${name}`)).toMatchObject([{ status: 201 }]);
    expect((await server.send('DELETE', `/_ingest/pipeline/${name}`)).json).toEqual({ acknowledged: true });
    expect((await failed('DELETE', `/_ingest/pipeline/${name}`))[1]).toBe('resource_not_found_exception');
  });

  it('says what it has not', async () => {
    expect(await failed('GET', '/a/_nothing/b/c')).toEqual([
      400,
      'no handler found for uri [/a/_nothing/b/c] and method [GET]',
    ]);
    expect(await failed('GET', '/a/_bulk')).toEqual([
      405,
      'Incorrect HTTP method for uri [/a/_bulk] and method [GET], allowed: [POST, PUT]',
    ]);
    if (server.full) {
      const name = fresh();
      expect((await server.send('PUT', `/_ilm/policy/${name}`, { policy: { phases: {} } })).json).toEqual({
        acknowledged: true,
      });
      expect((await server.send('GET', `/_ilm/policy/${name}`)).json).toMatchObject({
        [name]: { policy: { phases: {} } },
      });
      expect((await server.send('DELETE', `/_ilm/policy/${name}`)).json).toEqual({ acknowledged: true });
      expect((await failed('GET', `/_transform/${name}`)).slice(0, 2)).toEqual([404, 'resource_not_found_exception']);
    } else {
      expect((await server.send('GET', '/_ilm/policy/x')).status).toBe(400);
      expect((await server.send('PUT', '/_transform/x', {})).status).toBe(405);
    }
    expect((await server.send('GET', '/_cluster/health')).json).toMatchObject({ timed_out: false });
    expect((await server.send('GET', '/_license')).json).toMatchObject({ license: { status: 'active' } });
  });
});
