// Every line of `check`, provoked at a MISP and a HEC that misbehave.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { type Check, findingOf, lineOf } from '../../../src/checks/check.ts';
import { checkStore } from '../../../src/checks/store.ts';
import { ensureStoreAt } from './stores.ts';
import { of, World, type WorldOptions } from '../../support/check-world.ts';

let world: World;
afterEach(() => world?.close());
const open = async (options: WorldOptions = {}): Promise<World> => (world = await World.open(options));

it('all is well: one line each, nothing is written anywhere, at most four requests to MISP', async () => {
  await open({ hec: { useAck: true } });
  const checks = await world.check();
  expect(checks.map(({ subject, name }) => `${subject} ${name}`)).toEqual([
    'source main',
    'destination splunk',
    `store ${join(world.folder, 'data/relay.db')}`,
    'temporal embedded',
  ]);
  for (const subject of ['source', 'destination', 'store'] as const) {
    expect(of(checks, subject)).toMatchObject({ level: 'ok' });
    expect(of(checks, subject)).not.toHaveProperty('remedy');
  }
  expect(of(checks, 'source').message).toMatch(
    /MISP 2\.5\.19 at 127\.0\.0\.1:\d+; role Sync user of ORGNAME; .*clocks agree/,
  );
  expect(of(checks, 'destination').message).toMatch(/takes the token, with acknowledgements; .*threat_intel/);
  expect(world.hec.counts().events).toBe(0);
  expect(world.misp.log.length).toBeLessThanOrEqual(4);
  expect(world.misp.searches).toBe(1);
  expect(existsSync(join(world.folder, 'data'))).toBe(false);
});

interface Case extends WorldOptions {
  what: string;
  level: Check['level'];
  says: RegExp;
  remedy: RegExp;
  code?: string;
}

const reversed: WorldOptions['proxy'] = (reply) => {
  const body = JSON.parse(String(reply.body)) as { response?: { Attribute?: unknown[] } };
  body.response?.Attribute?.reverse();
  return { ...reply, body: JSON.stringify(body) };
};
const withHeader =
  (name: string, value: string): WorldOptions['proxy'] =>
  (reply) => ({ ...reply, headers: { ...reply.headers, [name]: value } });

