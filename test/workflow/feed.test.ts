// The real workflows on the real server, with scripted activities: what an operator sees and does, and what failures do.
import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it as test } from 'vitest';
import { newState, type FeedState } from '../../src/core/feed-state.ts';
import type { Status } from '../../workflows/feed.ts';
import { descriptions } from '../../workflows/messages.ts';
import { forEver, gate } from './scripted.ts';
import { Stage, until, type Actor } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, 40 * 60_000);
afterAll(() => stage?.close());

/** Each with a worker and a task queue of its own. */
const it = (name: string, play: (actor: Actor) => Promise<void>, timeScale?: number): void =>
  test(name, { timeout: 180_000 }, () => stage.play(play, timeScale));

const retryable = (message: string) => ApplicationFailure.retryable(message, 'Retryable');
const permanent = (message: string) => ApplicationFailure.nonRetryable(message, 'Permanent');
const attempt = (): number => Context.current().info.attempt;

describe('failures', () => {
  it('tries each activity again that fails for now', async (actor) => {
    const { script } = actor;
    const failures = new Map<string, number>();
    for (const name of ['fetch', 'translate', 'deliver', 'saveCheckpoint'] as const) {
      const usual = script.usually(name) as (...args: unknown[]) => Promise<never>;
      script.play(name, async (...args: unknown[]) => {
        if (attempt() > 2) return usual(...args);
        failures.set(name, (failures.get(name) ?? 0) + 1);
        throw retryable(`${name} does not work yet`);
      });
    }
    script.poll = { pages: 1, rows: 10 };
    await actor.start();
    const { totals, blocked } = await actor.idle();
    expect(totals).toMatchObject({ polls: 1, pages: 1, confirmed: 10 });
    expect(blocked).toBeNull();
    await actor.update('pause', { reason: 'to be saved' });
    await actor.until('saved', ({ revision, savedRevision }) => revision === savedRevision);
    expect(Object.fromEntries(failures)).toEqual({ fetch: 2, translate: 2, deliver: 2, saveCheckpoint: 2 });
    expect(script.checkpoints.get(actor.workflow)?.paused?.reason).toBe('to be saved');
  });

  it('is blocked by the source when a fetch fails for ever, and tries once at each resume and poll', async (actor) => {
    const { script } = actor;
    script.play('fetch', () => Promise.reject(permanent('MISP rejects the key')));
    await actor.start();
    const { blocked } = await actor.until('blocked', ({ mode }) => mode === 'blocked');
    expect(blocked).toMatchObject({ by: 'source', reason: 'MISP rejects the key' });
    expect((await actor.metadata()).currentDetails).toContain('**blocked** by the source: MISP rejects the key');
    for (const [tries, name] of [
      [2, 'resume'],
      [3, 'poll'],
    ] as const) {
      await actor.update(name);
      await actor.until('tried', ({ mode, due }) => mode === 'blocked' && !due && script.asked.fetch.length === tries);
    }
    script.play('fetch');
    await actor.update('resume');
    const { totals } = await actor.idle();
    expect(totals.confirmed).toBe(20);
  });

  it('is blocked by the destination when a delivery fails for ever, and reads the page again after the fix', async (actor) => {
    const { script } = actor;
    script.play('deliver', () => Promise.reject(permanent('Splunk rejects the token')));
    await actor.start();
    const { blocked, cursor, reading } = await actor.until('blocked', ({ mode }) => mode === 'blocked');
    expect(blocked).toMatchObject({ by: 'destination', reason: 'Splunk rejects the token' });
    expect(cursor.second).toBe(0);
    expect(reading).not.toBeNull();
    expect(script.asked.deliver).toHaveLength(1);
    await actor.update('resume');
    await until('tried once', () => script.asked.deliver.length === 2);
    await actor.until('blocked again', ({ mode, due }) => mode === 'blocked' && !due);
    expect(script.asked.deliver).toHaveLength(2);
    script.play('deliver');
    await actor.update('resume');
    const status = await actor.idle(2); // polls that came meanwhile were tries, so one follows
    expect(status.blocked).toBeNull();
    expect(status.totals.confirmed).toBe(20);
  });

  it('starts the page again when what was stored is gone', async (actor) => {
    const { script } = actor;
    let gone = true;
    script.play('translate', async (input) => {
      if (!gone) return script.usually('translate')(input);
      gone = false;
      throw ApplicationFailure.nonRetryable('no longer in the store', 'Missing');
    });
    await actor.start();
    const { totals, blocked } = await actor.idle();
    expect(blocked).toBeNull();
    expect(totals.confirmed).toBe(20);
  });

  it(
    'shows an alarm when a page is stalled, and clears it',
    async (actor) => {
      const { script } = actor;
      script.play('fetch', () => Promise.reject(retryable('MISP is away')));
      await actor.start();
      await actor.until('stalled', ({ mode }) => mode === 'stalled');
      expect((await actor.metadata()).currentDetails).toContain('is **stalled**');
      script.play('fetch');
      await actor.idle();
      expect((await actor.metadata()).currentDetails).toContain('is **idle**');
    },
    0.01, // the alarm after 6 s
  );
});

