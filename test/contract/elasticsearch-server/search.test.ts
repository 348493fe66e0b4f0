// Searches, counts and reads by id, in the forms that the relay and its tests use.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { index, servers, type Json, type Server } from './server.ts';

const documents: Record<string, Json> = {
  a: {
    id: 'a',
    n: 1,
    d: '2026-01-01T00:00:00Z',
    ip: '192.0.2.1',
    b: true,
    flat: { x: '1' },
    o: { k: ['p', 'q'] },
    t: 'Hello World',
  },
  b: { id: 'b', n: 2, d: '2026-01-02T00:00:00.5Z', ip: '192.0.2.77', b: false, o: { k: 'p' } },
  c: { id: 'c', n: 3, d: 1_767_398_400_000, ip: '2001:db8::1' },
  d: { id: 'd' },
};

interface Hit {
  _id: string;
  _source?: Json;
  sort?: unknown[];
  _version?: number;
}

describe.each(servers)('$name', ({ start }) => {
  let server: Server;
  let name: string;
  beforeAll(async () => {
    server = await start();
    name = `${server.prefix}-search`;
    const types = { id: 'keyword', n: 'long', d: 'date', ip: 'ip', b: 'boolean', flat: 'flattened', t: 'text' };
    const properties: Json = Object.fromEntries(Object.entries(types).map(([field, type]) => [field, { type }]));
    await server.send('PUT', `/${name}`, {
      mappings: { properties: { ...properties, o: { properties: { k: { type: 'keyword' } } } } },
    });
    await server.bulk(
      name,
      Object.entries(documents).flatMap(([id, document]) => index(id, document)),
      '?refresh=true',
    );
  });
  afterAll(async () => server.close());

  const search = async (body: Json, query = ''): Promise<Json> =>
    (await server.send('POST', `/${name}/_search${query}`, body)).json;
  const hits = async (body: Json): Promise<Hit[]> => ((await search(body))['hits'] as { hits: Hit[] }).hits;
  const ids = async (query: Json): Promise<string[]> => (await hits({ query })).map((hit) => hit._id).sort();
  const refused = async (body: Json): Promise<string> => {
    const { status, text } = await server.send('POST', `/${name}/_search`, body);
    return `${status} ${text}`;
  };

  it('finds by query', async () => {
    expect(await ids({ match_all: {} })).toEqual(['a', 'b', 'c', 'd']);
    expect(await ids({ term: { 'o.k': 'q' } })).toEqual(['a']);
    expect(await ids({ term: { 'o.k': { value: 'p' } } })).toEqual(['a', 'b']);
    expect(await ids({ terms: { id: ['a', 'd', 'x'] } })).toEqual(['a', 'd']);
    expect(await ids({ ids: { values: ['a', 'x'] } })).toEqual(['a']);
    expect(await ids({ term: { b: true } })).toEqual(['a']);
    expect(await ids({ term: { n: '2' } })).toEqual(['b']);
    expect(await ids({ term: { 'flat.x': '1' } })).toEqual(['a']);
    expect(await ids({ term: { nowhere: 'a' } })).toEqual([]);
    expect(await ids({ term: { ip: '192.0.2.1' } })).toEqual(['a']);
    expect(await ids({ term: { ip: '192.0.2.0/24' } })).toEqual(['a', 'b']);
    expect(await ids({ prefix: { id: 'a' } })).toEqual(['a']);
    expect(await ids({ match: { t: 'hello' } })).toEqual(['a']);
    expect(await ids({ exists: { field: 'o' } })).toEqual(['a', 'b']);
    expect(await ids({ exists: { field: 'n' } })).toEqual(['a', 'b', 'c']);
    expect(await ids({ range: { n: { gt: 1, lte: 3 } } })).toEqual(['b', 'c']);
    expect(await ids({ range: { d: { gte: '2026-01-01', lt: '2026-01-03' } } })).toEqual(['a', 'b']);
    expect(await ids({ range: { d: { gt: 'now+100d' } } })).toEqual([]);
  });

  it('joins queries', async () => {
    const filter = [{ exists: { field: 'n' } }];
    expect(await ids({ bool: { filter, must_not: { term: { b: true } } } })).toEqual(['b', 'c']);
    expect(await ids({ bool: { filter, should: [{ term: { n: 2 } }] } })).toEqual(['a', 'b', 'c']);
    expect(await ids({ bool: { filter, should: [{ term: { n: 2 } }], minimum_should_match: 1 } })).toEqual(['b']);
    expect(await ids({ bool: { should: [{ term: { n: 2 } }, { term: { n: 3 } }] } })).toEqual(['b', 'c']);
    expect(await ids({ bool: { must: { term: { n: 1 } } } })).toEqual(['a']);
  });

  it('sorts, and goes on after a hit', async () => {
    const sort = [{ n: { order: 'asc' } }, { id: 'asc' }];
    const first = await hits({ size: 2, sort, _source: false });
    expect(first.map(({ _id, sort: values }) => [_id, values])).toEqual([
      ['a', [1, 'a']],
      ['b', [2, 'b']],
    ]);
    const second = await hits({ size: 2, sort, search_after: first[1]!.sort, _source: false });
    expect(second.map(({ _id }) => _id)).toEqual(['c', 'd']);
    expect(await hits({ size: 2, sort, search_after: second[1]!.sort, _source: false })).toEqual([]);
    expect((await hits({ sort: [{ d: 'desc' }], size: 1 }))[0]).toMatchObject({ _id: 'c', sort: [1_767_398_400_000] });
    expect((await hits({ sort: [{ no: { order: 'asc', unmapped_type: 'long' } }, 'id'], size: 1 }))[0]!._id).toBe('a');
    expect((await hits({ sort: ['id'], from: 1, size: 1 }))[0]!._id).toBe('b');
  });

  it('does not sort by what it cannot, nor beyond its window', async () => {
    expect(await refused({ sort: ['no'] })).toContain('No mapping found for [no] in order to sort on');
    expect(await refused({ sort: ['_id'] })).toContain('Fielddata access on the _id field is disallowed');
    expect(await refused({ sort: ['t'] })).toContain('Fielddata is disabled on [t]');
    expect(await refused({ size: 10_001 })).toContain(
      'Result window is too large, from + size must be less than or equal to: [10000] but was [10001].',
    );
    expect(await refused({ query: { foo: {} } })).toContain('unknown query [foo]');
    expect(await refused({ foo: 1 })).toMatch(/^400 .*parsing_exception/);
    expect(await refused({ query: { term: { n: 'abc' } } })).toMatch(/^400 .*For input string: \\"abc\\"/);
    expect((await search({}, '?foo=1'))['error']).toMatchObject({
      reason: `request [/${name}/_search] contains unrecognized parameter: [foo]`,
    });
  });

  it('says how many', async () => {
    const total = async (body: Json): Promise<unknown> =>
      ((await search({ size: 0, ...body }))['hits'] as Json)['total'];
    expect(await total({})).toEqual({ value: 4, relation: 'eq' });
    expect(await total({ track_total_hits: true })).toEqual({ value: 4, relation: 'eq' });
    expect(await total({ track_total_hits: 2 })).toEqual({ value: 2, relation: 'gte' });
    expect(await total({ track_total_hits: false })).toBeUndefined();
    const count = async (body?: Json): Promise<unknown> =>
      (await server.send('POST', `/${name}/_count`, body)).json['count'];
    expect(await count()).toBe(4);
    expect(await count({ query: { term: { id: 'a' } } })).toBe(1);
    expect(await count({ size: 1 })).toBeUndefined();
  });

  it('shows the parts of a document that are asked for', async () => {
    const source = async (_source: unknown): Promise<unknown> =>
      (await hits({ query: { term: { id: 'b' } }, _source }))[0]!._source;
    expect(await source(['id', 'o.*'])).toEqual({ id: 'b', o: { k: 'p' } });
    expect(await source('n')).toEqual({ n: 2 });
    expect(await source({ excludes: ['o', 'd', 'ip'] })).toEqual({ id: 'b', n: 2, b: false });
    expect(await source(false)).toBeUndefined();
    expect((await hits({ query: { ids: { values: ['a'] } }, version: true }))[0]!._version).toBe(1);
  });

  it('aggregates', async () => {
    const terms = { terms: { field: 'o.k', size: 10 } };
    const most = { terms: { field: 'n', size: 1, order: { _key: 'desc' } }, aggs: { top: { max: { field: 'n' } } } };
    const others = {
      different: { cardinality: { field: 'id' } },
      last: { max: { field: 'd' } },
      flagged: { filter: { term: { b: true } } },
    };
    const { aggregations } = (await search({ size: 0, aggs: { terms, most, ...others } })) as { aggregations: Json };
    expect(aggregations).toMatchObject({
      terms: {
        sum_other_doc_count: 0,
        buckets: [
          { key: 'p', doc_count: 2 },
          { key: 'q', doc_count: 1 },
        ],
      },
      most: { sum_other_doc_count: 2, buckets: [{ key: 3, doc_count: 1, top: { value: 3 } }] },
      different: { value: 4 },
      last: { value: 1_767_398_400_000, value_as_string: '2026-01-03T00:00:00.000Z' },
      flagged: { doc_count: 1 },
    });
    const repeated = (await search({
      size: 0,
      aggs: { ids: { terms: { field: 'id', size: 2, min_doc_count: 2 } } },
    })) as { aggregations: Json };
    expect(repeated.aggregations['ids']).toMatchObject({ buckets: [] });
  });

  it('reads by id', async () => {
    const get = async (path: string): Promise<unknown[]> => {
      const { status, json } = await server.send('GET', `/${name}/${path}`);
      return [status, json['found'], json['_source']];
    };
    expect(await get('_doc/b?_source=id')).toEqual([200, true, { id: 'b' }]);
    expect(await get('_doc/x')).toEqual([404, false, undefined]);
    const { json } = await server.send('POST', `/${name}/_mget?_source_includes=id`, { ids: ['a', 'x'] });
    expect(json['docs']).toMatchObject([
      { _id: 'a', found: true, _version: 1, _source: { id: 'a' } },
      { _id: 'x', found: false },
    ]);
    const none = `${server.prefix}-none`;
    const mixed = await server.send('POST', '/_mget', {
      docs: [
        { _index: name, _id: 'a', _source: false },
        { _index: none, _id: 'a' },
      ],
    });
    expect(mixed.json['docs']).toMatchObject([{ found: true }, { error: { type: 'index_not_found_exception' } }]);
    expect((await server.send('POST', `/${name}/_mget`, {})).status).toBe(400);
  });

  it('says that there is no such index, or nothing for a pattern', async () => {
    const none = `${server.prefix}-none`;
    for (const path of ['_search', '_count', '_doc/1']) {
      const { status, json } = await server.send('GET', `/${none}/${path}`);
      expect([status, (json['error'] as Json)['type']]).toEqual([404, 'index_not_found_exception']);
    }
    expect((await server.send('GET', `/${none}*/_count`)).json).toMatchObject({ count: 0 });
    expect((await server.send('GET', `/${none}/_count?ignore_unavailable=true`)).json).toMatchObject({ count: 0 });
  });
});