const sources: Case[] = [
  {
    what: 'key rejected',
    misp: { keyValid: false },
    level: 'failed',
    says: /rejected the MISP key \(403/,
    remedy: /valid key/,
    code: 'MISP_KEY_REJECTED',
  },
  {
    what: 'too old',
    misp: { version: '2.4.190' },
    level: 'failed',
    says: /runs MISP 2\.4\.190/,
    remedy: /update MISP/,
    code: 'MISP_TOO_OLD',
  },
  {
    what: 'maintenance',
    misp: { maintenance: true },
    level: 'failed',
    says: /sends us elsewhere/,
    remedy: /maintenance/,
    code: 'MISP_MAINTENANCE',
  },
  {
    what: 'default parameters',
    misp: { defaultParameters: { to_ids: 1 } },
    level: 'failed',
    says: /default_restsearch_parameters/,
    remedy: /remove that setting/,
    code: 'MISP_HIDES_ROWS',
  },
  {
    what: 'search limit',
    misp: { roleLimit: 500 },
    level: 'warning',
    says: /at most 500 rows a search, and pages have 5000/,
    remedy: /raise the search limit/,
  },
  {
    what: 'no searches at all',
    misp: { rateLimit: 0 },
    level: 'failed',
    says: /makes? no searches/,
    remedy: /search limit above 0/,
    code: 'MISP_SEARCH_FORBIDDEN',
  },
  {
    what: 'rate limit',
    misp: { rateLimit: 30 },
    feeds: { all: { interval: '10s' } },
    level: 'failed',
    says: /about 630 of the 30 searches/,
    remedy: /interval: 270s or more/,
    code: 'MISP_RATE_LIMIT',
  },
  {
    what: 'rate limit, nearly',
    misp: { rateLimit: 22 },
    feeds: { all: { interval: '5m' } },
    level: 'warning',
    says: /about 21 of the 22 searches/,
    remedy: /interval: 360s or more for its feed/,
  },
  {
    what: 'rate limit, two feeds',
    misp: { rateLimit: 30 },
    feeds: { one: {}, two: { cron: '*/5 * * * *' } },
    level: 'failed',
    says: /about 42 of the 30/,
    remedy: /530s or more for each of its 2 feeds/,
    code: 'MISP_RATE_LIMIT',
  },
  {
    what: 'clock ahead',
    misp: { clockSkew: 90 },
    level: 'warning',
    says: /clock is (89|9\d) s ahead of ours \(20\S+Z there, 20\S+Z here\)/,
    remedy: /NTP/,
  },
  {
    what: 'clock behind',
    misp: { clockSkew: -90 },
    level: 'warning',
    says: /clock is (89|9\d) s behind ours/,
    remedy: /NTP/,
  },
  {
    what: 'a proxy that takes X-Result-Count away',
    proxy: withHeader('X-Result-Count', ''),
    level: 'failed',
    says: /does not say where a page ends/,
    remedy: /X-Result-Count/,
    code: 'MISP_NO_COUNT',
  },
  {
    what: 'a proxy that spoils Date',
    proxy: withHeader('Date', 'today'),
    level: 'warning',
    says: /no Date/,
    remedy: /proxy/,
  },
  {
    what: 'another order',
    proxy: (reply, request) => (request.path.includes('restSearch') ? reversed(reply, request) : reply),
    level: 'failed',
    says: /not answered in the order/,
    remedy: /cache or a proxy/,
    code: 'MISP_WRONG_ANSWER',
  },
  {
    what: 'no certificate check',
    source: { tls: { insecure: true } },
    level: 'warning',
    says: /certificate is not checked/,
    remedy: /tls\.ca/,
  },
];

describe('source', () => {
  it.each(sources)('$what: $level', async ({ level, says, remedy, code, ...options }) => {
    await open(options);
    const source = of(await world.check(), 'source');
    expect(source.message).toMatch(says);
    expect(source).toMatchObject({ level, remedy: expect.stringMatching(remedy) as string, ...(code ? { code } : {}) });
    if (!code) expect(source).not.toHaveProperty('code');
    expect(JSON.stringify(source)).not.toContain(world.misp.key);
  });

  it('half a minute between the clocks is nothing', async () => {
    await open({ misp: { clockSkew: 30 } });
    expect(of(await world.check(), 'source')).toMatchObject({ level: 'ok' });
  });

  it('several things at once: the worst level, every remedy', async () => {
    await open({ misp: { clockSkew: 90, roleLimit: 10, defaultParameters: { type: 'url' } } });
    const { level, message, remedy } = of(await world.check(), 'source');
    expect(level).toBe('failed');
    expect(message).toMatch(/^the user setting default_restsearch_parameters.*at most 10 rows.*clock/);
    expect(remedy).toMatch(/remove that setting.*raise the search limit.*NTP/);
  });

  it('nobody there', async () => {
    await open();
    await world.mispBox.away();
    const checks = await world.check();
    expect(of(checks, 'source')).toMatchObject({ level: 'failed', code: 'HTTP_REFUSED' });
    expect(of(checks, 'destination')).toMatchObject({ level: 'ok' });
  });

  it.each(['/servers/getVersion', '/users/view/me', '/attributes/restSearch'])(
    'a MISP that hangs at %s is a line, and delays no other',
    async (path) => {
      await open();
      world.misp.fail('hang', { path });
      const checks = await world.check(700);
      expect(of(checks, 'source')).toMatchObject({ level: 'failed', message: 'no answer within 0.7 s' });
      expect(of(checks, 'source').remedy).toMatch(/firewall/);
      expect(of(checks, 'destination')).toMatchObject({ level: 'ok' });
    },
  );
});

describe('destination', () => {
  const cases: Case[] = [
    {
      what: 'token disabled',
      hec: { token: 'disabled' },
      level: 'failed',
      says: /rejects the HEC token \(HTTP 403, code 1/,
      remedy: /check token:/,
      code: 'HEC_TOKEN_REJECTED',
    },
    {
      what: 'token unknown',
      hec: { token: 'unknown' },
      level: 'failed',
      says: /rejects the HEC token \(HTTP 403, code 4/,
      remedy: /check token:/,
      code: 'HEC_TOKEN_REJECTED',
    },
    {
      what: 'acks required, and off',
      destination: { ack: 'required' },
      level: 'failed',
      says: /./,
      remedy: /acknowledgement|ack: auto/,
      code: 'HEC_ACK_MISSING',
    },
    {
      what: 'queues full',
      hec: { health: 18 },
      level: 'failed',
      says: /takes nothing now/,
      remedy: /queues/,
      code: 'HEC_UNAVAILABLE',
    },
    {
      what: 'no certificate check',
      destination: { tls: { insecure: true } },
      level: 'warning',
      says: /certificate of 127\.0\.0\.1:\d+ is not checked.*takes the token/,
      remedy: /tls\.ca/,
    },
  ];
  it.each(cases)('$what: $level', async ({ level, says, remedy, code, ...options }) => {
    await open(options);
    const destination = of(await world.check(), 'destination');
    expect(destination.message).toMatch(says);
    expect(destination).toMatchObject({
      level,
      remedy: expect.stringMatching(remedy) as string,
      ...(code ? { code } : {}),
    });
    expect(JSON.stringify(destination)).not.toContain(world.hec.token);
    expect(world.hec.counts().events).toBe(0);
  });

  it('says which way acknowledgements are', async () => {
    await open();
    expect(of(await world.check(), 'destination').message).toContain('without acknowledgements');
    await world.close();
    await open({ hec: { useAck: true }, destination: { ack: 'off' } });
    expect(of(await world.check(), 'destination').message).toContain('acknowledgements are not used');
  });

  it('nobody there; one that hangs', async () => {
    await open();
    world.hec.fail('hang without taking', { path: '/services' });
    expect(of(await world.check(700), 'destination')).toMatchObject({
      level: 'failed',
      message: 'no answer within 0.7 s',
    });
    await world.hecBox.away();
    expect(of(await world.check(), 'destination')).toMatchObject({ level: 'failed', code: 'HTTP_REFUSED' });
  });

  it('a file: writable, or not', async () => {
    await open();
    const destinations = (path: string) => ({ destinations: { splunk: { type: 'file', path } } });
    world.write(destinations('./out/lines.ndjson'));
    expect(of(await world.check(), 'destination')).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('can be written') as string,
    });
    expect(existsSync(join(world.folder, 'out'))).toBe(false);
    world.write(destinations('./relay.yaml/lines.ndjson'));
    expect(of(await world.check(), 'destination')).toMatchObject({ level: 'failed' });
    world.write(destinations('.'));
    expect(of(await world.check(), 'destination')).toMatchObject({
      level: 'failed',
      remedy: 'name a file in it',
      code: 'FILE_NOT_WRITABLE',
    });
  });
});

describe('store', () => {
  it('one that is there: its form, its size, the room; it stays as it is', async () => {
    await open();
    const path = ensureStoreAt(join(world.folder, 'data'));
    const check = await checkStore(path);
    expect(check).toMatchObject({ level: 'ok', name: path });
    expect(check.message).toMatch(/^form \d+; [\d.]+ [kM]B; [\d.]+ [GT]B free$/);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('little room is a warning', async () => {
    await open();
    expect(await checkStore(join(world.folder, 'relay.db'), 1e18)).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/^only [\d.]+ [GT]B of disk are left/) as string,
      remedy: 'make room: 1000000 TB at least',
    });
  });

  it.each([
    { what: 'below a file', store: 'sqlite:./relay.yaml/relay.db', code: 'STORE_READ_ONLY' },
    { what: 'no database', store: 'sqlite:./relay.yaml', code: 'STORE_CORRUPT' },
    { what: 'newer', store: 'sqlite:./newer.db', code: 'STORE_TOO_NEW' },
  ])('$what: failed', async ({ store, code }) => {
    await open({ store });
    const newer = new DatabaseSync(join(world.folder, 'newer.db'));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const check = of(await world.check(), 'store');
    expect(check).toMatchObject({ level: 'failed', code });
    expect(check.remedy).toBeTruthy();
  });

  it('an older form is told, in memory is a warning', async () => {
    await open();
    const path = join(world.folder, 'old.db');
    new DatabaseSync(path).close();
    writeFileSync(path, '');
    expect((await checkStore(path)).message).toMatch(/^form 0, brought to \d+ at the next start/);
    expect(await checkStore(':memory:')).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('sqlite:') as string,
    });
  });
});

