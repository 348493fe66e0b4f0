// Outages, storms, refusals and revoked credentials on the real Temporal server. What is lost and what comes twice is counted by
// comparing the simulators; a duplicate must be one that the relay has announced as possible.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MispData } from '../../simulators/misp/data.ts';
import { generate } from '../../simulators/misp/generator.ts';
import type { HecFaultName } from '../../simulators/hec/fault-table.ts';
import type { MispFaultName } from '../../simulators/misp/fault-table.ts';
import { Scene, type SceneOptions } from '../support/e2e/scene.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';
import { until } from '../support/e2e/until.ts';

let temporal: TestTemporal;
let scene: Scene;

/** Retries come after 0.3, 0.6, 1.2 s … */
const TIME_SCALE = 0.3;
/** Many requests, one after the other. */
const SMALL_BATCHES = { batchRecords: 25, concurrency: 1 };
const some = (attributes: number, seed = attributes): SceneOptions => ({
  data: generate({ attributes, seed }),
  source: { pageSize: 100 },
  destination: SMALL_BATCHES,
  timeScale: TIME_SCALE,
});
const open = async (options: SceneOptions): Promise<Scene> => (scene = await Scene.open(temporal, options));
const events = (hec = scene.hec): number => hec.counts().events;
const middle = (atLeast = 200): Promise<unknown> => until('some have arrived', () => events() >= atLeast);

/** At the sink never more events twice than were announced. */
async function expectAnnounced(): Promise<number> {
  const { state } = await scene.status();
  await scene.expectComplete({ atMost: state!.totals.possibleDuplicates });
  return scene.hec.counts().duplicates;
}