describe('pause', () => {
  it('drops a running fetch at once', async (actor) => {
    const { script } = actor;
    let dropped = false;
    script.play('fetch', async () => {
      Context.current().cancellationSignal.addEventListener('abort', () => (dropped = true));
      return forEver();
    });
    await actor.start();
    await until('a fetch is under way', () => script.asked.fetch.length === 1);
    await actor.update('pause', { reason: 'maintenance' });
    const { paused, reading } = await actor.until(
      'paused and saved',
      (status) => status.mode === 'paused' && status.savedRevision === status.revision,
    );
    expect(paused?.reason).toBe('maintenance');
    expect(reading).not.toBeNull();
    await until('the activity is told', () => dropped);
    script.play('fetch');
    await actor.update('resume');
    expect((await actor.idle()).totals.confirmed).toBe(20);
  });

  it('drops a fetch that is being tried again in an outage', async (actor) => {
    const { script } = actor;
    script.play('fetch', () => Promise.reject(retryable('MISP is away')));
    await actor.start();
    await until('it has failed some times', () => script.asked.fetch.length >= 3);
    await actor.update('pause');
    await actor.until(
      'paused and saved',
      (status) => status.mode === 'paused' && status.savedRevision === status.revision,
    );
    const pending = (await actor.handle.describe()).raw.pendingActivities ?? [];
    expect(pending.map(({ activityType }) => activityType?.name)).toEqual([]);
  });

  it('never cancels a delivery', async (actor) => {
    const { script } = actor;
    const sending = gate();
    let cancelled = false;
    script.poll = { pages: 3, rows: 10 };
    script.play('deliver', async (input) => {
      Context.current().cancellationSignal.addEventListener('abort', () => (cancelled = true));
      await sending.opened;
      return script.usually('deliver')(input);
    });
    await actor.start();
    await until('a delivery is under way', () => script.asked.deliver.length === 1);
    expect((await actor.update('pause')).mode).toBe('pausing');
    expect((await actor.metadata()).currentDetails).toContain('is **pausing**');
    sending.open();
    const { totals } = await actor.until('paused', ({ mode }) => mode === 'paused');
    expect(totals).toMatchObject({ pages: 1, confirmed: 10 });
    expect(cancelled).toBe(false);
    expect(script.asked.deliver).toHaveLength(1);
    await actor.update('resume');
    expect((await actor.idle()).totals).toMatchObject({ pages: 3, confirmed: 30 });
    expect(script.asked.deliver).toHaveLength(3);
  });
});

