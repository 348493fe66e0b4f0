// What is sent again after which answer, against the simulated HEC.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { owed } from '../../../src/destinations/destination.ts';
import { PermanentError, RetryableError } from '../../../src/errors.ts';
import { carry } from '../../contract/harness/carry.ts';
import { BAD_LINES, batchWith, hecWorld, idsOf, lineOf, type HecWorld } from './hec-world.ts';

let world: HecWorld;
afterEach(() => world.close());

describe('one bad record', () => {
  it.each([6, 12, 13, 15])('code %i: only it is refused, the prefix is not sent again', async (code) => {
    world = await hecWorld();
    const { saved, error } = await carry(world.destination, batchWith(6, { 3: BAD_LINES[code]! }));
    expect(error).toBeNull();
    expect(saved.rejected).toMatchObject([{ index: 3, code: `HEC_${code}` }]);
    expect(world.held()).toEqual(idsOf(6).filter((id) => id !== 'd3'));
    expect(saved).toMatchObject({ requests: 2, possibleDuplicates: 0 });
  });

  it('after three refusals in a row each record goes alone', async () => {
    world = await hecWorld();
    const bad = BAD_LINES[15]!;
    const { saved } = await carry(world.destination, batchWith(8, { 0: bad, 2: bad, 4: bad }));
    expect(saved.rejected.map(({ index }) => index)).toEqual([0, 2, 4]);
    expect(world.held()).toEqual(['d1', 'd3', 'd5', 'd6', 'd7']);
    expect(saved.requests).toBe(6); // three refusals, then d5, d6 and d7
  });
});

describe('an index that is not allowed', () => {
  it('blocks; what stands before counts, what it stands for stays owed', async () => {
    world = await hecWorld({ index: 'secret' }, { indexes: ['main'] });
    const lines = [lineOf('d0'), lineOf('d1'), lineOf('d2', { index: 'secret' }), lineOf('d3')];
    const blocked = await carry(world.destination, { id: 'b', lines });
    expect(blocked.error).toBeInstanceOf(PermanentError);
    expect(blocked.error).toMatchObject({ code: 'INDEX_NOT_ALLOWED' });
    expect(blocked.saved).toMatchObject({ todo: [{ from: 2, to: 4 }], posting: null, rejected: [] });
    world.hec.switches.indexes = null;
    const { saved } = await carry(world.destination, { id: 'b', lines }, blocked.saved);
    expect(saved.possibleDuplicates).toBe(0);
    expect(world.held()).toEqual(idsOf(4));
  });
});

describe('a HEC that is busy', () => {
  it('goes on after what it took (T9)', async () => {
    world = await hecWorld();
    world.hec.hec.fail('busy', { taken: 2, next: 1, retryAfter: 7 });
    const busy = await carry(world.destination, batchWith(5));
    expect(busy.error).toBeInstanceOf(RetryableError);
    const { retryAfterMs } = busy.error as RetryableError;
    expect(retryAfterMs).toBeGreaterThanOrEqual(7_000);
    expect(retryAfterMs).toBeLessThanOrEqual(8_400);
    expect(busy.saved).toMatchObject({ todo: [{ from: 2, to: 5 }], posting: null });
    await carry(world.destination, batchWith(5), busy.saved);
    expect(world.held()).toEqual(idsOf(5));
  });

  it.each(['queue warning', 'ack warning'] as const)('%s is an acceptance (T8)', async (fault) => {
    world = await hecWorld();
    world.hec.hec.fail(fault);
    expect(await carry(world.destination, batchWith(3))).toMatchObject({ error: null, saved: { requests: 1 } });
    expect(world.held()).toEqual(idsOf(3));
  });
});

