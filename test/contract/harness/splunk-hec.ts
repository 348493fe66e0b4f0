import { startHec } from '../../../simulators/hec/server.ts';
import { splunkHec } from '../../../src/destinations/splunk-hec.ts';
import { type Arrived, type Harness, type HarnessKind, testContext } from './harness.ts';

async function make(useAck: boolean): Promise<Harness> {
  const context = testContext();
  const now = (): number => context.clock.ms;
  const hec = await startHec({ keepEvents: true, now, switches: { useAck, ackDelayMs: 1_200 } });
  const options = splunkHec.options.parse({ url: `${hec.url}/services/collector`, token: hec.token });
  const destination = splunkHec.create(options, context);
  return {
    destination,
    secrets: [hec.token],
    arrived: async () =>
      hec.hec.store.events.map(({ event, fields }): Arrived => {
        const { value } = event as { value: unknown };
        const text = (name: string): string => fields![name] as string;
        return { deliveryId: text('delivery_id'), uuid: text('misp_uuid'), action: text('action'), value };
      }),
    outage: async () => {
      hec.hec.fail('shutting down');
      hec.switches.health = 23;
    },
    revoke: async () => void (hec.switches.token = 'disabled'),
    repair: async () => {
      hec.hec.faults.clear();
      hec.switches.token = 'valid';
      hec.switches.health = 17;
    },
    loseAnswer: () => hec.hec.fail('drop after taking', { next: 1 }),
    badLine: '{"time":"yesterday","event":{"value":"bad"},"fields":{"delivery_id":"bad"}}',
    close: async () => {
      await destination.close();
      await hec.close();
    },
  };
}

export const splunkHecHarnesses: HarnessKind[] = [
  { name: 'splunk-hec', make: () => make(false) },
  { name: 'splunk-hec with acknowledgements', make: () => make(true) },
];
