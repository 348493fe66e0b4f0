// Edits, late arrivals, withdrawals and expiry, and then a second relay that reads it all anew into other names of the same real
// Elasticsearch: document by document the same.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MispData } from '../../simulators/misp/data.ts';
import { indexOf } from '../../src/destinations/elasticsearch/names.ts';
import { install } from '../../src/install.ts';
import { createLog } from '../../src/log.ts';
import { comparable } from '../support/comparable.ts';
import { Scene } from '../support/e2e/scene.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';
import { documentsOf } from '../support/es-world.ts';
import { type Json, realElasticsearch, send } from '../support/real-elasticsearch.ts';

const HOUR = 3_600;
/** So long the first relay may take until the rows that are about to expire do so. */
const AHEAD_SECONDS = 20;

let temporal: TestTemporal;
const scenes: Scene[] = [];
const indices: string[] = [];
beforeAll(async () => {
  if (realElasticsearch) temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.close();
  for (const index of indices.splice(0)) await send(realElasticsearch!, 'DELETE', `/${index}`);
});
afterAll(() => temporal?.stop());

async function relay(data: MispData, namespace: string, onWithdraw: string): Promise<Scene> {
  const { url, access } = realElasticsearch!;
  const scene = await Scene.open(temporal, {
    data,
    destinations: { elastic: { type: 'elasticsearch', url, ...access, namespace, onWithdraw } },
    feed: { destination: 'elastic', expireAfter: '1h', filter: { toIds: true } },
  });
  scenes.push(scene);
  indices.push(indexOf(namespace));
  const choice = { type: 'elasticsearch', dryRun: false, takeOver: false };
  expect((await install(scene.config, createLog('silent'), choice))[0]!.problem).toBeNull();
  await scene.apply();
  await scene.settled();
  return scene;
}

/** What rules match, by uuid. */
async function standing(namespace: string): Promise<Map<string, Json>> {
  const documents = await documentsOf(realElasticsearch!, indexOf(namespace));
  return new Map(
    [...documents.values()]
      .filter(({ misp_relay: relayed }) => (relayed as { withdrawn?: string }).withdrawn === undefined)
      .map((document) => [(document as { misp: { attribute: { uuid: string } } }).misp.attribute.uuid, document]),
  );
}

describe.skipIf(!realElasticsearch)('a troubled index is like a fresh one', () => {
  it.each(['delete', 'mark'])('onWithdraw: %s', { timeout: 200_000 }, async (onWithdraw) => {
    const data = new MispData();
    const now = data.now();
    const event = data.addEvent({ info: 'a campaign' });
    const rows = (count: number, timestamp: number, more: object = {}) =>
      Array.from({ length: count }, () =>
        data.insertAttribute(event, { type: 'domain', toIds: true, timestamp, ...more }),
      );
    const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
    const steady = rows(300, now - 600);
    const ending = rows(40, now - HOUR + AHEAD_SECONDS);
    const seen = rows(40, now - 2 * HOUR, { lastSeen: iso(now) });
    rows(40, now - 2 * HOUR);
    data.publish(event);

    const namespace = `like${process.pid}x${Date.now().toString(36)}`;
    const first = await relay(data, `${namespace}a`, onWithdraw);
    const before = await standing(`${namespace}a`);
    for (const { uuid } of seen) expect(before.has(uuid)).toBe(true);

    for (const row of steady.slice(0, 30)) data.editAttribute(row, { value: `edited-${row.id}.example.com` });
    for (const row of steady.slice(30, 60)) data.deleteAttribute(row);
    for (const row of steady.slice(50, 60)) data.restoreAttribute(row);
    for (const row of steady.slice(60, 80)) data.editAttribute(row, { toIds: false });
    for (const row of steady.slice(80, 90)) data.tagAttribute(row, 'tlp:red');
    const late = rows(25, now - 700); // committed behind rows that were read already
    for (const row of ending.slice(0, 10)) data.editAttribute(row, { lastSeen: iso(data.now() + HOUR) });
    data.publish(event);
    const last = now + AHEAD_SECONDS + 2 - Date.now() / 1000;
    await sleep(Math.max(0, last * 1000));
    await first.settled();
    const there = await standing(`${namespace}a`);

    await relay(data, `${namespace}b`, onWithdraw);
    const fresh = await standing(`${namespace}b`);
    expect([...there.keys()].sort()).toEqual([...fresh.keys()].sort());
    for (const [uuid, document] of there) expect(withoutNames(document)).toEqual(withoutNames(fresh.get(uuid)!));

    // And what should have happened did.
    const has = (row: { uuid: string }): boolean => there.has(row.uuid);
    expect(late.every(has)).toBe(true);
    expect(ending.map(has)).toEqual(ending.map((_, n) => n < 10));
    expect(steady.slice(30, 50).some(has)).toBe(false);
    expect(steady.slice(60, 80).some(has)).toBe(false);
  });
});

/** Both relays have names of their own. */
function withoutNames(document: Json): Json {
  const { data_stream: _, ...rest } = comparable(document)!;
  const { feed: __, ...relayed } = rest['misp_relay'] as Json;
  const threat = structuredClone(rest['threat']) as { feed: Json; indicator: Json };
  for (const part of [threat.feed, threat.indicator]) delete part['reference'];
  return { ...rest, misp_relay: relayed, threat };
}