describe('an unknown outcome', () => {
  it.each([
    'internal error after taking',
    'gateway timeout after taking',
    'drop after taking',
    'cut reply after taking',
    'bad gateway',
    'success as html',
    'request timeout',
  ] as const)('%s: it goes again, counted', async (fault) => {
    world = await hecWorld();
    world.hec.hec.fail(fault, { next: 1 });
    const lost = await carry(world.destination, batchWith(3));
    expect(lost.error).toBeInstanceOf(RetryableError);
    expect(lost.saved.posting).toEqual({ from: 0, to: 3 });
    const { saved } = await carry(world.destination, batchWith(3), lost.saved);
    expect(saved.possibleDuplicates).toBe(3);
    expect(new Set(world.held())).toEqual(new Set(idsOf(3)));
  });

  it('a refused connection is no doubt at all', async () => {
    world = await hecWorld();
    await world.hec.close();
    const { saved, error } = await carry(world.destination, batchWith(3));
    expect(error).toMatchObject({ kind: 'retryable', code: 'HTTP_REFUSED' });
    expect(saved).toMatchObject({ posting: null, requests: 0, todo: [{ from: 0, to: 3 }] });
  });
});

describe('sizes', () => {
  it('413: halves, down to the one that is too large', async () => {
    world = await hecWorld({ gzip: false }, { maxContentLength: 500 });
    const batch = batchWith(12, { 5: lineOf('large', { event: { pad: 'x'.repeat(600) } }) });
    const { saved, error } = await carry(world.destination, batch);
    expect(error).toBeNull();
    expect(saved.rejected).toMatchObject([{ index: 5, code: 'HEC_413' }]);
    expect(world.held()).toEqual(idsOf(12).filter((id) => id !== 'd5'));
    expect(saved.possibleDuplicates).toBe(0);
  });

  it('415: blocked', async () => {
    world = await hecWorld();
    world.hec.hec.fail('unsupported media');
    expect((await carry(world.destination, batchWith(1))).error).toMatchObject({ code: 'HEC_ENCODING_REFUSED' });
  });

  it.each([true, false])('gzip: %s, and every record arrives', async (gzip) => {
    world = await hecWorld({ gzip });
    await carry(world.destination, batchWith(100));
    expect(world.held()).toEqual(idsOf(100));
  });
});

describe('the address', () => {
  it.each([
    '',
    '/',
    '/services/collector',
    '/services/collector/',
    '/services/collector/event',
    '/services/collector/event/1.0',
  ])('is taken with %j behind it', async (path) => {
    world = await hecWorld();
    const destination = world.another({ url: world.hec.url + path });
    expect((await carry(destination, batchWith(1))).error).toBeNull();
    expect(world.held()).toEqual(['d0']);
  });

  it('404 is a wrong URL until it has worked once, and an outage afterwards', async () => {
    world = await hecWorld();
    world.hec.hec.fail('not found', { next: 1 });
    expect((await carry(world.destination, batchWith(1))).error).toMatchObject({ code: 'HEC_WRONG_URL' });
    expect((await carry(world.destination, batchWith(1))).error).toBeNull();
    world.hec.hec.fail('not found', { next: 1 });
    const gone = await carry(world.destination, batchWith(1));
    expect(gone.error).toMatchObject({ kind: 'retryable', code: 'HEC_GONE' });
    expect(owed(gone.saved)).toBe(1);
  });
});

describe('the token', () => {
  it('is read again when it is rejected: rotation without a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relay-token-'));
    const path = join(folder, 'token');
    try {
      writeFileSync(path, 'the-old-one\n');
      world = await hecWorld({ token: `file:${path}` });
      expect((await carry(world.destination, batchWith(2))).error).toMatchObject({ code: 'HEC_TOKEN_REJECTED' });
      writeFileSync(path, `${world.hec.token}\n`);
      expect(await carry(world.destination, batchWith(2))).toMatchObject({ error: null, saved: { requests: 1 } });
      rmSync(path);
      world.hec.switches.token = 'disabled';
      expect((await carry(world.destination, batchWith(2))).error).toMatchObject({ code: 'HEC_TOKEN_UNREADABLE' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
