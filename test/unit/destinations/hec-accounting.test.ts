// For any sequence of answers: every record is accounted for, nothing is confirmed that the HEC does not hold, and every
// duplicate was announced.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HecFaultName } from '../../../simulators/hec/fault-table.ts';
import { newBatchProgress, type BatchProgress } from '../../../src/destinations/destination.ts';
import { RetryableError } from '../../../src/errors.ts';
import { carry } from '../../contract/harness/carry.ts';
import { BAD_LINES, batchWith, hecWorld, idsOf } from './hec-world.ts';

const ATTEMPTS_MAX = 200;

const onData: HecFaultName[] = [
  ...([
    'busy',
    'internal error',
    'internal error after taking',
    'shutting down',
    'queue warning',
    'queue full',
  ] as const),
  ...(['ack channel full', 'request timeout', 'too large', 'bad gateway', 'gateway timeout after taking'] as const),
  ...(['success as html', 'drop before read', 'drop mid body', 'drop after taking', 'drop without taking'] as const),
  ...(['cut reply after taking'] as const),
];
const onAcks: HecFaultName[] = ['bad gateway', 'success as html', 'drop after taking', 'cut reply after taking'];

const plan = fc.record({
  count: fc.integer({ min: 1, max: 25 }),
  bad: fc.array(fc.tuple(fc.nat(24), fc.constantFrom(6, 12, 13, 15)), { maxLength: 4 }),
  // A HEC that is busy after k records looked at no further one, so a bad record among them would be a contradiction.
  faults: fc.array(fc.record({ name: fc.constantFrom(...onData), skip: fc.nat(2), taken: fc.nat(6) }), {
    maxLength: 5,
  }),
  ackFaults: fc.array(fc.record({ name: fc.constantFrom(...onAcks), skip: fc.nat(1) }), { maxLength: 3 }),
  useAck: fc.boolean(),
  /** At which saves the worker dies. */
  deaths: fc.array(fc.nat(15), { maxLength: 3 }),
});

describe('accounting', () => {
  it('nothing is lost, nothing is claimed, every duplicate is announced', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ count, bad, faults, ackFaults, useAck, deaths }) => {
        const world = await hecWorld({ gzip: false, ackTimeout: 30 }, { useAck });
        try {
          const badAt = new Map(bad.filter(([n]) => n < count).map(([n, code]) => [n, BAD_LINES[code]!]));
          const batch = batchWith(count, Object.fromEntries(badAt));
          for (const { name, skip, taken } of faults) {
            const busy = name === 'busy' && badAt.size === 0 ? { taken } : {};
            world.hec.hec.fail(name, { next: 1, skip, ...busy });
          }
          for (const { name, skip } of ackFaults) world.hec.hec.fail(name, { next: 1, skip, path: '/ack' });

          // A request of one record that is said to be too large can only be set aside.
          const tooLarge = faults.some(({ name }) => name === 'too large');
          const isBad = (n: number, code: string): boolean => badAt.has(n) || (tooLarge && code === 'HEC_413');

          let saves = 0;
          const save = (progress: BatchProgress): void => {
            if (deaths.includes(saves++)) throw new RetryableError('TEST', 'the worker dies');
            const open = [...progress.todo, ...progress.pending];
            const held = new Set(world.held());
            for (let n = 0; n < count; n++) {
              const owes = open.some(({ from, to }) => n >= from && n < to);
              const refused = progress.rejected.find(({ index }) => index === n);
              expect(owes && refused !== undefined).toBe(false);
              if (refused) expect(isBad(n, refused.code)).toBe(true);
              else if (!owes) expect(held.has(`d${n}`)).toBe(true);
            }
          };
          let saved = newBatchProgress(count);
          let error: unknown = 'not tried';
          for (let attempt = 0; error !== null && attempt < ATTEMPTS_MAX; attempt++) {
            ({ saved, error } = await carry(world.destination, batch, saved, { save }));
            if (error !== null) expect(error).toBeInstanceOf(RetryableError);
          }
          expect(error).toBeNull();
          const refused = new Set(saved.rejected.map(({ index }) => index));
          expect([...badAt.keys()].filter((n) => !refused.has(n))).toEqual([]);
          expect(saved.rejected.filter(({ index, code }) => !isBad(index, code))).toEqual([]);
          const held = world.held();
          const ids = idsOf(count);
          expect(ids.filter((id, n) => !refused.has(n) && !held.includes(id))).toEqual([]);
          expect(ids.filter((id, n) => badAt.has(n) && held.includes(id))).toEqual([]);
          expect(held.length - new Set(held).size).toBeLessThanOrEqual(saved.possibleDuplicates);
        } finally {
          await world.close();
        }
      }),
      { numRuns: 150 },
    );
  });
});
