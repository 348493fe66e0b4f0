// What becomes of a request as a whole: refused, lost, unreadable, too large; and how it is made.
import { afterEach, describe, expect, it } from 'vitest';
import type { ElasticsearchFaultName } from '../../simulators/elasticsearch/fault-table.ts';
import { newBatchProgress, owed } from '../../src/destinations/destination.ts';
import { elasticsearch as kind } from '../../src/destinations/elasticsearch.ts';
import { PermanentError, RetryableError } from '../../src/errors.ts';
import { HttpClient, type HttpRequest } from '../../src/http.ts';
import { batchOf, carry, upsertOf, withdrawalOf } from './harness/carry.ts';
import { some, world as makeWorld, type World } from './harness/elasticsearch-world.ts';
import { testContext } from './harness/harness.ts';

const toClose: (() => Promise<void>)[] = [];
async function world(...given: Parameters<typeof makeWorld>): Promise<World> {
  const made = await makeWorld(...given);
  toClose.push(made.close);
  return made;
}
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

const modes = ['index', 'data_stream'] as const;

describe.each(modes)('mode %s: nobody knows whether it was taken', (mode) => {
  it.each<[ElasticsearchFaultName, string, boolean]>([
    ['bad gateway', 'ELASTICSEARCH_ANSWER_LOST', false],
    ['bad gateway after taking', 'ELASTICSEARCH_ANSWER_LOST', true],
    ['unavailable', 'ELASTICSEARCH_ANSWER_LOST', false],
    ['gateway timeout after taking', 'ELASTICSEARCH_ANSWER_LOST', true],
    ['internal error', 'ELASTICSEARCH_ANSWER_LOST', false],
    ['no master', 'ELASTICSEARCH_UNAVAILABLE', false],
    ['not recovered', 'ELASTICSEARCH_UNAVAILABLE', false],
    ['success as html', 'ELASTICSEARCH_UNREADABLE', false],
    ['success as html after taking', 'ELASTICSEARCH_UNREADABLE', true],
    ['empty success after taking', 'ELASTICSEARCH_UNREADABLE', true],
    ['cut json after taking', 'ELASTICSEARCH_UNREADABLE', true],
    ['fewer items', 'ELASTICSEARCH_UNREADABLE', true],
    ['cut reply after taking', 'HTTP_RESET', true],
    ['cut chunked reply after taking', 'HTTP_RESET', true],
    ['drop before read', 'HTTP_RESET', false],
    ['drop mid body', 'HTTP_RESET', false],
    ['drop without taking', 'HTTP_RESET', false],
    ['drop after taking', 'HTTP_RESET', true],
    ['hang after taking', 'HTTP_TIMEOUT_HEADERS', true],
    ['trickle after taking', 'HTTP_TIMEOUT_TOTAL', true],
  ])('%s: all of it is owed and in doubt, goes again, and is there once', async (fault, code, taken) => {
    const { send, elasticsearch, there } = await world({ options: { mode, timeout: 1 } });
    elasticsearch.fail(fault, { next: 1 });
    const first = await send(some(6));
    expect(first.error).toBeInstanceOf(RetryableError);
    const { code: told } = first.error as RetryableError;
    // Both time limits are the same here, so either may come first.
    expect(told.replace('TIMEOUT_TOTAL', 'TIMEOUT_HEADERS')).toBe(code.replace('TIMEOUT_TOTAL', 'TIMEOUT_HEADERS'));
    expect(first.saved).toMatchObject({ posting: { from: 0, to: 6 }, todo: [{ from: 0, to: 6 }], rejected: [] });
    expect(there().length > 0).toBe(taken);
    const second = await send(some(6), first.saved);
    expect(second).toMatchObject({
      error: null,
      saved: { posting: null, todo: [], possibleDuplicates: 0, rejected: [] },
    });
    expect(there()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(elasticsearch.duplicates().size).toBe(0);
  });

  it('half of it was taken before the connection broke', async () => {
    const { send, elasticsearch, there } = await world({ options: { mode } });
    elasticsearch.fail('drop after taking', { next: 1, taken: 3 });
    const first = await send(some(6));
    expect(there()).toEqual([0, 1, 2]);
    expect(owed(first.saved)).toBe(6);
    expect((await send(some(6), first.saved)).error).toBeNull();
    expect(there().sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(elasticsearch.duplicates().size).toBe(0);
  });
});

it('after a rollover the same version may stand twice: a reader by uuid must bear it', async () => {
  const { send, elasticsearch, operator } = await world({ options: { mode: 'data_stream' } });
  elasticsearch.fail('drop after taking', { next: 1 });
  const first = await send(some(2));
  await operator('POST', '/logs-ti_misp.threat_attributes-default/_rollover');
  expect((await send(some(2), first.saved)).error).toBeNull();
  expect([...elasticsearch.duplicates().values()]).toEqual([2, 2]);
});

describe('refused as a whole', () => {
  it.each<ElasticsearchFaultName>(['too many requests', 'circuit breaking'])(
    '%s: later, after the time that it names, and nothing is in doubt',
    async (fault) => {
      const { send, elasticsearch } = await world();
      elasticsearch.fail(fault, { next: 1, retryAfter: 7 });
      const { saved, error } = await send(some(4));
      expect(error).toBeInstanceOf(RetryableError);
      const { code, retryAfterMs } = error as RetryableError;
      expect(code).toBe('ELASTICSEARCH_BUSY');
      expect(retryAfterMs).toBeGreaterThanOrEqual(7_000);
      expect(retryAfterMs).toBeLessThan(10_000);
      expect(saved).toMatchObject({ posting: null, todo: [{ from: 0, to: 4 }] });
    },
  );

  it.each<[ElasticsearchFaultName, string]>([
    ['unauthorized', 'ELASTICSEARCH_AUTH'],
    ['forbidden', 'ELASTICSEARCH_FORBIDDEN'],
    ['not found', 'ELASTICSEARCH_ALIAS_MISSING'],
    ['not found as html', 'ELASTICSEARCH_WRONG_URL'],
    ['bad request', 'ELASTICSEARCH_REFUSED'],
  ])('%s: blocked, everything stays owed, no record dies, nothing is in doubt', async (fault, code) => {
    const { send, elasticsearch } = await world();
    elasticsearch.fail(fault);
    const { saved, error } = await send(some(4));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code });
    expect(saved).toMatchObject({ posting: null, rejected: [], todo: [{ from: 0, to: 4 }] });
  });

  it.each([
    ['delete', 'unauthorized', 'ELASTICSEARCH_AUTH', 'permanent'],
    ['delete', 'forbidden', 'ELASTICSEARCH_FORBIDDEN', 'permanent'],
    ['delete', 'not found as html', 'ELASTICSEARCH_WRONG_URL', 'permanent'],
    ['delete', 'unavailable', 'ELASTICSEARCH_ANSWER_LOST', 'retryable'],
    ['delete', 'too many requests', 'ELASTICSEARCH_BUSY', 'retryable'],
    ['delete', 'success as html', 'ELASTICSEARCH_UNREADABLE', 'retryable'],
  ] as const)('the look for the alias before a %s: %s', async (_, fault, code, how) => {
    const { send, elasticsearch } = await world();
    elasticsearch.fail(fault, { path: '/_alias', next: 1 });
    const { saved, error } = await send([withdrawalOf(1)]);
    expect(error).toMatchObject({ code, kind: how });
    expect(saved).toMatchObject({ requests: 0, posting: null, todo: [{ from: 0, to: 1 }] });
    expect(elasticsearch.counts().bulks).toBe(0);
  });
});