describe('Temporal', () => {
  it('a folder that cannot be: failed', async () => {
    await open({ store: 'sqlite:./relay.yaml/relay.db' });
    const check = of(await world.check(), 'temporal');
    expect(check).toMatchObject({ level: 'failed', name: 'embedded' });
    expect(check.message).toContain('cannot be written');
  });

  it('a cluster that is not there is a line', async () => {
    await open({ temporal: { address: '127.0.0.1:1' } });
    mkdirSync(join(world.folder, 'data'));
    const checks = await world.check(1_500);
    expect(of(checks, 'temporal')).toMatchObject({ level: 'failed', name: '127.0.0.1:1' });
    expect(of(checks, 'temporal').remedy).toContain('temporal.address');
    expect(of(checks, 'source')).toMatchObject({ level: 'ok' });
  });
});

describe('the line', () => {
  it('level, subject, what, remedy, code', () => {
    const check: Check = {
      subject: 'source',
      name: 'main',
      level: 'failed',
      message: 'it is too old',
      remedy: 'update MISP',
      code: 'MISP_TOO_OLD',
    };
    expect(lineOf(check)).toBe('failed   source main: it is too old → update MISP [MISP_TOO_OLD]');
    expect(lineOf({ subject: 'store', name: 'x', level: 'ok', message: 'fine' })).toBe('ok       store x: fine');
  });

  it.each([
    [
      'splunk:8088 rejects the token (HTTP 403: no): check token:, and that it is there.',
      'splunk:8088 rejects the token (HTTP 403: no)',
      'check token:, and that it is there',
    ],
    ['it refuses the connection', 'it refuses the connection', undefined],
  ])('a sentence is cut at its colon: %s', (sentence, message, remedy) => {
    const finding = findingOf(sentence, 'failed');
    expect([finding.message, finding.remedy]).toEqual([message, remedy]);
  });
});
