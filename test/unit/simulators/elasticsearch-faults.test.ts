import { describe, expect, it } from 'vitest';
import {
  elasticsearchFaults,
  type ElasticsearchFault,
  type ElasticsearchFaultName,
} from '../../../simulators/elasticsearch/fault-table.ts';
import { startElasticsearch } from '../../../simulators/elasticsearch/server.ts';
import { asking, itemsOf, lines } from './elasticsearch-ask.ts';

const three = ['a', 'b', 'c'];

describe('faults of items', () => {
  it.each<[ElasticsearchFaultName, number, string | undefined, number]>([
    ['rejected items', 429, 'es_rejected_execution_exception', 1],
    ['circuit breaking items', 429, 'circuit_breaking_exception', 1],
    ['flood stage items', 429, 'cluster_block_exception', 1],
    ['unavailable items', 503, 'unavailable_shards_exception', 1],
    ['unavailable items after taking', 503, 'unavailable_shards_exception', 3],
    ['bad items', 400, 'document_parsing_exception', 1],
    ['unauthorized items', 401, 'security_exception', 1],
    ['forbidden items', 403, 'security_exception', 1],
    ['read-only items', 403, 'cluster_block_exception', 1],
    ['missing index items', 404, 'index_not_found_exception', 1],
    ['internal error items', 500, 'exception', 1],
  ])('%s', (name, status, type, taken) => {
    const { es, post } = asking();
    es.fail(name, { next: 1 });
    const reply = post('x', three);
    expect([reply.status, reply.json['errors']]).toEqual([200, true]);
    expect(itemsOf(reply).map((item) => [item.status, item.error?.type])).toEqual([
      [status, type],
      [201, undefined],
      [status, type],
    ]);
    expect(es.counts()).toMatchObject({ documents: taken, bulks: 1, items: 3 });
    expect(post('x', ['d']).json['errors']).toBe(false);
  });

  it('hits the items that it names', () => {
    const { es, post } = asking();
    es.fail('rejected items', { next: 2, items: [1] });
    expect(itemsOf(post('x', three)).map(({ status }) => status)).toEqual([201, 429, 201]);
    es.faults.clear();
    es.fail('rejected items', { every: 1 });
    expect(itemsOf(post('y', three)).map(({ status }) => status)).toEqual([429, 429, 429]);
  });

  it.each<[ElasticsearchFaultName, number, string, number, number]>([
    ['failure store used', 201, 'used', 0, 1],
    ['failure store not applicable', 201, 'not_applicable_or_unknown', 1, 0],
    ['failure store not enabled', 400, 'not_enabled', 0, 0],
    ['failure store failed', 400, 'failed', 0, 0],
  ])('%s', (name, status, told, documents, lost) => {
    const { es, post } = asking();
    es.fail(name, { next: 1 });
    const reply = post('x', ['a']);
    expect(itemsOf(reply)).toMatchObject([{ status, failure_store: told }]);
    expect(reply.json['errors']).toBe(status === 400);
    expect(es.counts()).toMatchObject({ documents, lost });
    expect([...es.docs()]).toHaveLength(documents);
  });

  it('says that a replica failed, with the document taken', () => {
    const { es, post } = asking();
    es.fail('replica failed', { next: 1 });
    const reply = post('x', ['a']);
    expect(itemsOf(reply)).toMatchObject([{ status: 201, _shards: { failed: 1 } }]);
    expect(reply.json['errors']).toBe(false);
    expect(es.counts().documents).toBe(1);
  });

  it('answers fewer items than were sent', () => {
    const { es, post } = asking();
    es.fail('fewer items', { next: 1 });
    expect(itemsOf(post('x', three))).toHaveLength(2);
    expect(es.counts().documents).toBe(3);
  });
});

