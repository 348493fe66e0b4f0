// Acknowledgements: `true` once, `false` never an answer, and what cannot be read never a confirmation.
import { afterEach, describe, expect, it } from 'vitest';
import { owed, type BatchProgress } from '../../../src/destinations/destination.ts';
import { PermanentError } from '../../../src/errors.ts';
import { merge } from '../../../src/destinations/splunk-hec/channel.ts';
import { carry } from '../../contract/harness/carry.ts';
import { BAD_LINES, batchWith, fresh, hecWorld, idsOf, type HecWorld } from './hec-world.ts';

let world: HecWorld;
afterEach(() => world.close());
const ACKS = { useAck: true, ackDelayMs: 1_200 };
const signal = new AbortController().signal;

/** The `true` has come, and cannot be saved. */
const awayOnceConfirmed = ({ pending }: BatchProgress): void => {
  if (pending.length === 0) throw new Error('the store is away');
};

describe('acknowledgements', () => {
  it('deliver leaves them pending, with all that another worker needs', async () => {
    world = await hecWorld({}, ACKS);
    const progress = await world.destination.deliver(batchWith(3), fresh(3), { save: async () => {}, signal });
    expect(progress.todo).toEqual([]);
    expect(owed(progress)).toBe(3);
    expect(progress.pending).toMatchObject([{ from: 0, to: 3, handle: { ackId: 0, cookies: '' } }]);
    // Another worker, another process, another channel of its own: it asks on the one that was stored.
    const { saved } = await carry(world.another(), batchWith(3), progress);
    expect(saved).toMatchObject({ pending: [], todo: [], possibleDuplicates: 0 });
    expect(world.held()).toEqual(idsOf(3));
  });

  it.each(['full', 'bare'] as const)('the %s form of the reply is read', async (ackReply) => {
    world = await hecWorld({}, { ...ACKS, ackReply });
    expect(await carry(world.destination, batchWith(2))).toMatchObject({ error: null, saved: { requests: 1 } });
    expect(world.hec.hec.acks.pending).toBe(0);
  });

  it('the prefix before a bad record waits for its own (T7)', async () => {
    world = await hecWorld({ ack: 'required' }, ACKS);
    const batch = batchWith(5, { 2: BAD_LINES[6]! });
    const progress = await world.destination.deliver(batch, fresh(5), { save: async () => {}, signal });
    expect(progress.pending.map(({ from, to }) => [from, to])).toEqual([
      [0, 2],
      [3, 5],
    ]);
    const { saved } = await carry(world.destination, batch, progress);
    expect(saved).toMatchObject({ pending: [], rejected: [{ index: 2 }], possibleDuplicates: 0 });
  });

  // A HEC that was restarted numbers from 0 again: the number of another request would confirm what it has lost.
  it('a number that another batch gets after a restart confirms nothing of this one', async () => {
    world = await hecWorld({ ackTimeout: 60 }, ACKS);
    const before = await world.destination.deliver(batchWith(3), fresh(3), { save: async () => {}, signal });
    world.hec.hec.restart();
    const other = await world.destination.deliver(batchWith(2), fresh(2), { save: async () => {}, signal });
    expect([before, other].map(({ pending }) => pending[0]?.handle)).toMatchObject([{ ackId: 0 }, { ackId: 0 }]);
    const { saved } = await carry(world.destination, batchWith(3), before);
    expect(saved).toMatchObject({ pending: [], possibleDuplicates: 3 });
    expect(world.held().filter((id) => id === 'd0')).toHaveLength(3);
  });

  it('numbers that begin anew within a batch confirm nothing of what came before', async () => {
    world = await hecWorld({ ack: 'required' }, ACKS);
    const batch = batchWith(5, { 2: BAD_LINES[6]! });
    let requests = 0;
    const save = async ({ posting }: { posting: unknown }): Promise<void> => {
      if (posting && ++requests === 2) world.hec.hec.restart();
    };
    const progress = await world.destination.deliver(batch, fresh(5), { save, signal });
    expect(progress.pending).toMatchObject([{ handle: { ackId: 0 } }, { handle: { ackId: 0 } }]);
    const { saved } = await carry(world.destination, batch, progress);
    expect(saved).toMatchObject({ pending: [], rejected: [{ index: 2 }], possibleDuplicates: 4 });
  });

  it('auto: a part that is taken first of all is no success before it is known what the token has', async () => {
    const batch = batchWith(4);
    world = await hecWorld({}, ACKS);
    world.hec.hec.fail('busy', { next: 1, taken: 2 });
    const withAcks = await carry(world.destination, batch);
    expect(withAcks.saved).toMatchObject({
      todo: [
        { from: 0, to: 2 },
        { from: 2, to: 4 },
      ],
      possibleDuplicates: 2,
    });
    await world.close();
    world = await hecWorld();
    world.hec.hec.fail('busy', { next: 1, taken: 2 });
    const without = await carry(world.destination, batch);
    expect(without.saved).toMatchObject({ todo: [{ from: 2, to: 4 }], possibleDuplicates: 0 });
  });

  it('are not waited for longer because the clock was set back', async () => {
    world = await hecWorld({ ackTimeout: 60 }, ACKS);
    const batch = batchWith(2);
    const progress = await world.destination.deliver(batch, fresh(2), { save: async () => {}, signal });
    world.hec.hec.restart();
    world.clock.ms -= 86_400_000;
    const set = world.clock.ms;
    expect((await carry(world.destination, batch, progress)).saved).toMatchObject({
      pending: [],
      possibleDuplicates: 2,
    });
    expect(world.clock.ms - set).toBeLessThan(3_600_000);
  });

  it('off: the reply is the confirmation', async () => {
    world = await hecWorld({ ack: 'off' }, { ...ACKS, ackNever: true });
    expect((await carry(world.destination, batchWith(2))).saved).toMatchObject({ pending: [], possibleDuplicates: 0 });
  });

  it('required, but the token has none: blocked, nothing confirmed', async () => {
    world = await hecWorld({ ack: 'required' });
    const { saved, error } = await carry(world.destination, batchWith(2));
    expect(error).toMatchObject({ kind: 'permanent', code: 'HEC_ACK_MISSING' });
    expect(owed(saved)).toBe(2);
    expect(await world.destination.check(signal)).toMatchObject({ ok: false });
  });

  it('never: sent again after the time-out, as possible duplicates, and in the end an error', async () => {
    world = await hecWorld({ ackTimeout: 60 }, { ...ACKS, ackNever: true });
    const start = world.clock.ms;
    const { saved, error } = await carry(world.destination, batchWith(2));
    expect(error).toMatchObject({ kind: 'retryable', code: 'HEC_ACK_LATE' });
    expect(saved).toMatchObject({ requests: 2, possibleDuplicates: 4, todo: [{ from: 0, to: 2 }] });
    expect(world.clock.ms - start).toBeGreaterThanOrEqual(120_000);
  });

  it('splunkd was started again and forgot them: sent again after the time-out', async () => {
    world = await hecWorld({}, ACKS);
    const batch = batchWith(2);
    const progress = await world.destination.deliver(batch, fresh(2), { save: async () => {}, signal });
    world.hec.hec.restart();
    const { saved, error } = await carry(world.destination, batch, progress);
    expect(error).toBeNull();
    expect(saved).toMatchObject({ requests: 2, possibleDuplicates: 2 });
  });

  it('the answer with the `true` was lost: it is not told twice, so the records go again', async () => {
    world = await hecWorld({}, { ...ACKS, ackDelayMs: 0 });
    world.hec.hec.fail('drop after taking', { path: '/ack', next: 1 });
    const { saved, error } = await carry(world.destination, batchWith(2));
    expect(error).toBeNull();
    expect(saved.possibleDuplicates).toBe(2);
  });

  it('the claim was lost after the `true`: this process still knows it', async () => {
    world = await hecWorld({}, { ...ACKS, ackDelayMs: 0 });
    const batch = batchWith(2);
    const progress = await world.destination.deliver(batch, fresh(2), { save: async () => {}, signal });
    const lost = await carry(world.destination, batch, progress, { save: awayOnceConfirmed });
    expect(lost.error).toMatchObject({ message: 'the store is away' });
    expect(owed(lost.saved)).toBe(2);
    const { saved } = await carry(world.destination, batch, lost.saved);
    expect(saved).toMatchObject({ pending: [], possibleDuplicates: 0, requests: 1 });
  });

  it('the claim was lost after the `true`: another batch with this number is not confirmed by it', async () => {
    world = await hecWorld({ ackTimeout: 60 }, { ...ACKS, ackDelayMs: 0 });
    const first = await world.destination.deliver(batchWith(3), fresh(3), { save: async () => {}, signal });
    const lost = await carry(world.destination, batchWith(3), first, { save: awayOnceConfirmed });
    expect(lost.error).toMatchObject({ message: 'the store is away' });
    world.hec.switches.ackNever = true;
    const second = await world.destination.deliver(batchWith(2), fresh(2), { save: async () => {}, signal });
    expect(second.pending).toMatchObject([{ handle: { ackId: 0 } }]);
    const { saved } = await carry(world.destination, batchWith(2), second);
    expect(owed(saved)).toBe(2);
  });

  it.each(['success as html', 'bad gateway', 'internal error', 'not found'] as const)(
    'a poll that answers %s confirms nothing; three in a row are an error',
    async (fault) => {
      world = await hecWorld({}, ACKS);
      world.hec.hec.fail(fault, { path: '/ack', next: 3 });
      const failed = await carry(world.destination, batchWith(2));
      expect(failed.error).toMatchObject({ kind: 'retryable', code: 'HEC_ACK_UNREADABLE' });
      expect(failed.saved.pending).toHaveLength(1);
      const { saved } = await carry(world.destination, batchWith(2), failed.saved);
      expect(saved).toMatchObject({ pending: [], possibleDuplicates: 0, requests: 1 });
    },
  );

  it('the token was revoked in between: blocked, still pending', async () => {
    world = await hecWorld({}, ACKS);
    const batch = batchWith(2);
    const progress = await world.destination.deliver(batch, fresh(2), { save: async () => {}, signal });
    world.hec.switches.token = 'unknown';
    const { saved, error } = await carry(world.destination, batch, progress);
    expect(error).toBeInstanceOf(PermanentError);
    expect(owed(saved)).toBe(2);
  });

  it('acknowledgements were switched off in between: the records go again', async () => {
    world = await hecWorld({}, ACKS);
    const batch = batchWith(2);
    const progress = await world.destination.deliver(batch, fresh(2), { save: async () => {}, signal });
    world.hec.switches.useAck = false;
    const { saved, error } = await carry(world.destination, batch, progress);
    expect(error).toBeNull();
    expect(saved).toMatchObject({ pending: [], todo: [], possibleDuplicates: 2 });
  });

  it('a handle that cannot be read is given up, never confirmed', async () => {
    world = await hecWorld({}, ACKS);
    const progress = { ...fresh(2), todo: [], pending: [{ from: 0, to: 2, sentAt: world.clock.ms, handle: 'what?' }] };
    const { saved } = await carry(world.destination, batchWith(2), progress);
    expect(saved.possibleDuplicates).toBe(2);
    expect(world.held()).toEqual(idsOf(2));
  });
});

describe('cookies', () => {
  it.each([
    ['', 'a=1; Path=/; HttpOnly', 'a=1', false],
    ['a=1', 'a=1; Max-Age=5', 'a=1', false],
    ['a=1', 'b=2', 'a=1; b=2', false],
    ['a=1', 'a=2', 'a=2', true],
    ['a=1', ['b=2', 'a=3'], 'a=3; b=2', true],
    ['a=1', undefined, 'a=1', false],
    ['', 'nonsense', '', false],
  ] as const)('%j and Set-Cookie %j', (before, setCookie, cookies, changed) => {
    expect(merge(before, setCookie as string | string[] | undefined)).toEqual({ cookies, changed });
  });
});
