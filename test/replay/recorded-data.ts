// The generated data behind the recorded histories, the same at each call: the recorder plays them, and the test looks for them.
import { generate } from '../../simulators/misp/generator.ts';
import type { MispData } from '../../simulators/misp/data.ts';
import { makeAttribute } from '../../simulators/misp/invent.ts';
import { seeded } from '../../simulators/random.ts';

export const FEED = 'recorded';
export const MISP_KEY = 'recorded0123456789recorded0123456789test';
export const HEC_TOKEN = '00000000-0000-4000-8000-5ecde7104e11';

const SEED = 7;
const NOW = 1_760_000_000;

export const recordedData = (): MispData => generate({ attributes: 60, seed: SEED, now: NOW });

/** Some attributes more, so that there is something to read. `round` from 0; fewer are the first ones of more. */
export function arrive(data: MispData, round: number, count: number): void {
  const random = seeded(SEED + 1 + round);
  const event = data.addEvent({ info: `Arrived in round ${random.hex(8)}`, uuid: random.uuid() });
  for (let n = 0; n < count; n++) data.addAttribute(event, makeAttribute(random, data.now()));
  data.publish(event);
}

/** So many rows do not go into one page. */
export const MORE_THAN_A_PAGE = 1_100;

/** How many rounds the recorder plays at most. */
export const ROUNDS = 8;
