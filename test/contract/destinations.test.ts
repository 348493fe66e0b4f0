// The contract of a destination, the same for every line of the registry. Tests are named after the bad day. What records may
// hold: contents.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newBatchProgress, owed, type BatchProgress } from '../../src/destinations/destination.ts';
import { destinationKinds } from '../../src/destinations/registry.ts';
import { PermanentError, RelayError, RetryableError } from '../../src/errors.ts';
import { batchOf, carry, someBatch, upsertOf } from './harness/carry.ts';
import type { Arrived, Harness } from './harness/harness.ts';
import { harnesses } from './harness/index.ts';

const idsOf = (arrived: Arrived[]): string[] => arrived.map(({ deliveryId }) => deliveryId);
const expected = (count: number): string[] => Array.from({ length: count }, (_, n) => `delivery-${n}`);
const noSignal = new AbortController().signal;

class ClaimLost extends Error {}

it('every registered kind has a harness', () => {
  expect(Object.keys(harnesses).sort()).toEqual(destinationKinds.map(({ type }) => type).sort());
});

describe.each(destinationKinds.flatMap(({ type }) => harnesses[type] ?? []))('$name', ({ make }) => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await make();
  });
  afterEach(() => harness.close());
  /** Of so many records that went again. */
  const duplicates = (count: number): number => (harness.idempotent ? 0 : count);

  it('a quiet day: every record arrives once, in order, and nothing is owed', async () => {
    const { saved, error } = await carry(harness.destination, someBatch(harness.destination));
    expect(error).toBeNull();
    expect(saved).toMatchObject({ todo: [], pending: [], rejected: [], posting: null, possibleDuplicates: 0 });
    expect(saved.requests).toBeGreaterThan(0);
    expect(saved.bytes).toBeGreaterThan(0);
    expect(idsOf(await harness.arrived())).toEqual(expected(5));
  });

  it('an empty batch sends nothing', async () => {
    const { saved, error } = await carry(harness.destination, { id: 'empty', lines: [] });
    expect(error).toBeNull();
    expect(saved.requests).toBe(0);
    expect(await harness.arrived()).toEqual([]);
  });

  it('the first half was confirmed by an earlier attempt: only the rest is sent', async () => {
    const start = { ...newBatchProgress(5), todo: [{ from: 3, to: 5 }] };
    await carry(harness.destination, someBatch(harness.destination), start);
    expect(idsOf(await harness.arrived())).toEqual(['delivery-3', 'delivery-4']);
  });

  it('deliver leaves nothing to do and does not wait', async () => {
    const batch = someBatch(harness.destination);
    const context = { save: async () => {}, signal: noSignal };
    const progress = await harness.destination.deliver(batch, newBatchProgress(5), context);
    expect(progress.todo).toEqual([]);
    expect(progress.posting).toBeNull();
  });

  it('the worker died in the middle of a request: it goes again and counts as possible duplicates', async () => {
    const start: BatchProgress = { ...newBatchProgress(5), posting: { from: 0, to: 5 }, requests: 1 };
    const { saved, error } = await carry(harness.destination, someBatch(harness.destination), start);
    expect(error).toBeNull();
    expect(saved.possibleDuplicates).toBe(duplicates(5));
    expect(idsOf(await harness.arrived())).toEqual(expected(5));
  });

  it('the request is marked before it is made', async () => {
    const seen: [posting: boolean, arrived: number][] = [];
    let arrived = 0;
    const batch = someBatch(harness.destination);
    await harness.destination.deliver(batch, newBatchProgress(5), {
      save: async ({ posting }) => {
        arrived = (await harness.arrived()).length;
        seen.push([posting !== null, arrived]);
      },
      signal: noSignal,
    });
    expect(seen[0]).toEqual([true, 0]);
    expect(seen.at(-1)).toEqual([false, 5]);
  });

  it('the claim was lost before the request: nothing is sent', async () => {
    const save = (): never => {
      throw new ClaimLost();
    };
    const { error } = await carry(harness.destination, someBatch(harness.destination), undefined, { save });
    expect(error).toBeInstanceOf(ClaimLost);
    expect(await harness.arrived()).toEqual([]);
  });

  it('the claim was lost during the request: nothing more is sent, and the next attempt tells the duplicates', async () => {
    let saves = 0;
    const save = (): void => {
      if (++saves > 1) throw new ClaimLost();
    };
    const batch = someBatch(harness.destination);
    const first = await carry(harness.destination, batch, undefined, { save });
    expect(first.error).toBeInstanceOf(ClaimLost);
    expect(saves).toBe(2);
    expect(idsOf(await harness.arrived())).toEqual(expected(5));
    const second = await carry(harness.destination, batch, first.saved);
    expect(second.error).toBeNull();
    expect(second.saved.possibleDuplicates).toBe(duplicates(5));
    expect(idsOf(await harness.arrived())).toEqual([...expected(5), ...expected(duplicates(5))]);
  });

  it('nobody wants the result any more: nothing is sent', async () => {
    const { saved, error } = await carry(harness.destination, someBatch(harness.destination), undefined, {
      signal: AbortSignal.abort(new Error('called off')),
    });
    expect(error).toBeInstanceOf(Error);
    expect(owed(saved)).toBe(5);
    expect(await harness.arrived()).toEqual([]);
  });

  it('an outage: RetryableError, everything stays owed, and all arrives afterwards', async () => {
    const batch = someBatch(harness.destination);
    await harness.outage();
    const away = await carry(harness.destination, batch);
    expect(away.error).toBeInstanceOf(RetryableError);
    expect(owed(away.saved)).toBe(5);
    await harness.repair();
    const back = await carry(harness.destination, batch, away.saved);
    expect(back.error).toBeNull();
    expect(idsOf(await harness.arrived())).toEqual(expected(5));
  });

  it('we are no longer welcome: PermanentError, everything stays owed, no record dies of it', async () => {
    const batch = someBatch(harness.destination);
    await harness.revoke();
    const { saved, error } = await carry(harness.destination, batch);
    expect(error).toBeInstanceOf(PermanentError);
    expect(owed(saved)).toBe(5);
    expect(saved.rejected).toEqual([]);
    expect(await harness.arrived()).toEqual([]);
    await harness.repair();
    expect((await carry(harness.destination, batch, saved)).error).toBeNull();
    expect(idsOf(await harness.arrived())).toEqual(expected(5));
  });

  it('an answer was lost: nothing is taken for confirmed, and what goes again is counted', async ({ skip }) => {
    if (!harness.loseAnswer) return skip('its answers cannot be lost');
    const batch = someBatch(harness.destination);
    harness.loseAnswer();
    const lost = await carry(harness.destination, batch);
    expect(lost.error).toBeInstanceOf(RetryableError);
    expect(owed(lost.saved)).toBe(5);
    const again = await carry(harness.destination, batch, lost.saved);
    expect(again.error).toBeNull();
    expect(again.saved.possibleDuplicates).toBe(duplicates(5));
    expect(new Set(idsOf(await harness.arrived()))).toEqual(new Set(expected(5)));
  });

  it.for([0, 2, 4])(
    'record %i of 5 is refused: it alone is set aside, its neighbours arrive',
    async (bad, { skip }) => {
      if (harness.badLine === undefined) return skip('it takes every line');
      const batch = someBatch(harness.destination);
      const lines = batch.lines.with(bad, harness.badLine);
      const { saved, error } = await carry(harness.destination, { ...batch, lines });
      expect(error).toBeNull();
      expect(saved.rejected.map(({ index }) => index)).toEqual([bad]);
      expect(saved.rejected[0]!.code).not.toBe('');
      expect(saved.rejected[0]!.reason).not.toBe('');
      expect(owed(saved)).toBe(0);
      expect(saved.possibleDuplicates).toBe(0);
      expect(idsOf(await harness.arrived()).sort()).toEqual(expected(5).filter((_, n) => n !== bad));
    },
  );

  it('every record is refused: all are set aside, the batch ends', async ({ skip }) => {
    if (harness.badLine === undefined) return skip('it takes every line');
    const lines = Array.from({ length: 6 }, () => harness.badLine!);
    const { saved, error } = await carry(harness.destination, { id: 'bad', lines });
    expect(error).toBeNull();
    expect(saved.rejected.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('several batches at once do not disturb each other', async () => {
    const { destination } = harness;
    const batches = Array.from({ length: 4 }, (_, b) =>
      batchOf(
        destination,
        Array.from({ length: 10 }, (_, n) => upsertOf(b * 10 + n)),
      ),
    );
    const outcomes = await Promise.all(batches.map((batch) => carry(destination, batch)));
    expect(outcomes.map(({ error }) => error)).toEqual([null, null, null, null]);
    expect(idsOf(await harness.arrived()).sort()).toEqual(expected(40).sort());
  });

  it('check says in one sentence whether we could work, writes nothing and shows no secret', async () => {
    const well = await harness.destination.check(noSignal);
    expect(well).toMatchObject({ ok: true });
    await harness.revoke();
    const unwelcome = await harness.destination.check(noSignal);
    expect(unwelcome.ok).toBe(false);
    await harness.repair();
    expect((await harness.destination.check(noSignal)).ok).toBe(true);
    for (const { message } of [well, unwelcome]) {
      expect(message).not.toBe('');
      for (const secret of harness.secrets) expect(message).not.toContain(secret);
    }
    expect(await harness.arrived()).toEqual([]);
  });

  it('no error shows a secret', async () => {
    await harness.revoke();
    const { error } = await carry(harness.destination, someBatch(harness.destination));
    expect(error).toBeInstanceOf(RelayError);
    for (const secret of harness.secrets) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
    }
  });
});
