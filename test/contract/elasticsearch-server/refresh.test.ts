// What a search sees of what was written, before and after a refresh.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { index, servers, type Server } from './server.ts';

describe.each(servers)('$name', ({ start }) => {
  let server: Server;
  let name: string;
  beforeAll(async () => {
    server = await start();
    name = `${server.prefix}-refresh`;
    await server.send('PUT', `/${name}`, { settings: { 'index.refresh_interval': '-1' } });
  });
  afterAll(async () => server.close());

  const seen = async (): Promise<unknown[]> => {
    const found = await server.send('POST', `/${name}/_search`, {
      query: { match_all: {} },
      sort: [{ n: { order: 'asc', unmapped_type: 'long' } }],
    });
    const { hits } = found.json['hits'] as { hits: { _id: string; _source: { n: number } }[] };
    const { count } = (await server.send('GET', `/${name}/_count`)).json;
    expect(count).toBe(hits.length);
    return hits.map(({ _id, _source }) => [_id, _source.n]);
  };

  it('is what was there at the last refresh', async () => {
    await server.bulk(name, [...index('a', { n: 1 }), ...index('b', { n: 2 })]);
    expect(await seen()).toEqual([]);
    expect((await server.send('GET', `/${name}/_doc/a`)).json).toMatchObject({ found: true });
    await server.send('POST', `/${name}/_refresh`);
    expect(await seen()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    await server.bulk(name, [...index('a', { n: 3 }), { delete: { _id: 'b' } }, ...index('c', { n: 4 })]);
    expect(await seen()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    await server.bulk(name, index('d', { n: 5 }), '?refresh=true');
    expect(await seen()).toEqual([
      ['a', 3],
      ['c', 4],
      ['d', 5],
    ]);
  });
});
