// The mapping to ECS alone, on one core: records that were read before become documents, and documents JSON.
import { outcomeOf } from '../src/delivery-of.ts';
import type { Delivery } from '../src/records/delivery.ts';
import { documentOf, type EcsOptions } from '../src/translate/ecs.ts';
import { rounded } from './numbers.ts';
import { pagesOf } from './reading.ts';
import { withFeed, type Simulated } from './simulated.ts';

const ROUNDS = 5;
const WARM = 20_000;
const DOCUMENTS = 100_000;

export interface MappingSpeed {
  /** The best of five rounds: a busy machine only ever makes it slower. */
  perSecond: number;
  withJsonPerSecond: number;
  /** Of one document, the mean. */
  bytes: number;
}

const OPTIONS: EcsOptions = {
  feedName: 'MISP',
  time: 'attribute',
  tags: null,
  namespace: 'default',
  dashboardId: 'misp-relay-overview',
  preserveOriginal: false,
};

export async function measureMapping(simulated: Simulated): Promise<MappingSpeed> {
  const deliveries = await withFeed(simulated.freshConfig(), async (feed) => {
    const found: Delivery[] = [];
    for await (const { rows } of pagesOf(feed)) {
      for (const row of rows) {
        const { delivery } = outcomeOf(feed, row, undefined, { seq: found.length + 1, observedAt: 1_800_000_000 });
        if (delivery) found.push(delivery);
      }
    }
    return found;
  });
  let bytes = 0;
  const map = (delivery: Delivery): void => void documentOf(delivery, OPTIONS);
  const mapAndWrite = (delivery: Delivery): void =>
    void (bytes += JSON.stringify(documentOf(delivery, OPTIONS)).length);
  return {
    perSecond: rounded(best(deliveries, map)),
    withJsonPerSecond: rounded(best(deliveries, mapAndWrite)),
    bytes: Math.round(bytes / (WARM + ROUNDS * DOCUMENTS)),
  };
}

function best(deliveries: readonly Delivery[], work: (delivery: Delivery) => void): number {
  const run = (count: number): number => {
    const from = performance.now();
    for (let n = 0; n < count; n++) work(deliveries[n % deliveries.length]!);
    return (count / (performance.now() - from)) * 1000;
  };
  run(WARM);
  return Math.max(...Array.from({ length: ROUNDS }, () => run(DOCUMENTS)));
}
