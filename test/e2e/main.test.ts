// The main path on the real Temporal server: what changes in MISP, and what arrives of it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MispData } from '../../simulators/misp/data.ts';
import { generate } from '../../simulators/misp/generator.ts';
import type { MispEvent, Row } from '../../simulators/misp/model.ts';
import { eventsOf, Scene, type SceneOptions } from '../support/e2e/scene.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';

let temporal: TestTemporal;
let scene: Scene;
const start = async (options: SceneOptions = {}): Promise<Scene> => (scene = await Scene.start(temporal, options));
const actions = (row: Row): unknown[] => eventsOf(scene.hec, row.uuid).map(({ action }) => action);
const lastOf = (row: Row): Record<string, unknown> | undefined => eventsOf(scene.hec, row.uuid).at(-1);

beforeAll(async () => {
  temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(() => scene?.close());
afterAll(() => temporal?.stop());

const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);

/** One published event of an hour ago, with some attributes. */
function small(attributes = 3): { data: MispData; event: MispEvent; rows: Row[] } {
  const data = new MispData();
  const at = now() - HOUR;
  const event = data.insertEvent({ timestamp: at, published: true, publishTimestamp: at });
  const rows = Array.from({ length: attributes }, (_, n) =>
    data.insertAttribute(event, { type: 'domain', value: `a${n}.example.org`, timestamp: at, toIds: true }),
  );
  return { data, event, rows };
}

describe('the main path', () => {
  it('delivers everything once from the beginning, with value and time as MISP shows them', async () => {
    await start({ data: generate({ attributes: 4_000, seed: 7 }), source: { pageSize: 700 } });
    const { state, ledger } = await scene.settled();
    await scene.expectComplete(0);
    const live = [...scene.data.byId.rows()].filter(({ deleted }) => !deleted);
    expect(scene.hec.counts()).toMatchObject({ events: live.length, attributes: live.length, foreign: 0 });
    expect(ledger.live).toBe(live.length);
    expect(state!.totals).toMatchObject({ confirmed: live.length, rejected: 0, possibleDuplicates: 0 });
    for (const row of live.slice(0, 100))
      expect(lastOf(row)).toMatchObject({ value: row.value, type: row.type, attribute_time: row.timestamp });
    const before = scene.hec.counts().events;
    await scene.settled();
    expect(scene.hec.counts().events).toBe(before);
  });

  it('follows new, edited, deleted and restored attributes', async () => {
    const { data, event, rows } = small();
    await start({ data });
    await scene.settled();
    const added = data.addAttribute(event, { type: 'ip-dst', value: '192.0.2.7' });
    data.editAttribute(rows[0]!, { comment: 'seen again' });
    data.deleteAttribute(rows[1]!);
    await scene.settled();
    expect(lastOf(added)).toMatchObject({ action: 'upsert', value: '192.0.2.7' });
    expect(lastOf(rows[0]!)).toMatchObject({
      action: 'upsert',
      comment: 'seen again',
      attribute_time: rows[0]!.timestamp,
    });
    expect(lastOf(rows[1]!)).toMatchObject({ action: 'withdraw', reason: 'deleted', value: 'a1.example.org' });
    await scene.expectComplete(0);

    data.restoreAttribute(rows[1]!);
    await scene.settled();
    expect(actions(rows[1]!)).toEqual(['upsert', 'withdraw', 'upsert']);
    await scene.expectComplete(0);
  });

  it('withdraws what the filter no longer lets through, and delivers it again when it comes back', async () => {
    const { data, rows } = small();
    const [flag, tag, other] = rows as [Row, Row, Row];
    await start({ data, feed: { filter: { toIds: true, tags: ['!workflow:state="rejected"'] } } });
    await scene.settled();
    expect(scene.hec.counts().upserts).toBe(3);

    data.editAttribute(flag, { toIds: false });
    data.tagAttribute(tag, 'workflow:state="rejected"');
    await scene.settled();
    expect(lastOf(flag)).toMatchObject({ action: 'withdraw', reason: 'filtered: toIds' });
    expect(lastOf(tag)).toMatchObject({ action: 'withdraw', reason: 'filtered: tag !workflow:state="rejected"' });
    expect(lastOf(other)).toMatchObject({ action: 'upsert' });

    data.editAttribute(flag, { toIds: true });
    data.tagAttribute(tag, 'workflow:state="rejected"', true);
    await scene.settled();
    expect(actions(flag)).toEqual(['upsert', 'withdraw', 'upsert']);
    expect(actions(tag)).toEqual(['upsert', 'withdraw', 'upsert']);
    await scene.expectComplete(0);
  });

  it('keeps what is unpublished to be edited under published: true', async () => {
    const { data, event, rows } = small();
    await start({ data, feed: { filter: { published: true } } });
    await scene.settled();
    data.editAttribute(rows[0]!, { comment: 'in the works' }); // unpublishes
    await scene.settled();
    expect(rows.map(actions)).toEqual([['upsert'], ['upsert'], ['upsert']]);
    data.publish(event);
    await scene.settled();
    expect(rows.map(actions)).toEqual([['upsert', 'upsert'], ['upsert'], ['upsert']]);
    expect(lastOf(rows[0]!)).toMatchObject({ comment: 'in the works' });
    await scene.expectComplete(0);
  });

  it('sees a delete by an edit of the object, although the attribute keeps its old timestamp', async () => {
    const { data, event } = small(1);
    const at = event.timestamp;
    const object = data.insertObject(event, { timestamp: at });
    const kept = data.insertAttribute(event, {
      object,
      relation: 'filename',
      type: 'filename',
      value: 'a.exe',
      timestamp: at,
    });
    const removed = data.insertAttribute(event, {
      object,
      relation: 'md5',
      type: 'md5',
      value: 'f'.repeat(32),
      timestamp: at,
    });
    await start({ data });
    await scene.settled();
    data.removeByObjectEdit([removed]);
    await scene.settled();
    expect(actions(removed)).toEqual(['upsert', 'withdraw']);
    expect(lastOf(removed)).toMatchObject({ reason: 'deleted' });
    expect(lastOf(kept)).toMatchObject({ action: 'upsert', object: { relation: 'filename' } });
    await scene.expectComplete(0);
  });

  it('sees imports with old timestamps, published or not', async () => {
    const { data } = small();
    await start({ data });
    await scene.settled();
    const old = now() - 300 * 24 * HOUR;
    const attributes = ['x', 'y'].map((name) => ({ type: 'domain', value: `${name}.example.net`, timestamp: old }));
    const published = data.importEvent({ timestamp: old, published: true, attributes });
    const hidden = data.importEvent({ timestamp: old, published: false, attributes });
    await scene.settled();
    for (const row of [...published.rows, ...hidden.rows]) expect(actions(row)).toEqual(['upsert']);
    await scene.expectComplete(0);
  });

  it('sends nothing for a publish without a change, and every attribute for a changed tag of the event', async () => {
    const { data, event, rows } = small();
    await start({ data });
    await scene.settled();
    data.publish(event);
    await scene.settled();
    data.unpublish(event);
    await scene.settled();
    data.publish(event);
    await scene.settled();
    expect(scene.hec.counts().events).toBe(3);

    data.tagEvent(event, 'tlp:amber');
    await scene.settled();
    for (const row of rows) {
      expect(actions(row)).toEqual(['upsert', 'upsert']);
      expect(lastOf(row)).toMatchObject({ tlp: 'amber', event: { tags: ['tlp:amber'] } });
    }
    await scene.expectComplete(0);
  });

  it('delivers what is dated in the future, sets aside what no column of MISP can hold, and is led astray by neither', async () => {
    const { data, event } = small();
    const dated = (value: string, timestamp: number): Row =>
      data.insertAttribute(event, { type: 'domain', value, timestamp });
    const last = dated('last.example.org', 2 ** 31 - 1);
    const beyond = dated('beyond.example.org', Date.UTC(2099, 0, 1) / 1000);
    await start({ data });
    const { state } = await scene.settled();
    expect(lastOf(last)).toMatchObject({ value: 'last.example.org', attribute_time: last.timestamp });
    expect(await scene.letters()).toMatchObject([{ uuid: beyond.uuid, code: 'ROW_MALFORMED' }]);
    expect(state!.cursor.second).toBeLessThanOrEqual(now());
    const later = data.addAttribute(event, { type: 'domain', value: 'later.example.org' });
    await scene.settled();
    expect(actions(later)).toEqual(['upsert']);
    expect(actions(last)).toEqual(['upsert']);
    expect(await scene.letters()).toHaveLength(1);
    await scene.expectComplete(0);
  });

  it('sets odd rows aside or delivers them as they are, and their neighbours arrive', async () => {
    const { data, event, rows } = small(20);
    const at = event.timestamp;
    const odd = (value: string, override: Row['override'] = null, timestamp = at): Row => {
      const row = data.insertAttribute(event, { type: 'text', value, timestamp });
      if (override) data.mark(row, { override });
      return row;
    };
    const nameless = odd('nameless', { uuid: null });
    const worded = odd('worded', { timestamp: '"yesterday"' });
    const huge = odd('x'.repeat(5 * 1024 * 1024));
    const nul = odd('before\u0000after');
    const surrogate = odd('lone', { value: '"a\\ud800b"' });
    const timeless = odd('timeless', null, 0);
    await start({ data });
    const { state } = await scene.settled();
    const letters = await scene.letters();
    expect(letters.map(({ code }) => code).sort()).toEqual(['RECORD_TOO_LARGE', 'ROW_MALFORMED', 'ROW_MALFORMED']);
    expect(letters.find(({ code }) => code === 'RECORD_TOO_LARGE')).toMatchObject({
      uuid: huge.uuid,
      stage: 'translate',
    });
    expect(letters.find(({ uuid }) => uuid === worded.uuid)?.reason).toContain('timestamp');
    expect(letters.some(({ uuid, raw }) => uuid === null && raw.includes(nameless.value))).toBe(true);
    expect(lastOf(nul)).toMatchObject({ value: 'before\u0000after' });
    expect(String(lastOf(surrogate)?.['value'])).toMatch(/^a.b$/u);
    expect(lastOf(timeless)).toMatchObject({ value: 'timeless', attribute_time: 0, time_source: 'observed' });
    for (const row of rows) expect(actions(row)).toEqual(['upsert']);
    expect(state!.cursor.second).toBeGreaterThan(at);
    await scene.settled();
    expect(await scene.letters()).toHaveLength(3); // the same ones, not more at each poll
    expect((await scene.missing()).filter((uuid) => uuid !== nameless.uuid)).toEqual([]);
  });
});
