// The heartbeat against a simulated HEC.
import { afterEach, describe, expect, it } from 'vitest';
import type { Heartbeat } from '../../../src/destinations/destination.ts';
import { batchWith, fresh, hecWorld, idsOf, type HecWorld } from './hec-world.ts';

const heartbeat: Heartbeat = {
  ...{ feed: 'splunk-all', misp: 'main', mode: 'idle', polls: 12, rows: 9, delivered: 3, withdrawn: 1, filtered: 2 },
  ...{ unchanged: 3, rejected: 0, seconds: 4, lag_seconds: 31, confirmed_until: '2025-11-24T16:00:00Z' },
  ...{ ledger_live: 3_000, ledger_withdrawn: 40, dead_letters: 1, relay_version: '0.1.0' },
};
const never = new AbortController().signal;

let world: HecWorld | undefined;
afterEach(() => world?.close());

describe('a heartbeat', () => {
  it('is off unless it is wanted', async () => {
    world = await hecWorld();
    expect(world.destination).toMatchObject({ heartbeat: undefined });
  });

  it('is one event of its own sourcetype, with feed and mode as indexed fields', async () => {
    world = await hecWorld({ heartbeat: true, index: 'threat_intel', host: 'relay-1' });
    await world.destination.heartbeat!(heartbeat, never);
    expect(world.hec.hec.store.events).toEqual([
      {
        time: world.clock.ms / 1000,
        host: 'relay-1',
        source: 'misp:main',
        sourcetype: 'misp:relay',
        index: 'threat_intel',
        event: heartbeat,
        fields: { feed: 'splunk-all', mode: 'idle' },
      },
    ]);
  });

  it.each([{ useAck: true }, { useAck: true, ackReply: 'bare' as const }])(
    'is taken by a token with acknowledgements, and disturbs none of a batch: %j',
    async (switches) => {
      world = await hecWorld({ heartbeat: true }, { ...switches, ackDelayMs: 0 });
      const context = { save: async () => {}, signal: never };
      const posted = await world.destination.deliver(batchWith(3), fresh(3), context);
      await world.destination.heartbeat!(heartbeat, never);
      const done = await world.destination.confirm!(batchWith(3), posted, context);
      expect(done).toMatchObject({ todo: [], pending: [], rejected: [], possibleDuplicates: 0 });
      expect(world.hec.hec.store.events).toHaveLength(4);
      expect(world.held().filter(Boolean)).toEqual(idsOf(3));
    },
  );

  it('that is refused says so, without the token', async () => {
    world = await hecWorld({ heartbeat: true }, { token: 'disabled' });
    const failure: unknown = await world.destination.heartbeat!(heartbeat, never).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'HEC_HEARTBEAT' });
    expect(String(failure)).toMatch(/did not take a heartbeat \(.*403.*\)$/);
    expect(String(failure)).not.toContain(world.hec.token);
  });
});