describe('too large', () => {
  it.each<ElasticsearchFaultName>(['too large', 'too large as html'])(
    '%s: it goes in halves within the same attempt',
    async (fault) => {
      const { send, elasticsearch, there } = await world();
      elasticsearch.fail(fault, { next: 2 });
      const { saved, error } = await send(some(8));
      expect(error).toBeNull();
      expect(saved).toMatchObject({ rejected: [], possibleDuplicates: 0, posting: null });
      expect(there()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(saved.requests).toBeGreaterThanOrEqual(6);
    },
  );

  it('the limit counts decompressed bytes; the one document that is too large alone is set aside', async () => {
    const { send, there } = await world({ switches: { maxContentLength: 20_000 } });
    const deliveries = some(12).with(5, upsertOf(5, { comment: 'x'.repeat(30_000) }));
    const { saved, error } = await send(deliveries);
    expect(error).toBeNull();
    expect(saved.rejected.map(({ index: at, code }) => [at, code])).toEqual([[5, 'ELASTICSEARCH_413']]);
    expect(there()).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
  });

  it('what was learnt is kept: the next batch is not tried whole', async () => {
    const { send } = await world({ switches: { maxContentLength: 20_000 } });
    await send(some(24));
    const whole = (await send(some(24))).saved;
    expect(whole.requests).toBeGreaterThan(1);
    // None of them was refused, so each byte went once.
    expect(whole.bytes).toBeLessThan(1.1 * (await bytesOf(24)));
  });

  async function bytesOf(count: number): Promise<number> {
    const { send } = await world();
    return (await send(some(count))).saved.bytes;
  }
});

describe('servers that know less', () => {
  it.each(modes)('OpenSearch, mode %s: parameters that it does not know are left out, once for all', async (mode) => {
    const { send, elasticsearch, there } = await world({ options: { mode }, switches: { flavour: 'opensearch' } });
    expect(await send(some(2))).toMatchObject({ error: null, saved: { posting: null, requests: 1 } });
    const { bulks } = elasticsearch.counts();
    expect(bulks).toBeGreaterThan(1);
    expect((await send([upsertOf(3)])).error).toBeNull();
    expect(elasticsearch.counts().bulks).toBe(bulks + 1);
    expect(there()).toEqual([0, 1, 3]);
  });

  it.each(['minimal', 'serverless'] as const)('%s takes all of it', async (flavour) => {
    const { send, there } = await world({ switches: { flavour } });
    expect((await send([...some(2), withdrawalOf(0)])).error).toBeNull();
    expect(there()).toEqual([1]);
  });
});

describe('the request', () => {
  async function sent(options: Record<string, unknown>, count: number, mayFail = false): Promise<HttpRequest[]> {
    const { url, apiKey } = await world();
    const requests: HttpRequest[] = [];
    const context = testContext({
      connect: (to, how) => {
        const client = new HttpClient(to, how);
        return {
          host: client.host,
          request: (request) => {
            requests.push(request);
            return client.request(request);
          },
          close: () => client.close(),
        };
      },
    });
    const destination = kind.create(kind.options.parse({ url, apiKey, ...options }), context);
    toClose.push(() => destination.close());
    const { error } = await carry(destination, batchOf(destination, some(count)));
    if (!mayFail) expect(error).toBeNull();
    return requests;
  }

  it('is NDJSON with a line break at its end, through the alias, in gzip when it is worth it', async () => {
    const [small] = await sent({ gzip: false }, 1);
    expect(small!.path).toMatch(/^\/misp-relay-write-default\/_bulk\?.*require_alias=true/);
    expect(small!.path).toContain('include_source_on_error=false');
    expect(small!.headers!['content-type']).toBe('application/x-ndjson');
    const lines = small!.body!.toString().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('');
    expect(JSON.parse(lines[0]!)).toEqual({
      index: {
        _id: 'everything:00000000-0000-4000-8000-000000000000',
        version: 1_764_000_000_000,
        version_type: 'external_gte',
      },
    });
    const [zipped] = await sent({}, 10);
    expect(zipped!.headers!['content-encoding']).toBe('gzip');
  });

  it.each([
    [{}, undefined],
    [{ pipeline: 'mine' }, 'mine'],
    [{ mode: 'data_stream' }, '_none'],
    [{ mode: 'data_stream', pipeline: 'mine' }, 'mine'],
  ])('%j goes through the pipeline %s', async (options, pipeline) => {
    const [request] = await sent(options, 1, true); // neither stream nor pipeline is there
    expect(new URL(request!.path, 'http://any').searchParams.get('pipeline') ?? undefined).toBe(pipeline);
  });

  it('only the records that are owed are sent', async () => {
    const { send, there } = await world();
    const todo = [
      { from: 1, to: 2 },
      { from: 4, to: 6 },
    ];
    const { saved } = await send(some(8), { ...newBatchProgress(8), todo });
    expect(there()).toEqual([1, 4, 5]);
    expect(saved.requests).toBe(1);
  });
});

describe('credentials', () => {
  const ways = (of: World): Record<string, Record<string, unknown>> => {
    const { apiKey, username, password, bearer } = of.elasticsearch.credentials;
    return {
      'id:key': { apiKey },
      encoded: { apiKey: Buffer.from(apiKey).toString('base64') },
      basic: { username, password },
      bearer: { bearer },
    };
  };

  it.each(['id:key', 'encoded', 'basic', 'bearer'])('%s: taken; rejected and told without a secret', async (way) => {
    const made = await world();
    const options = ways(made)[way]!;
    const destination = kind.create(kind.options.parse({ url: made.url, ...options }), testContext());
    toClose.push(() => destination.close());
    expect((await carry(destination, batchOf(destination, some(2)))).error).toBeNull();
    made.switches.credentials = 'rejected';
    const { error } = await carry(destination, batchOf(destination, some(2)));
    expect(error).toMatchObject({ code: 'ELASTICSEARCH_AUTH', kind: 'permanent' });
    const told = [
      JSON.stringify(error, Object.getOwnPropertyNames(error)),
      JSON.stringify(await destination.check(new AbortController().signal)),
    ];
    const { apiKey, password, bearer } = made.elasticsearch.credentials;
    for (const secret of [apiKey, apiKey.split(':')[1]!, Buffer.from(apiKey).toString('base64'), password, bearer]) {
      for (const text of told) expect(text).not.toContain(secret);
    }
  });

  it('none: rejected', async () => {
    const { url } = await world();
    const destination = kind.create(kind.options.parse({ url }), testContext());
    toClose.push(() => destination.close());
    expect((await carry(destination, batchOf(destination, some(1)))).error).toMatchObject({
      code: 'ELASTICSEARCH_AUTH',
    });
  });

  it('what no header can carry is said so, and not sent', async () => {
    const { url, elasticsearch } = await world();
    const before = elasticsearch.counts().requests;
    const destination = kind.create(kind.options.parse({ url, apiKey: 'abc\ndef' }), testContext());
    toClose.push(() => destination.close());
    const { saved, error } = await carry(destination, batchOf(destination, some(1)));
    expect(error).toMatchObject({ code: 'ELASTICSEARCH_CREDENTIALS_UNREADABLE', kind: 'permanent' });
    expect(String(error)).not.toContain('abc');
    expect(saved.posting).toBeNull();
    expect(elasticsearch.counts().requests).toBe(before);
  });
});
