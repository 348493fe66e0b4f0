import { seeded } from '../random.ts';
import { MispData } from './data.ts';
import { makeAttribute, makeEvent, makeFileObject } from './invent.ts';

export interface GenerateOptions {
  /** One for each 40 attributes unless given. */
  events?: number | undefined;
  attributes: number;
  seed?: number | undefined;
  /** Epoch seconds; the data lie before it. The real clock unless given. */
  now?: number | undefined;
  /** Clock of the made data, when it is not the real one. */
  clock?: (() => number) | undefined;
}

const day = 86_400;

/**
 * Data as an instance holds them, the same for the same options: several organisations, tags of all kinds, composite types,
 * file objects, 90 days of timestamps and some of 2014, unpublished events, deleted rows, and a burst of a tenth of all rows
 * (at most 12,000) in one second, as a feed import makes it.
 */
export function generate(options: GenerateOptions): MispData {
  const { attributes, seed = 1, now = Math.floor(Date.now() / 1000) } = options;
  const random = seeded(seed);
  const data = new MispData({ now: options.clock, seed });
  const count = Math.max(1, options.events ?? Math.ceil(attributes / 40));
  const events = Array.from({ length: count }, () => {
    const at = random.chance(0.08) ? Date.UTC(2014, 3, 1) / 1000 + random.int(200 * day) : now - random.int(90 * day);
    return makeEvent(data, random, at);
  });
  const burst = Math.min(12_000, Math.floor(attributes / 10));
  for (let made = 0; made < attributes;) {
    const inBurst = made < burst;
    const event = inBurst ? events[0]! : events[count === 1 ? 0 : 1 + random.int(count - 1)]!;
    // Attributes are added while the event is worked on.
    const at = inBurst ? event.timestamp : Math.max(0, event.timestamp - random.int(2 * day));
    if (!inBurst && attributes - made >= 4 && random.chance(0.02)) {
      const object = data.insertObject(event, { uuid: random.uuid(), name: 'file', timestamp: at });
      for (const fields of makeFileObject(random, at)) data.insertAttribute(event, { ...fields, object });
      made += 4;
      continue;
    }
    data.insertAttribute(event, { ...makeAttribute(random, at), deleted: !inBurst && random.chance(0.01) });
    made++;
  }
  for (const event of events) {
    if (random.chance(0.12)) continue;
    event.published = true;
    event.publishTimestamp = Math.min(now, event.timestamp + random.int(3600));
  }
  return data;
}
