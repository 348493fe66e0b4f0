import { describe, expect, it } from 'vitest';
import { RelayError } from '../../../src/errors.ts';
import { pageMayBeUnreadable } from '../../../src/misp/answer-errors.ts';
import { deletedForms } from '../../../src/misp/version.ts';
import { type Asked, fakeMisp, page, type Says } from './fake-misp.ts';

const search = { order: 'Attribute.id asc', limit: 10, page: 1 };

async function errorOf(promise: Promise<unknown>): Promise<RelayError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RelayError)) throw new Error(`no RelayError: ${String(error)}`);
  return error;
}
const errorFor = async (says: Says): Promise<RelayError> =>
  errorOf((await fakeMisp(() => says)).client.restSearch(search));

describe('restSearch', () => {
  it('asks for JSON with the key, and gives rows, counts and clocks', async () => {
    const headers = { Date: 'Sun, 22 Nov 2026 19:37:09 GMT', 'X-Result-Count': '11' };
    const { client, asked } = await fakeMisp(() => page([{ id: '1' }], headers), { now: () => 42 });
    expect(await client.restSearch(search)).toEqual({
      rows: [{ id: '1' }],
      resultCount: 11,
      skipped: 0,
      date: 1795376229,
      askedAt: 42,
      body: Buffer.from('{"response":{"Attribute":[{"id":"1"}]}}'),
    });
    expect(asked[0]).toMatchObject({
      path: '/attributes/restSearch',
      headers: { authorization: 'k'.repeat(40), accept: 'application/json', 'content-type': 'application/json' },
      body: { returnFormat: 'json', ...search },
    });
  });

  it('X-Skipped-Elements-Count may be absent', async () => {
    const { client } = await fakeMisp(() => ({
      headers: { 'X-Result-Count': '1' },
      body: { response: { Attribute: [] } },
    }));
    expect(await client.restSearch(search)).toMatchObject({ rows: [], skipped: 0 });
  });

  it.each<[string, Says, string, string, boolean]>([
    ['maintenance', { status: 302, headers: { Location: '/users/login' } }, 'MISP_MAINTENANCE', 'retryable', false],
    [
      'a bad key',
      { status: 403, body: { message: 'Authentication failed.' } },
      'MISP_KEY_REJECTED',
      'permanent',
      false,
    ],
    ['no path', { status: 404 }, 'MISP_NOT_FOUND', 'permanent', false],
    [
      'a role without searches',
      { status: 405, body: { message: 'API searches are not allowed for this user role.' } },
      'MISP_SEARCH_FORBIDDEN',
      'permanent',
      false,
    ],
    [
      'a bad request',
      { status: 405, body: { message: 'Invalid JSON input.' } },
      'MISP_BAD_REQUEST',
      'permanent',
      false,
    ],
    ['an internal error', { status: 500 }, 'MISP_SERVER_ERROR', 'retryable', true],
    ['a proxy without PHP', { status: 502, body: '<html>' }, 'MISP_SERVER_ERROR', 'retryable', true],
    ['a proxy that waited too long', { status: 504, body: '<html>' }, 'MISP_SERVER_ERROR', 'retryable', true],
    ['not available', { status: 503 }, 'MISP_UNAVAILABLE', 'retryable', false],
    [
      'HTML with 200',
      { headers: { 'Content-Type': 'text/html' }, body: '<html>' },
      'MISP_NOT_JSON',
      'retryable',
      false,
    ],
    ['half JSON with 200', { ...page([]), body: '{"response": {"Attribute": [' }, 'MISP_BAD_JSON', 'retryable', true],
    [
      'bytes that are no UTF-8',
      { ...page([]), body: Buffer.from([0x22, 0xff, 0x22]) },
      'MISP_BAD_JSON',
      'retryable',
      true,
    ],
    ['an error as 200', { ...page([]), body: { errors: ['no'] } }, 'MISP_BAD_JSON', 'retryable', true],
    ['a list in the wrong place', { ...page([]), body: { response: [] } }, 'MISP_BAD_JSON', 'retryable', true],
    ['a body that is cut', { ...page([{ id: '1' }]), cut: true }, 'HTTP_RESET', 'retryable', true],
    ['no X-Result-Count', { body: { response: { Attribute: [] } } }, 'MISP_NO_COUNT', 'permanent', false],
    ['rows that MISP left out', page([], { 'X-Skipped-Elements-Count': '2' }), 'MISP_HIDES_ROWS', 'permanent', false],
  ])('%s', async (_, says, code, kind, mayBeThePage) => {
    const error = await errorFor(says);
    expect(error).toMatchObject({ code, kind });
    expect(error.message).toContain('127.0.0.1:');
    expect(pageMayBeUnreadable(error)).toBe(mayBeThePage);
  });

  it('waits as long as the rate limit says, but not for ever', async () => {
    const limited = (headers: Record<string, string>): Promise<RelayError> => errorFor({ status: 429, headers });
    expect(await limited({ 'X-Rate-Limit-Reset': '120' })).toMatchObject({
      code: 'MISP_RATE_LIMIT',
      retryAfterMs: 120_000,
    });
    expect((await limited({ 'X-Rate-Limit-Reset': '99999' })).retryAfterMs).toBe(900_000);
    expect((await limited({})).retryAfterMs).toBe(60_000);
  });

  it('a body above the limit is a failed page', async () => {
    const { client } = await fakeMisp(() => page([{ value: 'x'.repeat(5000) }]), { pageBytesMax: 1000 });
    const error = await errorOf(client.restSearch(search));
    expect(error.code).toBe('HTTP_TOO_LARGE');
    expect(pageMayBeUnreadable(error)).toBe(true);
  });

  it("keeps MISP's words on a failed search to itself, and the key everywhere", async () => {
    const key = 'k'.repeat(40);
    expect((await errorFor({ status: 500, body: { message: 'SQL: evil.example' } })).message).not.toContain('evil');
    expect((await errorFor({ status: 403, body: { message: `no user with ${key}` } })).message).not.toContain(key);
  });
});

