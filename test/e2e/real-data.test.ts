// Real event files end to end: each attribute is found at the sink with its value intact.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MispData } from '../../simulators/misp/data.ts';
import { generate } from '../../simulators/misp/generator.ts';
import { Scene } from '../support/e2e/scene.ts';
import { ATTRIBUTES, FILES, HAVE_REAL_EVENTS, loadEach } from '../support/real-events.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';

let temporal: TestTemporal;
let scene: Scene;
beforeAll(async () => {
  temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(() => scene?.close());
afterAll(() => temporal?.stop());

/** Everything is read, delivered once, and every value, also the odd ones, is the same on both sides. */
async function allArrive(data: MispData): Promise<void> {
  scene = await Scene.start(temporal, { data });
  const { state } = await scene.settled();
  await scene.expectComplete(0);
  const live = [...data.byId.rows()].filter(({ deleted }) => !deleted);
  const { byUuid, events, attributes } = scene.hec.truth();
  expect({ events, attributes }).toEqual({ events: live.length, attributes: live.length });
  const wrong = live.filter(({ uuid, value }) => byUuid[uuid]?.value !== value);
  expect(wrong.map(({ uuid, value }) => ({ uuid, value, got: byUuid[uuid]?.value }))).toEqual([]);
  expect(await scene.letters()).toEqual([]);
  expect(state!.totals).toMatchObject({ confirmed: live.length, possibleDuplicates: 0 });
}

describe('real MISP events', () => {
  it.skipIf(!HAVE_REAL_EVENTS)(
    `all ${ATTRIBUTES} attributes of ${FILES} files arrive with their value intact`,
    async () => {
      const { data, loaded, files } = loadEach();
      expect(files).toBe(FILES);
      expect(loaded).toMatchObject({ attributes: ATTRIBUTES, duplicates: 0 });
      await allArrive(data);
    },
    240_000,
  );

  it.skipIf(HAVE_REAL_EVENTS)(
    'without the folder: generated events of all kinds arrive with their value intact',
    async () => {
      await allArrive(generate({ attributes: 20_000, seed: 43 }));
    },
    240_000,
  );
});