describe('a new run', () => {
  it('carries everything that is pending through continue-as-new', async (actor) => {
    const { script } = actor;
    const past = gate();
    // 140 KB of keys in each fetch: after about 28 pages the server suggests to continue as new.
    script.poll = { pages: 40, rows: 5_000 };
    script.play('fetch', async (input) => {
      if (input.bounds) await past.opened;
      return script.usually('fetch')(input);
    });
    await actor.start();
    const first = await actor.runId();
    for (const id of ['a', 'b', 'c', 'd']) await actor.update('backfill', { since: 1, until: 2, id });
    await actor.update('resetCursor', { to: 0 }); // a new epoch
    await expect(actor.update('pause', { reson: 'typo' })).rejects.toThrow(WorkflowUpdateFailedError);
    await actor.signal('pause', [1]); // refused, and noted
    await until('another run', async () => (await actor.runId()) !== first);
    const status = await actor.idle();
    expect((await actor.metadata()).currentDetails).toContain('is **idle**');
    expect((await actor.metadata()).currentDetails).toContain('backfills: 2 running, 2 waiting');
    expect(status.epoch).toBe(2);
    expect(status.running.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(status.queued.map(({ id }) => id)).toEqual(['c', 'd']);
    expect(status.notes.map(({ reason }) => reason)).toEqual([expect.stringContaining('pause: the input must be')]);
    expect(status.totals.confirmed).toBeGreaterThanOrEqual(200_000);
    // The next poll reads the last page again, and the window, which went through the same door, knows each of its keys.
    await actor.update('poll');
    const { poll, cursor } = await actor.idle(status.totals.polls + 1);
    expect(poll).toMatchObject({ rows: 5_000, unchanged: 5_000, confirmed: 0 });
    expect(cursor.second).toBeGreaterThan(status.cursor.second);
    past.open();
    await actor.until('the backfills are done', ({ running, queued }) => running.length + queued.length === 0);
  });

  it('goes on from its checkpoint when it is lost', async (actor) => {
    const { script } = actor;
    await actor.start();
    const before = await actor.idle();
    await actor.update('pause', { reason: 'before the loss' });
    await actor.until('saved', ({ revision, savedRevision }) => revision === savedRevision);
    await actor.handle.terminate();
    await actor.start(null);
    const revived = await actor.until('it is back', ({ mode }) => mode === 'paused');
    expect(revived).toMatchObject({ life: 2, cursor: before.cursor, paused: { reason: 'before the loss' } });
    expect(script.asked.reviveCheckpoint).toEqual([[actor.workflow]]);
  });

  it('keeps what is said to it while it is loading its checkpoint', async (actor) => {
    const { script } = actor;
    const loading = gate();
    script.checkpoints.set(actor.workflow, newState(7));
    script.play('reviveCheckpoint', async (workflow) => {
      await loading.opened;
      return script.usually('reviveCheckpoint')(workflow);
    });
    await actor.start(null);
    await until('it is loading', () => script.asked.reviveCheckpoint.length === 1);
    expect((await actor.status()).mode).toBe('starting');
    expect((await actor.update('pause', { reason: 'early' })).mode).toBe('starting');
    await expect(actor.update('resetCursor', { to: 'soon' })).rejects.toThrow(WorkflowUpdateFailedError);
    loading.open();
    const { paused, cursor, due } = await actor.until('paused', ({ mode }) => mode === 'paused');
    expect({ reason: paused?.reason, second: cursor.second, due }).toEqual({ reason: 'early', second: 7, due: true });
  });

  it('fails visibly without a checkpoint, and starts nothing from zero', async (actor) => {
    await actor.start(null, false);
    await expect(actor.handle.result()).rejects.toThrow(WorkflowFailedError);
    expect(actor.script.asked.fetch).toEqual([]);
  });

  it('waits for another worker when the state has a version that it does not know', async (actor) => {
    await actor.start({ ...newState(0), v: 99 } as unknown as FeedState);
    await until('its task has failed', async () => (await actor.failedTasks()) > 0);
    const { status, raw } = await actor.handle.describe();
    expect(status.name).toBe('RUNNING');
    await until('it is tried again', async () => {
      const { raw: later } = await actor.handle.describe();
      return (later.pendingWorkflowTask?.attempt ?? 0) > (raw.pendingWorkflowTask?.attempt ?? 0);
    });
    expect((await actor.handle.describe()).status.name).toBe('RUNNING');
    expect(actor.script.asked.fetch).toEqual([]);
  });
});

describe('what an operator sees', () => {
  it('shows a readable summary, and says of each message what it is for', async (actor) => {
    await actor.start();
    await actor.idle();
    const { currentDetails, definition } = await actor.metadata();
    expect(currentDetails.split('\n')).toEqual([
      `**${actor.feed}** is **idle**.`,
      '',
      '- confirmed up to 1970-01-01T00:33:21Z',
      '- last poll: 2 pages, 20 rows, 20 confirmed, 0 dead letters',
      '- in all: 1 polls, 20 confirmed (0 withdrawals), 0 dead letters',
    ]);
    expect(definition.type).toBe('syncFeed');
    const described = (list: { name?: string | null; description?: string | null }[]): Record<string, string> =>
      Object.fromEntries(list.map(({ name, description }) => [String(name), String(description)]));
    expect(described(definition.signalDefinitions)).toMatchObject(descriptions);
    expect(described(definition.updateDefinitions)).toMatchObject(descriptions);
    expect(described(definition.queryDefinitions)['status']).toBe('The whole state of this feed, and its mode');
  });

  it('refuses nonsense with the reason, and goes on', async (actor) => {
    await actor.start();
    await actor.idle();
    const { revision } = await actor.status();
    await expect(actor.update('backfill', { since: '7d', until: '30d' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('"since" lies after "until"') as string },
    });
    await actor.handle.signal('puase');
    await actor.client.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: actor.workflow },
      signalName: 'backfill',
      input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"since":') }] },
    });
    const {
      notes,
      mode,
      revision: later,
    } = await actor.until('both are refused', (status) => status.notes.length === 2);
    expect(notes.map(({ reason }) => reason)).toEqual([
      'puase: there is no such signal',
      expect.stringContaining('backfill: the input cannot be decoded'),
    ]);
    expect({ mode, later }).toEqual({ mode: 'idle', later: revision });
    expect(await actor.failedTasks()).toBe(0);
  });
});

