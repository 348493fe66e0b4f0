// A HEC that can be hurt, and a destination that talks to it.
import { startHec, type RunningHec } from '../../../simulators/hec/server.ts';
import type { HecSwitches } from '../../../simulators/hec/switches.ts';
import { newBatchProgress, type Batch, type Destination } from '../../../src/destinations/destination.ts';
import { splunkHec } from '../../../src/destinations/splunk-hec.ts';
import { testContext } from '../../contract/harness/harness.ts';

export interface HecWorld {
  hec: RunningHec;
  destination: Destination;
  clock: { ms: number };
  /** delivery_ids that the HEC holds, in order, duplicates included. */
  held(): string[];
  /** The same relay's next process: another destination, the same HEC and the same clock. */
  another(options?: Record<string, unknown>): Destination;
  close(): Promise<void>;
}

export async function hecWorld(
  options: Record<string, unknown> = {},
  switches: Partial<HecSwitches> = {},
): Promise<HecWorld> {
  const context = testContext();
  const hec = await startHec({ keepEvents: true, now: () => context.clock.ms, switches });
  const made: Destination[] = [];
  const another = (more: Record<string, unknown> = {}): Destination => {
    const parsed = splunkHec.options.parse({ url: hec.url, token: hec.token, ...options, ...more });
    made.push(splunkHec.create(parsed, context));
    return made.at(-1)!;
  };
  return {
    hec,
    destination: another(),
    another,
    clock: context.clock,
    held: () => hec.hec.store.events.map(({ fields }) => fields!['delivery_id'] as string),
    close: async () => {
      await Promise.all(made.map((each) => each.close()));
      await hec.close();
    },
  };
}

export const lineOf = (id: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ time: 1_700_000_000, event: { uuid: id }, fields: { delivery_id: id, misp_uuid: id }, ...more });

/** Lines that a HEC refuses, by the code that it gives. */
export const BAD_LINES: Record<number, string> = {
  6: '{"time":1,"event":',
  12: '{"time":1}',
  13: '{"time":1,"event":""}',
  15: '{"time":"yesterday","event":"x"}',
};

export const idsOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `d${n}`);
export const batchWith = (count: number, bad: Record<number, string> = {}): Batch => ({
  id: 'shipment#0',
  lines: idsOf(count).map((id, n) => bad[n] ?? lineOf(id)),
});

export const fresh = newBatchProgress;
