import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { asking, itemsOf, lines, type Reply } from './elasticsearch-ask.ts';

const typeOf = ({ json }: Reply): unknown => (json['error'] as { type?: string } | undefined)?.type;
const reasonOf = ({ json }: Reply): string => (json['error'] as { reason: string }).reason;

describe('who asks', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  it('needs credentials when they are required', () => {
    const { es, ask } = asking({ switches: { auth: 'required' } });
    const as = (authorization?: string): Reply =>
      ask('GET', '/_cluster/health', undefined, authorization === undefined ? {} : { authorization });
    for (const good of [basic('relay:changeme1'), `ApiKey ${es.apiKey}`, 'Bearer simulated-token'])
      expect(as(good).status).toBe(200);
    const none = as();
    expect([none.status, typeOf(none)]).toEqual([401, 'security_exception']);
    expect(reasonOf(none)).toBe('missing authentication credentials for REST request [/_cluster/health]');
    expect(none.reply.headers).toMatchObject({ 'WWW-Authenticate': 'Basic realm="security", charset="UTF-8", ApiKey' });
    expect(none.reply.headers['X-elastic-product']).toBeUndefined();
    expect(reasonOf(as(basic('relay:bad')))).toBe(
      'unable to authenticate user [relay] for REST request [/_cluster/health]',
    );
    expect(as(`ApiKey ${Buffer.from('id:key').toString('base64')}`).json['error']).toMatchObject({
      additional_unsuccessful_credentials: 'API key: apikey authentication for id id encountered a failure',
    });
    expect(as('ApiKey abc').json['error']).toMatchObject({
      additional_unsuccessful_credentials: 'API key: invalid ApiKey value',
    });
    expect(as('Bearer abc').json['error']).toMatchObject({
      additional_unsuccessful_credentials: 'oauth2 token: invalid token',
    });
    es.switches.credentials = 'rejected';
    expect(as(`ApiKey ${es.apiKey}`).status).toBe(401);
  });

  it('may do what its privileges say, item by item', () => {
    const { es, ask, post } = asking({ switches: { privileges: ['create_doc', 'auto_configure'] } });
    expect(itemsOf(post('x', ['a']))).toMatchObject([{ status: 201 }]);
    const others = itemsOf(ask('POST', '/x/_bulk', '{"index":{"_id":"a"}}\n{}\n{"delete":{"_id":"a"}}\n'));
    expect(others.map(({ status, error }) => [status, error!.type])).toEqual(
      Array(2).fill([403, 'security_exception']),
    );
    const search = ask('GET', '/x/_search');
    expect([search.status, reasonOf(search)]).toEqual([
      403,
      'action [indices:data/read/search] is unauthorized for user [relay] with effective roles [relay] on indices [x], this action is granted by the index privileges [read,all]',
    ]);
    expect(ask('PUT', '/_index_template/t', { index_patterns: ['t'] }).status).toBe(403);
    expect(
      ask('POST', '/_security/user/_has_privileges', {
        cluster: ['monitor'],
        index: [{ names: ['x'], privileges: ['create_doc', 'read'] }],
      }).json,
    ).toMatchObject({
      has_all_requested: false,
      cluster: { monitor: false },
      index: { x: { create_doc: true, read: false } },
    });
    es.switches.privileges = ['create_doc'];
    expect(itemsOf(post('y', ['a']))).toMatchObject([{ status: 403, error: { type: 'security_exception' } }]);
  });

  it('is told who it is', () => {
    const { es, ask } = asking({ switches: { auth: 'required' } });
    const { json } = ask('GET', '/_security/_authenticate', undefined, { authorization: `ApiKey ${es.apiKey}` });
    expect(json).toMatchObject({ username: 'relay', authentication_type: 'api_key', api_key: { id: 'simulated-id' } });
  });
});

describe('flavours', () => {
  it('is OpenSearch: no product header, no newer parameters, no ILM, no transforms', () => {
    const { ask, post } = asking({ switches: { flavour: 'opensearch' } });
    const main = ask('GET', '/');
    expect(main.json['version']).toMatchObject({ distribution: 'opensearch' });
    expect(main.reply.headers['X-elastic-product']).toBeUndefined();
    for (const parameter of ['require_data_stream', 'include_source_on_error']) {
      const refused = post('x', ['a'], `?${parameter}=true`);
      expect([refused.status, reasonOf(refused)]).toEqual([
        400,
        `request [/x/_bulk] contains unrecognized parameter: [${parameter}]`,
      ]);
    }
    expect(post('x', ['a'], '?filter_path=errors').json).toEqual({ errors: false });
    expect(ask('GET', '/_ilm/policy/p').json).toEqual({
      error: 'no handler found for uri [/_ilm/policy/p] and method [GET]',
    });
    expect(ask('PUT', '/_transform/t/x', {}).status).toBe(400);
    expect(
      ask('POST', '/x/_bulk', lines(['b']), {
        'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=8',
      }).status,
    ).toBe(406);
  });

  it('is serverless: no ILM and no health', () => {
    const { ask, post } = asking({ switches: { flavour: 'serverless' } });
    expect(ask('GET', '/').json['version']).toMatchObject({ build_flavor: 'serverless' });
    for (const path of ['/_cluster/health', '/_ilm/policy/p']) {
      expect([ask('GET', path).status, typeOf(ask('GET', path))]).toEqual([410, 'api_not_available_exception']);
    }
    expect(post('x', ['a'], '?require_data_stream=false').json).toMatchObject({ errors: false });
  });

  it('is version 8, and refuses the media type of 9', () => {
    const { ask } = asking();
    const typed = (version: number): Reply =>
      ask('POST', '/x/_bulk', lines(['a']), {
        'content-type': `application/vnd.elasticsearch+x-ndjson; compatible-with=${version}`,
      });
    expect([typed(9).status, typeOf(typed(9))]).toEqual([400, 'media_type_header_exception']);
    expect(typed(8).status).toBe(200);
  });

  it('keeps transforms, and fails them when it is told to', () => {
    const { es, ask } = asking();
    expect(ask('PUT', '/_transform/t', { source: {}, dest: {} }).json).toEqual({ acknowledged: true });
    expect(typeOf(ask('PUT', '/_transform/t', {}))).toBe('resource_already_exists_exception');
    const state = (): unknown =>
      (ask('GET', '/_transform/t/_stats').json['transforms'] as { state: string }[])[0]!.state;
    expect(state()).toBe('stopped');
    ask('POST', '/_transform/t/_start');
    expect(state()).toBe('started');
    expect(ask('POST', '/_transform/t/_start').status).toBe(409);
    es.switches.transformState = 'failed';
    expect(state()).toBe('failed');
    expect(typeOf(ask('GET', '/_transform/u'))).toBe('resource_not_found_exception');
  });
});

