// Every attribute of real MISP events becomes a document: nothing is thrown, no value is lost, no field is unknown. Where the events
// are not there, the property test covers the same ground.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventIn } from '../../src/misp/surroundings.ts';
import { documentOf } from '../../src/translate/ecs.ts';
import { FIELDS } from '../../src/translate/ecs/mapping.ts';
import type { Upsert } from '../../src/records/delivery.ts';
import { upsertOf } from '../contract/harness/carry.ts';
import { leavesOf } from '../support/leaves.ts';
import { recordWith } from '../support/records.ts';

const folder = fileURLToPath(new URL('../../../shared/data/misp-events', import.meta.url));
const options = {
  ...{ feedName: 'MISP', tags: null, namespace: 'default', dashboardId: 'd', preserveOriginal: false },
  time: 'attribute' as const,
};
type Attribute = Record<'type' | 'value', string>;

function* attributes(): Iterable<Attribute> {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json') || file === 'index.json') continue;
    const json = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { response?: unknown };
    for (const raw of [json.response ?? json].flat()) {
      const { attributes = [], objects = [] } = eventIn(withId(raw)) ?? {};
      yield* attributes as Attribute[];
      for (const object of objects as { Attribute?: Attribute[] }[]) yield* object.Attribute ?? [];
    }
  }
}

/** Exported events have no id. */
const withId = (raw: unknown): unknown => {
  const { Event } = raw as { Event?: object };
  return Event ? { Event: { id: '1', ...Event } } : raw;
};

it.skipIf(!existsSync(folder))('real attributes become documents', () => {
  let count = 0;
  for (const { type, value } of attributes()) {
    count++;
    const made = documentOf({ ...(upsertOf(1) as Upsert), record: recordWith({ type, value }) }, options);
    expect(made).toMatchObject({ misp: { attribute: { type, value } } });
    for (const [name] of leavesOf(made, (path) => FIELDS.get(path) === 'flattened'))
      if (!FIELDS.has(name)) throw new Error(`${type}: ${name} is not in the mapping`);
  }
  expect(count).toBeGreaterThan(5_000);
});
