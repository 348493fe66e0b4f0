// The contract of a destination: what a record may hold, and how large it may be.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { destinationKinds } from '../../src/destinations/registry.ts';
import { AS_IS, batchOf, carry, someBatch, upsertOf, withdrawalOf } from './harness/carry.ts';
import type { Arrived, Harness } from './harness/harness.ts';
import { harnesses } from './harness/index.ts';

const idsOf = (arrived: Arrived[]): string[] => arrived.map(({ deliveryId }) => deliveryId);
const expected = (count: number): string[] => Array.from({ length: count }, (_, n) => `delivery-${n}`);

describe.each(destinationKinds.flatMap(({ type }) => harnesses[type] ?? []))('$name', ({ make }) => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await make();
  });
  afterEach(() => harness.close());

  it('the largest batch: as many records as a request may carry', async () => {
    const { limits } = harness.destination;
    const line = harness.destination.encode(upsertOf(0), AS_IS);
    const count = Math.min(limits.recordsMax, Math.floor(limits.bytesMax / (Buffer.byteLength(line) + 20)));
    const { saved, error } = await carry(harness.destination, someBatch(harness.destination, count));
    expect(error).toBeNull();
    expect(saved.rejected).toEqual([]);
    expect(idsOf(await harness.arrived())).toEqual(expected(count));
  });

  it('the largest record arrives whole', async () => {
    const { destination } = harness;
    const bare = Buffer.byteLength(destination.encode(upsertOf(0, { value: '' }), AS_IS));
    const value = 'x'.repeat(Math.min(destination.limits.recordBytesMax, destination.limits.bytesMax) - bare - 1);
    const { saved, error } = await carry(destination, batchOf(destination, [upsertOf(0, { value })]));
    expect(error).toBeNull();
    expect(saved.rejected).toEqual([]);
    expect((await harness.arrived())[0]!.value === value).toBe(true);
  });

  it.each([
    ['a line break', 'a\r\nb\u2028c\u2029d'],
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800b'],
    ['beyond the basic plane', '🦔 Ünïcödé 例え'],
    ['quotes and backslashes', String.raw`"\u0000' \x {"a":1}`],
    ['nothing', ''],
  ])('a value with %s stays one line and arrives as it is', async (_, value) => {
    const { destination } = harness;
    const batch = batchOf(destination, [upsertOf(0), upsertOf(1, { value }), upsertOf(2)]);
    expect(batch.lines[1]).not.toMatch(/[\r\n]/);
    const { error } = await carry(destination, batch);
    expect(error).toBeNull();
    const arrived = await harness.arrived();
    expect(idsOf(arrived)).toEqual(expected(3));
    expect(arrived[1]!.value).toBe(value);
  });

  it('a withdrawal arrives as one, beside what it withdraws, or takes it away, or marks it', async () => {
    const { destination } = harness;
    const { withdraws } = destination;
    await carry(destination, batchOf(destination, [upsertOf(7)]));
    const [upsert] = await harness.arrived();
    expect(upsert!.action).toBe('upsert');
    const { error } = await carry(destination, batchOf(destination, [withdrawalOf(8)]));
    expect(error).toBeNull();
    expect(await harness.arrived()).toHaveLength(withdraws === 'delete' ? 1 : 2);
    await carry(destination, batchOf(destination, [withdrawalOf(7)]));
    const arrived = (await harness.arrived()).filter(({ uuid }) => uuid === upsert!.uuid);
    const actions = { record: ['upsert', 'withdraw'], mark: ['withdraw'], delete: [] };
    expect(arrived.map(({ action }) => action)).toEqual(actions[withdraws]);
  });

  it('encoding is pure: the same delivery gives the same line', () => {
    const delivery = upsertOf(1);
    const before = structuredClone(delivery);
    expect(harness.destination.encode(delivery, AS_IS)).toBe(harness.destination.encode(delivery, AS_IS));
    expect(delivery).toEqual(before);
  });
});
