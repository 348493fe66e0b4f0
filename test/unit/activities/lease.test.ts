// One reader of a source at a time: a number that is drawn outside the lease could be higher than that of a later answer.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { withReaderLease } from '../../../activities/lease.ts';
import { Feeds } from '../../../src/feeds.ts';
import { createLog } from '../../../src/log.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';

let store: Store;
beforeEach(() => {
  store = openSqlite(':memory:');
});
afterEach(() => store.close());

const { signal } = new AbortController();
const leaseOf = (holder: string) => ({ name: 'reader/misp', holder });

/** `asleep`: what happens while the reader waits, each time. */
const depsWith = (asleep: () => Promise<unknown>): Deps => ({
  store,
  feeds: new Feeds([]),
  log: createLog('silent'),
  nowMs: Date.now,
  sleep: async () => void (await asleep()),
  every: () => () => {},
});

it('waits as long as another reader has it, and lets it go when it is done', async () => {
  expect(await store.acquireLease(leaseOf('other'), 1, 30_000)).toBe(true);
  let sleeps = 0;
  const deps = depsWith(async () => {
    if (++sleeps === 3) await store.releaseLease(leaseOf('other'));
  });
  const done = await withReaderLease(deps, 'misp', 'poll', { ref: 'me', signal }, async () => {
    expect(sleeps).toBe(3);
    expect(await store.acquireLease(leaseOf('other'), 0, 30_000)).toBe(false);
    return 'done';
  });
  expect(done).toBe('done');
  expect(await store.acquireLease(leaseOf('other'), 1, 30_000)).toBe(true);
});

it('lets it go when its work fails', async () => {
  const deps = depsWith(async () => {});
  const failing = withReaderLease(deps, 'misp', 'poll', { ref: 'me', signal }, async () => {
    throw new Error('no answer');
  });
  await expect(failing).rejects.toThrow('no answer');
  expect(await store.acquireLease(leaseOf('other'), 1, 30_000)).toBe(true);
});

it('stops waiting when nobody wants the result any more, and reads nothing', async () => {
  await store.acquireLease(leaseOf('other'), 1, 30_000);
  const aborter = new AbortController();
  const deps = depsWith(async () => aborter.abort(new Error('called off')));
  let worked = false;
  const waiting = withReaderLease(deps, 'misp', 'poll', { ref: 'me', signal: aborter.signal }, async () => {
    worked = true;
  });
  await expect(waiting).rejects.toThrow('called off');
  expect(worked).toBe(false);
});