describe('the key', () => {
  const keyed = (good: string) => (asked: Asked) => (asked.headers.authorization === good ? page([]) : { status: 403 });

  it('is read again when it is rejected, and the new one is used from then on', async () => {
    const keys = ['old', 'new'];
    const { client, asked } = await fakeMisp(keyed('new'), { apiKey: () => keys.shift()! });
    await client.restSearch(search);
    await client.restSearch(search);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['old', 'new', 'new']);
  });

  it('is not tried again when it is still the same', async () => {
    const { client, asked } = await fakeMisp(keyed('new'), { apiKey: () => 'old' });
    expect((await errorOf(client.restSearch(search))).code).toBe('MISP_KEY_REJECTED');
    expect(asked).toHaveLength(1);
  });

  it('an empty or garbled key is refused before it is sent', async () => {
    const { client, asked } = await fakeMisp(keyed('new'), { apiKey: () => 'two words' });
    expect((await errorOf(client.restSearch(search))).code).toBe('MISP_KEY_REJECTED');
    expect(asked).toHaveLength(0);
  });
});

describe('probe', () => {
  it('works as long as any small search works', async () => {
    const onlyTheLast = await fakeMisp(({ body }) => (body['timestamp'] === undefined ? { status: 500 } : page([])));
    expect(await onlyTheLast.client.probe()).toBe(true);
    const none = await fakeMisp(() => ({ status: 500 }));
    expect(await none.client.probe()).toBe(false);
  });

  it('does not take a rejected key for an outage', async () => {
    const { client } = await fakeMisp(() => ({ status: 403 }));
    expect((await errorOf(client.probe())).code).toBe('MISP_KEY_REJECTED');
  });
});

describe('version and user', () => {
  it.each([
    ['2.4.197', 'MISP_TOO_OLD'],
    ['2.3.999', 'MISP_TOO_OLD'],
  ])('%s is refused', async (version, code) => {
    const { client } = await fakeMisp(() => ({ body: { version } }));
    expect((await errorOf(client.version())).code).toBe(code);
  });

  it.each([
    ['2.4.198', [[0, 1]]],
    ['2.4.201', [[0, 1]]],
    ['2.4.202', ['only']],
    ['2.4.213', ['only']],
    ['2.5.0', [[0, 1]]],
    ['2.5.3', [[0, 1]]],
    ['2.5.4', ['only']],
    ['2.5.19', ['only']],
    ['2.6.0', ['only']],
    ['v2.5.19-hotfix', ['only']],
    ['develop', ['only', [0, 1]]],
  ])('%s asks for deleted rows as %j', async (version, forms) => {
    const { client } = await fakeMisp(() => ({ body: { version } }));
    expect((await client.version()).deletedForms).toEqual(forms);
    expect(deletedForms(version)).toEqual(forms);
  });

  it('reads the role of the user, and sees a hidden filter', async () => {
    const role = { name: 'Sync user', perm_sync: true, enforce_rate_limit: true, rate_limit_count: '100' };
    const user = {
      User: { email: 'a@b.c', authkey: 'secret' },
      Role: role,
      UserSetting: [],
      Organisation: { name: 'ORG' },
    };
    const me = await (await fakeMisp(() => ({ body: user }))).client.me();
    expect(me).toEqual({
      role: 'Sync user',
      organisation: 'ORG',
      siteAdmin: false,
      permSync: true,
      searchLimit: 0,
      rateLimit: 100,
      hiddenFilter: false,
    });
    for (const UserSetting of [
      { default_restsearch_parameters: { to_ids: 1 } },
      [{ setting: 'default_restsearch_parameters', value: { to_ids: 1 } }],
    ]) {
      const { client } = await fakeMisp(() => ({ body: { ...user, UserSetting } }));
      expect((await client.me()).hiddenFilter).toBe(true);
    }
  });
});