describe('faults of requests', () => {
  it.each<[ElasticsearchFaultName, Partial<ElasticsearchFault>, number, string | undefined, number]>([
    ['too many requests', {}, 429, 'es_rejected_execution_exception', 0],
    ['circuit breaking', {}, 429, 'circuit_breaking_exception', 0],
    ['bad request', {}, 400, 'illegal_argument_exception', 0],
    ['unauthorized', {}, 401, 'security_exception', 0],
    ['forbidden', {}, 403, 'security_exception', 0],
    ['not found', {}, 404, 'index_not_found_exception', 0],
    ['not found as html', {}, 404, undefined, 0],
    ['too large', {}, 413, undefined, 0],
    ['too large as html', {}, 413, undefined, 0],
    ['internal error', {}, 500, 'exception', 0],
    ['no master', {}, 503, 'master_not_discovered_exception', 0],
    ['not recovered', {}, 503, 'cluster_block_exception', 0],
    ['bad gateway', {}, 502, undefined, 0],
    ['bad gateway', { taken: 2 }, 502, undefined, 2],
    ['bad gateway after taking', {}, 502, undefined, 3],
    ['unavailable', {}, 503, undefined, 0],
    ['gateway timeout', {}, 504, undefined, 0],
    ['gateway timeout after taking', {}, 504, undefined, 3],
    ['success as html', {}, 200, undefined, 0],
    ['success as html after taking', {}, 200, undefined, 3],
    ['empty success', {}, 200, undefined, 0],
    ['empty success after taking', {}, 200, undefined, 3],
    ['cut json after taking', {}, 200, undefined, 3],
  ])('%s %o', (name, plan, status, type, documents) => {
    const { es, post } = asking();
    es.fail(name, { next: 1, retryAfter: 7, ...plan });
    const { json, reply } = post('x', three);
    expect(reply.status).toBe(status);
    expect((json['error'] as { type: string } | undefined)?.type).toBe(type);
    if (type === undefined) expect(json).toEqual({});
    expect(reply.headers['Retry-After']).toBe('7');
    expect(es.counts().documents).toBe(documents);
    expect(post('x', ['d']).json).toMatchObject({ errors: false });
  });

  it.each<[ElasticsearchFaultName, string, number]>([
    ['drop before read', 'drop', 0],
    ['drop mid body', 'drop', 0],
    ['drop without taking', 'drop', 0],
    ['drop after taking', 'drop', 3],
    ['hang without taking', 'hang', 0],
    ['hang after taking', 'hang', 3],
    ['cut reply after taking', 'cut', 3],
    ['cut chunked reply after taking', 'chunked cut', 3],
  ])('%s', (name, transport, documents) => {
    const { es, post } = asking();
    es.fail(name, { next: 1 });
    expect(post('x', three).reply.transport).toBe(transport);
    expect(es.counts().documents).toBe(documents);
  });

  it('trickles', () => {
    const { es, post } = asking();
    es.fail('trickle after taking', { next: 1 });
    expect(post('x', three).reply.trickle).toBe(true);
    expect(es.counts().documents).toBe(3);
  });

  it('hits bulk requests alone, unless a path is named', () => {
    const { es, ask, post } = asking();
    es.fail('bad gateway');
    expect(ask('GET', '/').status).toBe(200);
    expect(post('x', three).status).toBe(502);
    es.faults.clear();
    es.fail('bad gateway', { path: '/_count', skip: 1, next: 1 });
    expect([1, 2, 3].map(() => ask('GET', '/_count').status)).toEqual([200, 502, 200]);
  });

  it.each(Object.keys(elasticsearchFaults) as ElasticsearchFaultName[])('%s is seen in the reply', (name) => {
    const seen = (fault?: ElasticsearchFaultName): unknown => {
      const { es, post } = asking();
      if (fault !== undefined) es.fail(fault, { next: 1 });
      return post('x', three).reply;
    };
    expect(seen(name)).not.toEqual(seen());
  });
});

describe('faults on a socket', () => {
  const send = (url: string): Promise<Response> =>
    fetch(`${url}/x/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines(three),
    });

  it.each<[ElasticsearchFaultName, number]>([
    ['drop before read', 0],
    ['drop mid body', 0],
    ['drop without taking', 0],
    ['drop after taking', 3],
    ['cut reply after taking', 3],
    ['cut chunked reply after taking', 3],
  ])('%s gives no reply', async (name, documents) => {
    const { url, elasticsearch, close } = await startElasticsearch();
    try {
      elasticsearch.fail(name, { next: 1 });
      await expect(send(url).then((response) => response.text())).rejects.toThrow();
      expect(elasticsearch.counts().documents).toBe(documents);
      expect(await (await send(url)).json()).toMatchObject({ errors: documents > 0 });
    } finally {
      await close();
    }
  });

  it('goes on after a restart with what it holds', async () => {
    const first = await startElasticsearch();
    await send(first.url);
    await first.close();
    const second = await startElasticsearch({ simulator: first.elasticsearch });
    try {
      expect(await (await fetch(`${second.url}/x/_count`)).json()).toMatchObject({ count: 3 });
    } finally {
      await second.close();
    }
  });
});