describe('what goes over the wire', () => {
  it('counts the decompressed bytes', () => {
    const { es, ask } = asking({ switches: { maxContentLength: 10_000 } });
    const body = lines(Array.from({ length: 200 }, (_, i) => String(i)));
    const packed = gzipSync(body);
    expect(packed.length).toBeLessThan(10_000);
    for (const reply of [
      ask('POST', '/x/_bulk', body),
      ask('POST', '/x/_bulk', packed, { 'content-encoding': 'gzip' }),
    ]) {
      expect([reply.status, reply.reply.body]).toEqual([413, '']);
    }
    expect(es.counts()).toMatchObject({ documents: 0, bulks: 2 });
  });

  it('drops the connection for a body that is no gzip', () => {
    const { ask } = asking();
    expect(ask('POST', '/x/_bulk', lines(['a']), { 'content-encoding': 'gzip' }).reply.transport).toBe('drop');
  });

  it('never throws', () => {
    const { ask } = asking();
    const answers = ['/%', '/x/_search', '/x/_doc/%E0%A4%A'].map((path) => ask('POST', path, '{"query":').status);
    expect(answers).toEqual([400, 400, 400]);
  });

  it('filters with two stars', () => {
    const { post } = asking();
    expect(post('x', ['a'], '?filter_path=**.status').json).toEqual({ items: [{ create: { status: 201 } }] });
  });

  it('takes its time as it is told', () => {
    const { post } = asking({ switches: { latencyMs: 5, msPer1000Items: 1000 } });
    expect(post('x', ['a', 'b']).reply.delayMs).toBe(7);
  });
});

describe('its truth', () => {
  it('counts documents, requests and repeated attributes', () => {
    const { es, ask, post } = asking();
    ask('PUT', '/_index_template/t', { index_patterns: ['logs-*'], data_stream: {}, priority: 200 });
    post('logs-x', ['a', 'b']);
    expect(es.duplicates().size).toBe(0);
    ask('POST', '/logs-x/_rollover');
    post('logs-x', ['a']);
    expect(es.counts()).toMatchObject({
      requests: 4,
      bulks: 2,
      items: 3,
      documents: 3,
      byIndex: { '.ds-logs-x-2025.11.24-000001': 2, '.ds-logs-x-2025.11.24-000002': 1 },
    });
    expect(es.duplicates('logs-x')).toEqual(new Map([['a', 2]]));
    expect([...es.docs('logs-x')].map(({ id, stream, version }) => [id, stream, version])).toEqual([
      ['a', 'logs-x', 1],
      ['b', 'logs-x', 1],
      ['a', 'logs-x', 1],
    ]);
  });

  it('forgets deletes after their time, or when it is told to', () => {
    let now = 0;
    const { es, ask } = asking({ now: () => now });
    const version = (action: string, number: number): number =>
      itemsOf(
        ask(
          'POST',
          '/x/_bulk',
          `{"${action}":{"_id":"a","version":${number},"version_type":"external"}}\n${action === 'index' ? '{}\n' : ''}`,
        ),
      )[0]!.status;
    expect([version('index', 5), version('delete', 6), version('index', 4)]).toEqual([201, 200, 409]);
    now += 59_999;
    expect(version('index', 4)).toBe(409);
    now += 1;
    expect([version('index', 4), version('delete', 6), version('index', 4)]).toEqual([201, 200, 409]);
    es.forgetDeletes();
    expect(version('index', 4)).toBe(201);
    es.switches.gcDeletesMs = 0;
    expect([version('delete', 6), version('index', 1)]).toEqual([200, 201]);
  });

  it('is the same for the same seed', () => {
    const play = (seed: number): string => {
      const { ask } = asking({ seed });
      ask('POST', '/x/_bulk', '{"index":{}}\n{"a":1}\n{"create":{"_id":"1"}}\n{"a":1}\n');
      return ask('GET', '/x').reply.body + ask('GET', '/x/_search').reply.body;
    };
    expect(play(1)).toBe(play(1));
    expect(play(1)).not.toBe(play(2));
  });

  it('takes documents as they are when mappings are ignored, and finds them all the same', () => {
    const { ask, es } = asking({ switches: { mappings: 'ignore' } });
    ask('PUT', '/x', { mappings: { dynamic: 'strict', properties: { ip: { type: 'ip' } } } });
    ask('POST', '/x/_bulk', '{"index":{"_id":"1"}}\n{"ip":"no","other":"v"}\n{"index":{"_id":"2"}}\n[1]\n');
    expect([...es.docs()].map(({ source }) => source)).toEqual([{ ip: 'no', other: 'v' }]);
    expect(ask('POST', '/x/_count', { query: { term: { other: 'v' } } }).json['count']).toBe(1);
  });
});
