import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { step } from '../../../simulators/misp/activity.ts';
import { MispData } from '../../../simulators/misp/data.ts';
import { generate } from '../../../simulators/misp/generator.ts';
import { loadFile, loadFolder, type Loaded } from '../../../simulators/misp/loader.ts';
import { Misp } from '../../../simulators/misp/misp.ts';
import { truthOf } from '../../../simulators/misp/truth.ts';
import { seeded } from '../../../simulators/random.ts';
import { ask, now } from './ask.ts';

describe('loader', () => {
  const attribute = (uuid: string, timestamp: string, more: object = {}): object => ({
    uuid,
    timestamp,
    type: 'md5',
    value: 'v',
    ...more,
  });
  const event = (uuid: string, timestamp: string, attributes: object[], more: object = {}): object => ({
    uuid,
    timestamp,
    info: 'i',
    Attribute: attributes,
    ...more,
  });
  const load = (...files: unknown[]): { data: MispData; loaded: Loaded } => {
    const data = new MispData({ now: () => now });
    const loaded: Loaded = { events: 0, attributes: 0, skipped: 0, duplicates: 0 };
    for (const file of files) loadFile(data, typeof file === 'string' ? file : JSON.stringify(file), loaded);
    return { data, loaded };
  };

  it('reads all three shapes and counts what is no event', () => {
    const { loaded } = load(
      { Event: event('e1', '5', [attribute('a1', '5')]) },
      { response: [{ Event: event('e2', '5', [attribute('a2', '5')]) }] },
      event('e3', '5', [attribute('a3', '5')]),
      { uuid: { Orgc: 'a manifest' } },
      'no JSON',
    );
    expect(loaded).toEqual({ events: 3, attributes: 3, skipped: 2, duplicates: 0 });
  });

  it('reads objects, tags, deleted rows and organisations', () => {
    const { data } = load({
      Event: event('e1', '5', [attribute('a1', '5', { deleted: true, to_ids: false })], {
        Orgc: { name: 'ESET', uuid: 'o1' },
        Tag: [{ name: 'tlp:white', colour: '#ffffff' }, { name: 'misp-galaxy:tool="X"' }],
        published: true,
        Object: [
          { uuid: 'ob', name: 'file', Attribute: [attribute('a2', '6', { object_relation: 'md5', to_ids: true })] },
        ],
      }),
    });
    expect(data.event('e1')).toMatchObject({
      orgc: { name: 'ESET', uuid: 'o1' },
      published: true,
      publishTimestamp: 5,
    });
    expect(data.event('e1')!.tags.map(({ tag }) => tag.name)).toEqual(['tlp:white', 'misp-galaxy:tool="X"']);
    expect(data.row('a1')).toMatchObject({ deleted: true, toIds: false });
    expect(data.row('a2')).toMatchObject({ relation: 'md5', toIds: true, object: { uuid: 'ob' } });
  });

  it('keeps the newest of two versions', () => {
    const { data, loaded } = load(
      event('e1', '5', [attribute('a1', '5')]),
      event('e1', '9', [attribute('a1', '9'), attribute('a2', '9')]),
      event('e1', '7', []),
    );
    expect(loaded).toEqual({ events: 1, attributes: 2, skipped: 0, duplicates: 2 });
    expect(data.row('a1')!.timestamp).toBe(9);
  });

  it('leaves the event alone from which a newer copy takes an attribute', () => {
    const { data } = load(event('e1', '5', [attribute('a1', '5')]), event('e2', '9', [attribute('a1', '9')]));
    expect(data.event('e1')).toMatchObject({ timestamp: 5, rows: [] });
    expect(data.row('a1')!.event.uuid).toBe('e2');
  });

  const folder = new URL('../../../../shared/data/misp-events/', import.meta.url);
  it.skipIf(!existsSync(folder))('loads real event files', () => {
    const data = new MispData({ now: () => now });
    const loaded = loadFolder(data, fileURLToPath(folder));
    expect(loaded.events).toBe(data.events.size);
    expect(loaded.attributes).toBe(data.size);
    expect(loaded.attributes).toBeGreaterThan(5000);
    const { rows } = ask(new Misp({ data }), { order: 'id', deleted: [0, 1], includeContext: 1, includeEventTags: 1 });
    expect(rows).toHaveLength(data.size);
  });
});

describe('generator', () => {
  const data = generate({ attributes: 5000, seed: 7, now, clock: () => now });
  const rows = data.byId.rows();

  it('makes the number asked for, the same for the same seed', () => {
    expect(data.size).toBe(5000);
    expect(truthOf(generate({ attributes: 5000, seed: 7, now, clock: () => now }))).toEqual(truthOf(data));
    expect(truthOf(generate({ attributes: 5000, seed: 8, now, clock: () => now }))).not.toEqual(truthOf(data));
  });

  it('is as varied as a real instance', () => {
    const events = [...data.events.values()];
    const share = (test: (row: (typeof rows)[number]) => boolean): number => rows.filter(test).length / rows.length;
    expect(new Set(rows.map((row) => row.type)).size).toBeGreaterThan(15);
    expect(share((row) => row.toIds)).toBeGreaterThan(0.5);
    expect(share((row) => row.deleted)).toBeGreaterThan(0.001);
    expect(share((row) => row.object !== null)).toBeGreaterThan(0.01);
    expect(share((row) => row.timestamp < now - 1000 * 86_400)).toBeGreaterThan(0.01);
    expect(share((row) => row.timestamp === data.event(1)!.timestamp)).toBeGreaterThanOrEqual(0.1);
    expect(events.some((event) => !event.published)).toBe(true);
    expect(new Set(events.map((event) => event.orgc.name)).size).toBe(5);
    expect(data.tags.has('TLP:GREEN') && data.tags.has('tlp:green')).toBe(true);
  });
});

it('activity goes on by its seed', () => {
  const run = (): { said: string[]; truth: unknown } => {
    let time = now;
    const data = generate({ attributes: 200, seed: 1, now, clock: () => time });
    const random = seeded(3);
    const said = Array.from({ length: 200 }, () => {
      time++;
      return step(data, random);
    });
    return { said, truth: truthOf(data) };
  };
  const first = run();
  expect(run()).toEqual(first);
  expect(new Set(first.said.map((text) => text.split(' ')[0]))).toEqual(
    new Set(['added', 'edited', 'tagged', 'deleted', 'restored', 'published', 'imported', 'to_ids']),
  );
});
