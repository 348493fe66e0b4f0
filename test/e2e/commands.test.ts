// What an operator does to a feed while it works, on the real Temporal server; and what nobody should send to it.
import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MispData } from '../../simulators/misp/data.ts';
import { generate } from '../../simulators/misp/generator.ts';
import { Scene, type SceneOptions } from '../support/e2e/scene.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';
import { until } from '../support/e2e/until.ts';

let temporal: TestTemporal;
let scene: Scene;

/** Many small pages, so that there is a middle. */
const many = (attributes = 3_000): SceneOptions => ({
  data: generate({ attributes, seed: attributes }),
  source: { pageSize: 100 },
});
const start = async (options: SceneOptions = many()): Promise<Scene> => (scene = await Scene.start(temporal, options));
const events = (): number => scene.hec.counts().events;
/** Something has arrived, and not everything. */
const middle = (atLeast = 300): Promise<unknown> => until('some have arrived', () => events() >= atLeast);
const live = (): number => [...scene.data.byId.rows()].filter(({ deleted }) => !deleted).length;

beforeAll(async () => {
  temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(() => scene?.close());
afterAll(() => temporal?.stop());

describe('commands while it works', () => {
  it('pauses in the middle of the first poll, sends nothing more, and goes on without a duplicate', async () => {
    await start();
    await middle();
    await scene.command('pause', { reason: 'having a look' });
    const { state } = await scene.mode('paused');
    expect(state!.paused).toMatchObject({ reason: 'having a look' });
    const then = events();
    expect(then).toBeLessThan(live());
    await scene.command('poll'); // a paused feed keeps it for later
    await scene.command('pause', { reason: 'a second time' });
    expect((await scene.status()).state!.paused).toMatchObject({ reason: 'having a look' });
    expect(events()).toBe(then);
    await scene.command('resume');
    await scene.settled();
    await scene.expectComplete(0);
  });

  it('reads again after a reset without sending anything twice, and with redeliver sends every confirmed row once more', async () => {
    await start(many(1_500));
    await middle();
    await scene.command('resetCursor', { to: 0 }); // in the middle of a page
    await scene.settled();
    await scene.expectComplete(0);
    await scene.command('resetCursor', { to: 0 });
    await scene.settled();
    await scene.expectComplete(0);
    expect(events()).toBe(live());

    await scene.command('resetCursor', { to: 0, redeliver: true });
    await scene.settled();
    await scene.expectComplete(live());
    expect(new Set(Object.values(scene.hec.truth().repeated))).toEqual(new Set([2]));
    await scene.settled();
    await scene.expectComplete(live());
  });

  it('backfills what the first poll left out; the same id again is harmless; at most two run, and a pause reaches them', async () => {
    await start({ ...many(2_000), feed: { since: '30d' } });
    await scene.settled();
    const recent = events();
    expect(recent).toBeLessThan(live());
    const edge = Math.floor(Date.now() / 1000) - 30 * 86_400 + 3_600;
    const windows = ['a', 'b', 'c'].map((id, n) => ({
      id,
      since: n === 0 ? 0 : edge - (3 - n) * 20 * 86_400,
      until: n === 2 ? edge : edge - (2 - n) * 20 * 86_400,
    }));
    for (const window of windows) await scene.command('backfill', window);
    const { state } = await scene.reaches('runs two', ({ state: now }) => now!.running.length === 2);
    expect(state!.queued.map(({ id }) => id)).toEqual(['c']);
    await scene.command('pause');
    await scene.mode('paused');
    for (const id of ['a', 'b'])
      await until(`${id} is paused, or was quicker`, async () => {
        const { status } = await scene.backfill(id).describe();
        if (status.name !== 'RUNNING') return true;
        return (await scene.backfill(id).query<{ mode: string }>('status')).mode === 'paused';
      });
    const then = events();
    expect((await scene.status()).state!.queued.map(({ id }) => id)).toEqual(['c']); // a paused feed starts none
    expect(events()).toBe(then);
    await scene.command('resume');
    await scene.settled();
    await scene.expectComplete(0);
    for (const { id } of windows) expect((await scene.backfill(id).describe()).status.name).toBe('COMPLETED');

    await scene.command('backfill', windows[0]);
    await scene.settled();
    await scene.expectComplete(0);
    await scene.command('backfill', { ...windows[2], id: 'again', redeliver: true });
    await scene.settled();
    const { duplicates } = scene.hec.counts();
    expect(duplicates).toBeGreaterThan(0);
    await scene.expectComplete(duplicates);
  });

  it('goes on from its checkpoint when it was terminated in the middle', async () => {
    await start();
    await middle();
    await scene.entity().terminate('by hand');
    await expect(scene.entity().signal('poll')).rejects.toThrow(WorkflowNotFoundError);
    const kept = await scene.runtime.store.readCheckpoint(`sync/${scene.feed}`);
    expect(kept!.totals.confirmed).toBeGreaterThan(0);
    expect((await scene.status()).mode).toBe('not running');
    await scene.command('poll'); // wakes it
    await scene.settled();
    const { state } = await scene.status();
    expect(state!.life).toBeGreaterThan(kept!.life);
    await scene.expectComplete({ atMost: 100 }); // a page that was being sent: nobody was there to take its receipt
  });

  it('is still paused when it was terminated while it was paused, and the clock revives it', async () => {
    await start(many(1_000));
    await middle(200);
    await scene.command('pause', { reason: 'before the accident' });
    await scene.mode('paused');
    await scene.entity().terminate('by hand');
    expect((await scene.status()).mode).toBe('not running');
    await scene.connected.client.schedule.getHandle(`poll/${scene.feed}`).trigger();
    const { state } = await scene.mode('paused');
    expect(state!.paused).toMatchObject({ reason: 'before the accident' });
    await scene.command('resume');
    await scene.settled();
    await scene.expectComplete(0);
  });

  it('pauses, saves and ends when it is cancelled in the Web UI, and comes back paused', async () => {
    await start();
    await middle();
    await scene.entity().cancel();
    await until('it has ended', async () => (await scene.entity().describe()).status.name === 'CANCELLED');
    const then = events();
    const kept = await scene.runtime.store.readCheckpoint(`sync/${scene.feed}`);
    expect(kept).toMatchObject({ paused: { reason: 'the workflow was cancelled' } });
    await scene.command('poll');
    await scene.mode('paused');
    expect(events()).toBe(then);
    await scene.command('resume');
    await scene.settled();
    await scene.expectComplete(0);
  });

  it('survives a worker that stops in the middle, and keeps what was queued meanwhile', async () => {
    await start();
    await middle();
    await scene.stopWorker();
    const then = events();
    await scene.entity().signal('pause', { reason: 'queued' });
    expect(events()).toBe(then);
    await scene.startWorker();
    await scene.mode('paused');
    await scene.command('resume');
    await scene.settled();
    await scene.expectComplete(0);
  });

  it('refuses to wake a feed without a checkpoint, visibly, and starts nothing', async () => {
    await start({ data: new MispData() });
    await scene.settled();
    const { client, target } = scene.connected;
    const stranger = `stranger-${randomUUID()}`;
    const run = await client.workflow.start('poll', {
      workflowId: `poll/${stranger}-by-hand`,
      taskQueue: target.taskQueue,
      args: [stranger],
    });
    await expect(run.result()).rejects.toMatchObject({
      cause: { cause: { message: expect.stringContaining('has no checkpoint') as string } },
    });
    await expect(scene.entity(stranger).describe()).rejects.toThrow(WorkflowNotFoundError);
  });
});

describe('nonsense', () => {
  /** A payload as no client of ours would send it. */
  const broken = {
    payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"reason": ') }],
  };
  const strange = {
    payloads: [{ metadata: { encoding: Buffer.from('binary/none-of-ours') }, data: Buffer.from([1, 2]) }],
  };
  const signalRaw = async (signalName: string, input: typeof broken): Promise<void> => {
    const { client, target } = scene.connected;
    await client.workflowService.signalWorkflowExecution({
      namespace: target.namespace,
      workflowExecution: { workflowId: `sync/${scene.feed}` },
      signalName,
      input,
      requestId: randomUUID(),
    });
  };

  it('is refused, shown in status, and the feed goes on', async () => {
    await start(many(300));
    await scene.settled();
    const before = (await scene.status()).state!;
    await scene.entity().signal('pause', 'now!');
    await scene.entity().signal('pause', { reson: 'a typo' });
    await scene.entity().signal('resetCursor', { to: 'the day before yesterday' });
    await scene.entity().signal('resetCursor', { to: 4_000_000_000 });
    await scene.entity().signal('backfill', [1, 2, 3]);
    await scene.entity().signal('backfill', { since: 0, id: '../../etc' });
    await scene.entity().signal('drop-everything', { sure: true });
    await signalRaw('pause', broken);
    await signalRaw('resetCursor', strange);
    await signalRaw('never-heard-of', broken);
    const { state } = await scene.reaches('has noted them', ({ state: now }) => now!.notes.length >= 10);
    const notes = state!.notes.map(({ reason }) => reason);
    for (const said of [
      'a JSON object',
      '"reson" is not known',
      'must be a time',
      'lies in the future',
      '"id" must be',
    ])
      expect(notes.some((note) => note.includes(said))).toBe(true);
    expect(notes.filter((note) => note.includes('cannot be decoded'))).toHaveLength(2);
    expect(notes.filter((note) => note.includes('there is no such signal'))).toHaveLength(2);
    expect(state).toMatchObject({ paused: null, epoch: before.epoch, cursor: before.cursor, queued: [], running: [] });

    await expect(scene.command('resetCursor', { to: 'soon' })).rejects.toThrow('"to" must be a time');
    await expect(scene.command('backfill', { since: '7d', until: '30d' })).rejects.toThrow('lies after');
    await expect(scene.command('pause', { reason: 7 })).rejects.toThrow('"reason" must be a text');
    await expect(scene.entity().executeUpdate('no-such-update', { args: [] })).rejects.toThrow();
    await expect(scene.entity().executeUpdate('pause', { args: ['now!'] })).rejects.toThrow();
    const { client, target } = scene.connected;
    const answer = await client.workflowService.updateWorkflowExecution({
      namespace: target.namespace,
      workflowExecution: { workflowId: `sync/${scene.feed}` },
      waitPolicy: { lifecycleStage: 3 },
      request: { meta: { updateId: randomUUID(), identity: 'a test' }, input: { name: 'pause', args: broken } },
    });
    expect(answer.outcome?.failure?.message).toContain('cannot be decoded');
    expect((await scene.status()).state).toMatchObject({ paused: null, epoch: before.epoch });

    const added = scene.data.addAttribute([...scene.data.events.values()][0]!, { value: 'alive.example.org' });
    await scene.settled();
    expect(scene.hec.truth().byUuid[added.uuid]).toMatchObject({ value: 'alive.example.org' });
    await scene.expectComplete(0);
  });
});