describe('a backfill', () => {
  it('reads its window, reports back and is gone', async (actor) => {
    const { script } = actor;
    await actor.start();
    await actor.idle();
    const asked = await actor.update('backfill', { since: 5, until: 9, id: 'past' });
    expect([...asked.queued, ...asked.running].map(({ id }) => id)).toEqual(['past']);
    await actor.until('it is done', ({ running, queued }) => running.length + queued.length === 0);
    await actor.backfill('past').result();
    expect(script.asked.fetch.at(-1)?.[0]).toMatchObject({
      bounds: { since: 5, until: 9 },
      workflow: `backfill/${actor.feed}/past`,
    });
    expect((await actor.metadata()).currentDetails).not.toContain('backfills:');
  });

  it('is paused and resumed together with its feed', async (actor) => {
    const { script } = actor;
    script.play('fetch', async (input) => (input.bounds ? forEver() : script.usually('fetch')(input)));
    await actor.start();
    await actor.idle();
    await actor.update('backfill', { since: 5, until: 9, id: 'past' });
    await until('it reads', () => script.asked.fetch.some(([{ bounds }]) => bounds !== null));
    const mode = async () => (await actor.backfill('past').query<Status>('status')).mode;
    await actor.update('pause');
    await until('it is paused too', async () => (await mode()) === 'paused');
    script.play('fetch');
    await actor.update('resume');
    await actor.until('it is done', ({ running }) => running.length === 0);
  });

  it('that died is noted, and goes on from its checkpoint when it is asked for again', async (actor) => {
    const { script } = actor;
    script.play('fetch', async (input) => (input.bounds ? forEver() : script.usually('fetch')(input)));
    await actor.start();
    await actor.idle();
    await actor.update('backfill', { since: 5, until: 9, id: 'lost' });
    await until('it reads', () => script.asked.fetch.some(([{ bounds }]) => bounds !== null));
    await actor.backfill('lost').signal('pause', { reason: 'to be saved' });
    await until('it is saved', () => script.checkpoints.has(`backfill/${actor.feed}/lost`));
    await actor.backfill('lost').terminate();
    await actor.update('poll'); // is forwarded
    const { notes, running } = await actor.until('it is noted', (status) => status.notes.length === 1);
    expect(notes[0]?.reason).toContain('backfill lost: died');
    expect(running).toEqual([]);
    expect((await actor.metadata()).currentDetails).toContain('backfill lost: died');
    script.play('fetch');
    await actor.update('backfill', { since: 5, until: 9, id: 'lost' });
    await until('it has its own checkpoint', () => script.asked.reviveCheckpoint.length === 2);
    await actor.until('it is done', (status) => status.running.length + status.queued.length === 0);
  });
});

describe('the end', () => {
  it('of a feed that left the config: saves and ends, with its backfills', async (actor) => {
    const { script } = actor;
    script.play('fetch', async (input) => (input.bounds ? forEver() : script.usually('fetch')(input)));
    await actor.start();
    await actor.idle();
    await actor.update('backfill', { since: 5, until: 9, id: 'past' });
    await until('it reads', () => script.asked.fetch.some(([{ bounds }]) => bounds !== null));
    await actor.signal('retire');
    await actor.handle.result();
    await actor.backfill('past').result();
    const saved = script.checkpoints.get(actor.workflow)!;
    expect(saved).toMatchObject({ ending: true, running: [], queued: [{ id: 'past' }], totals: { confirmed: 20 } });
    expect(script.checkpoints.get(`backfill/${actor.feed}/past`)?.ending).toBe(true);
  });

  it('by a cancel: finishes the page, saves, and ends as cancelled', async (actor) => {
    const { script } = actor;
    const sending = gate();
    script.play('deliver', async (input) => {
      await sending.opened;
      return script.usually('deliver')(input);
    });
    await actor.start();
    await until('a delivery is under way', () => script.asked.deliver.length === 1);
    await actor.handle.cancel();
    await actor.until('it is ending', ({ mode }) => mode === 'ending');
    sending.open();
    await expect(actor.handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(script.checkpoints.get(actor.workflow)).toMatchObject({
      paused: { reason: 'the workflow was cancelled' },
      totals: { pages: 1, confirmed: 10 },
    });
  });

  it('of a poll comes at once: it wakes the feed and nothing else', async (actor) => {
    await actor.client.workflow.execute('poll', {
      workflowId: `poll/${actor.feed}`,
      taskQueue: actor.feed,
      args: [actor.feed],
    });
    expect(actor.script.asked.wake).toEqual([[actor.feed]]);
  });
});