beforeAll(async () => {
  temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(() => scene?.close());
afterAll(() => temporal?.stop());

describe('outages', () => {
  it('waits for a MISP that goes away in the middle of the first poll', async () => {
    await open({ ...some(1_500), misp: { latencyMs: 100 } });
    await scene.apply();
    await until('it reads', () => scene.misp.searches >= 5);
    await scene.mispBox.away();
    expect((await scene.missing()).length).toBeGreaterThan(0);
    await scene.mispBox.back();
    await scene.settled();
    await scene.expectComplete(0);
  });

  it('waits for a HEC that goes away in the middle of the first poll', async () => {
    await open({ ...some(1_500), hec: { latencyMs: 40 } });
    await scene.apply();
    await middle();
    await scene.hecBox.away();
    await until('a request is under way or retried', async () => (await scene.status()).mode === 'running');
    expect((await scene.missing()).length).toBeGreaterThan(0);
    await scene.hecBox.back();
    await scene.settled();
    await expectAnnounced(); // the request that was cut off may have been taken
  });
});

describe('storms', () => {
  /** For each fault some new attributes and a poll that meets it; then all that came must be there. */
  async function through<Name extends string>(
    faults: readonly (readonly [Name, object])[],
    simulator: { fail(name: Name, plan: object): void; faults: { pending: readonly unknown[] } },
  ): Promise<void> {
    await open(some(100));
    await scene.apply();
    await scene.settled();
    const event = [...scene.data.events.values()][0]!;
    for (const [name, plan] of faults) {
      for (let n = 0; n < 30; n++)
        scene.data.addAttribute(event, { value: `${name.replaceAll(' ', '-')}-${n}.example.org` });
      simulator.fail(name, plan);
      await scene.settled();
      expect({ name, pending: simulator.faults.pending }).toEqual({ name, pending: [] });
      expect({ name, missing: await scene.missing() }).toEqual({ name, missing: [] });
    }
    expect(await scene.letters()).toEqual([]);
  }

  const ofMisp: readonly (readonly [MispFaultName, object])[] = [
    ['rate limited', { next: 3, resetAfter: 1 }],
    ['internal error', { next: 1 }],
    ['bad gateway', { next: 2 }],
    ['unavailable', { next: 2 }],
    ['gateway timeout', { next: 1 }],
    ['html with 200', { next: 1 }],
    ['login page', { next: 1 }],
    ['cut body', { next: 1 }],
    ['chunked cut', { next: 1 }],
    ['broken json', { next: 1 }],
    ['list instead of object', { next: 1 }],
    ['null instead of object', { next: 1 }],
    ['maintenance', { next: 1 }],
    ['drop', { next: 1 }],
  ];
  it('takes no answer of MISP that is not whole, and asks again', async () => {
    await through(ofMisp, lateMisp);
    await scene.expectComplete(0);
  }, 180_000);

  const certain: readonly (readonly [HecFaultName, object])[] = [
    ['busy', { next: 2 }],
    ['busy', { next: 2, taken: 3 }],
    ['queue full', { next: 2, retryAfter: 1 }],
    ['shutting down', { next: 1 }],
    ['queue warning', { next: 2 }],
    ['not found', { next: 1 }],
    ['too large', { next: 1 }],
    ['drop before read', { next: 1 }],
    ['drop mid body', { next: 1 }],
    ['drop without taking', { next: 1 }],
  ];
  it('sends again what HEC did not take, and only that', async () => {
    await through(certain, lateHec);
    await scene.expectComplete(0);
  }, 180_000);

  const doubtful: readonly (readonly [HecFaultName, object])[] = [
    ['drop after taking', { next: 1 }],
    ['cut reply after taking', { next: 1 }],
    ['gateway timeout after taking', { next: 1 }],
    ['internal error after taking', { next: 1 }],
    ['bad gateway', { next: 1 }],
    ['success as html', { next: 1 }],
  ];
  it('counts what may come twice after an answer that was lost, and nothing else comes twice', async () => {
    await through(doubtful, lateHec);
    expect(await expectAnnounced()).toBeGreaterThan(0);
  }, 180_000);

  /** The simulators of the scene that `through` opens. */
  const lateMisp = {
    fail: (name: MispFaultName, plan: object) => scene.misp.fail(name, plan),
    get faults() {
      return scene.misp.faults;
    },
  };
  const lateHec = {
    fail: (name: HecFaultName, plan: object) => scene.hec.fail(name, plan),
    get faults() {
      return scene.hec.faults;
    },
  };
});

describe('what is refused', () => {
  it('sets one record of a batch aside, and its neighbours arrive', async () => {
    const data = generate({ attributes: 300 });
    const row = data.addAttribute([...data.events.values()][3]!, { type: 'text', value: 'x'.repeat(30_000) });
    await open({ ...some(0), data, hec: { maxEventSize: 20_000 } });
    await scene.apply();
    const { state } = await scene.settled();
    expect(await scene.letters()).toMatchObject([{ uuid: row.uuid, stage: 'deliver', code: 'HEC_6' }]);
    expect(state!.totals.rejected).toBe(1);
    await scene.settled();
    expect((await scene.status()).state!.totals.rejected).toBe(1); // it is not tried at each poll
    await scene.expectComplete(0);

    scene.hec.switches.maxEventSize = 1_000_000;
    const [letter] = await scene.letters();
    await scene.runtime.store.markForReplay([letter!.id]);
    await scene.settled();
    expect(await scene.letters()).toEqual([]);
    await scene.expectComplete(0);
  });

  it('sets aside the one row that MISP cannot deliver, and its neighbours arrive', async () => {
    const data = new MispData();
    const timestamp = Math.floor(Date.now() / 1000) - 3_600;
    const event = data.insertEvent({ timestamp, published: true, publishTimestamp: timestamp });
    const rows = Array.from({ length: 5 }, (_, n) => data.insertAttribute(event, { timestamp: timestamp + n }));
    data.mark(rows[2]!, { poison: true });
    await open({ data, source: { pageSize: 10 }, timeScale: TIME_SCALE });
    await scene.apply();
    await scene.reaches('has made a poll', ({ mode, state }) => mode === 'idle' && state!.totals.polls > 0);
    const letters = await scene.letters();
    expect(letters.length).toBeGreaterThan(0);
    for (const letter of letters) expect(letter).toMatchObject({ stage: 'unreadable', code: 'ROW_UNREADABLE' });
    expect(Object.keys(scene.hec.truth().byUuid).sort()).toEqual(
      rows
        .filter(({ poison }) => !poison)
        .map(({ uuid }) => uuid)
        .sort(),
    );
    expect(scene.hec.counts().duplicates).toBe(0);
  }, 180_000);
});

describe('what only a person can mend', () => {
  it('blocks a feed whose token is revoked; the others go on, and so does it with the next poll after the fix', async () => {
    await open({
      ...some(600),
      hec: { latencyMs: 40 },
      otherHecs: ['second'],
      feeds: { other: { destination: 'second' } },
    });
    await scene.apply();
    await middle(100);
    scene.hec.switches.token = 'unknown';
    const { state } = await scene.mode('blocked');
    expect(state!.blocked).toMatchObject({ by: 'destination' });
    expect(state!.blocked!.reason).toContain('rejects the HEC token');
    const second = scene.hecs.get('second')!.it;
    const other = scene.named('other');
    await scene.settled(other);
    await scene.expectComplete(0, { feed: other, hec: second });
    await scene.command('poll'); // one try
    await scene.mode('blocked');
    scene.hec.switches.token = 'valid';
    await scene.command('poll');
    await scene.mode('idle');
    await scene.settled();
    await scene.expectComplete(0);
  });

  it('blocks a feed whose MISP key is revoked; a feed of another MISP goes on', async () => {
    const data = generate({ attributes: 200, seed: 5 });
    await open({
      ...some(900),
      misp: { latencyMs: 100 },
      otherMisps: { elsewhere: data },
      otherHecs: ['second'],
      feeds: { other: { source: 'elsewhere', destination: 'second' } },
    });
    await scene.apply();
    await until('it reads', () => scene.misp.searches >= 3);
    scene.misp.switches.keyValid = false;
    const { state } = await scene.mode('blocked');
    expect(state!.blocked).toMatchObject({ by: 'source' });
    expect(state!.blocked!.reason).toContain('rejected the MISP key');
    expect(state!.blocked!.reason).not.toContain(scene.misp.key);
    const other = scene.named('other');
    await scene.settled(other);
    await scene.expectComplete(0, {
      feed: other,
      hec: scene.hecs.get('second')!.it,
      misp: scene.misps.get('elsewhere')!.it,
    });
    scene.misp.switches.keyValid = true;
    await scene.command('resume');
    await scene.mode('idle');
    await scene.settled();
    await scene.expectComplete(0);
  });

  it('blocks a feed whose index is not allowed, without a dead letter, until it is', async () => {
    await open({ ...some(300), hec: { indexes: ['main'] } });
    await scene.apply();
    const { state } = await scene.mode('blocked');
    expect(state!.blocked).toMatchObject({ by: 'destination' });
    expect(state!.blocked!.reason).toContain('threat_intel');
    expect(events()).toBe(0);
    scene.hec.switches.indexes = ['main', 'threat_intel'];
    await scene.command('poll');
    await scene.mode('idle');
    await scene.settled();
    expect(await scene.letters()).toEqual([]);
    await scene.expectComplete(0);
  });
});

describe('acknowledgements', () => {
  it('waits for them, and sends again what is never acknowledged', async () => {
    await open({
      ...some(300),
      hec: { useAck: true, ackDelayMs: 300 },
      destination: { ...SMALL_BATCHES, ack: 'required', ackTimeout: 2 },
    });
    await scene.apply();
    await scene.settled();
    await scene.expectComplete(0);

    scene.hec.switches.ackNever = true;
    const row = scene.data.addAttribute([...scene.data.events.values()][0]!, { value: 'late.example.org' });
    await scene.command('poll');
    await until('it came twice', () => (scene.hec.truth().byUuid[row.uuid]?.events ?? 0) >= 2);
    scene.hec.switches.ackNever = false;
    await scene.settled();
    expect(await expectAnnounced()).toBeGreaterThan(0);
  });

  it('needs none from a feed without anything to say', async () => {
    await open({ data: new MispData(), hec: { useAck: true }, timeScale: TIME_SCALE });
    await scene.apply();
    await scene.settled();
    expect(events()).toBe(0);
  });
});
