import { describe, expect, it } from 'vitest';
import { type MispData } from '../../../simulators/misp/data.ts';
import { type MispEvent, type Row } from '../../../simulators/misp/model.ts';
import { ask, ids, now, still, values } from './ask.ts';

/** An old published event with one row alone and two in an object; then a day goes by. */
function old() {
  const made = still();
  const { data, tick } = made;
  const event = data.insertEvent({ timestamp: now, published: true, publishTimestamp: now });
  const alone = data.insertAttribute(event, { value: 'alone.example' });
  const object = data.insertObject(event);
  const inObject = [1, 2].map(() => data.insertAttribute(event, { object, type: 'md5' }));
  tick(86_400);
  return { ...made, event, alone, object, inObject };
}
type Old = ReturnType<typeof old>;
const later = now + 86_400;

/** What moves: A, E, P, and whether the event stays published (misp-api 4.1, misp-live 4). */
describe('which timestamp an action moves', () => {
  it.each<[string, (o: Old) => unknown, { a: boolean; e: boolean; p: boolean; published: boolean }]>([
    [
      'add an attribute',
      ({ data, event }) => data.addAttribute(event),
      { a: false, e: true, p: false, published: false },
    ],
    ['edit', ({ data, alone }) => data.editAttribute(alone), { a: true, e: true, p: false, published: false }],
    ['soft delete', ({ data, alone }) => data.deleteAttribute(alone), { a: true, e: true, p: false, published: false }],
    [
      'hard delete',
      ({ data, inObject }) => data.deleteAttribute(inObject[0]!, true),
      { a: false, e: true, p: false, published: false },
    ],
    ['restore', ({ data, alone }) => data.restoreAttribute(alone), { a: true, e: true, p: false, published: false }],
    [
      'attribute tag',
      ({ data, alone }) => data.tagAttribute(alone, 'x'),
      { a: true, e: true, p: false, published: false },
    ],
    [
      'local attribute tag',
      ({ data, alone }) => data.tagAttribute(alone, { name: 'x', local: true }),
      { a: false, e: false, p: false, published: true },
    ],
    ['event tag', ({ data, event }) => data.tagEvent(event, 'x'), { a: false, e: true, p: false, published: false }],
    [
      'local event tag',
      ({ data, event }) => data.tagEvent(event, { name: 'x', local: true }),
      { a: false, e: false, p: false, published: true },
    ],
    [
      'event edit',
      ({ data, event }) => data.editEvent(event, { info: 'new' }),
      { a: false, e: true, p: false, published: false },
    ],
    ['publish', ({ data, event }) => data.publish(event), { a: false, e: false, p: true, published: true }],
    ['unpublish', ({ data, event }) => data.unpublish(event), { a: false, e: false, p: false, published: false }],
    ['sighting', ({ data, alone }) => data.sight(alone), { a: false, e: false, p: false, published: true }],
    [
      'hard object delete',
      ({ data, object }) => data.deleteObject(object, true),
      { a: false, e: false, p: false, published: true },
    ],
    [
      'distribution',
      ({ data, event }) => data.setVisible(event, false),
      { a: false, e: false, p: false, published: true },
    ],
    ['delegation', ({ data, event }) => data.delegate(event), { a: false, e: false, p: false, published: true }],
    [
      'merge into it',
      ({ data, event }) => data.mergeEvent(data.insertEvent(), event),
      { a: false, e: false, p: false, published: true },
    ],
  ])('%s', (_, act, moved) => {
    const made = old();
    act(made);
    const { alone, event } = made;
    expect({
      a: alone.timestamp === later,
      e: event.timestamp === later,
      p: event.publishTimestamp === later,
      published: event.published,
    }).toEqual(moved);
  });

  it('object edit: removed rows are deleted with their old A, only E moves', () => {
    const { data, inObject, event } = old();
    data.removeByObjectEdit([inObject[0]!]);
    expect(inObject[0]).toMatchObject({ deleted: true, timestamp: now });
    expect(event.timestamp).toBe(later);
  });

  it('object delete: all its rows now and deleted; hard: gone', () => {
    const soft = old();
    soft.data.deleteObject(soft.object);
    expect(soft.inObject.every((row) => row.deleted && row.timestamp === later)).toBe(true);
    const hard = old();
    hard.data.deleteObject(hard.object, true);
    expect(ids(ask(hard.misp, { order: 'id', deleted: [0, 1] }))).toEqual([1]);
  });

  it('an accepted proposal keeps its old timestamp', () => {
    const { data, event } = old();
    expect(data.acceptProposal(event, { timestamp: now - 9 }).timestamp).toBe(now - 9);
    expect(event.timestamp).toBe(later);
  });
});

describe('what comes from elsewhere', () => {
  const attributes = [
    { timestamp: 1000, value: 'a.example' },
    { timestamp: 1001, value: 'b.example' },
  ];
  const seen = (misp: Old['misp'], body: object): unknown[] =>
    values(ask(misp, { order: 'Attribute.id asc', ...body }));

  it('a published import is seen by publish time alone, an unpublished one by id alone', () => {
    const { misp, data } = old();
    data.importEvent({ timestamp: 1000, published: true, attributes });
    expect(seen(misp, { timestamp: later - 5 })).toEqual([]);
    expect(seen(misp, { event_timestamp: later - 5 })).toEqual([]);
    expect(seen(misp, { publish_timestamp: later - 5 })).toEqual(['a.example', 'b.example']);
    data.importEvent({ timestamp: 1000, attributes: [{ timestamp: 1000, value: 'c.example' }] });
    expect(seen(misp, { publish_timestamp: later - 5 })).not.toContain('c.example');
    expect(seen(misp, { order: 'Attribute.id desc', limit: 1 })).toEqual(['c.example']);
  });

  it('an import shows the event first, then row by row, the publish time last', () => {
    const { misp, data } = old();
    const importing = data.beginImport({ published: true, timestamp: 1000, attributes });
    expect(importing.event).toMatchObject({ published: true, publishTimestamp: 0 });
    expect(importing.step()).toBe(1);
    expect(seen(misp, { eventid: importing.event.id })).toEqual(['a.example']);
    expect(importing.finish()).toMatchObject({ publishTimestamp: later });
    expect(seen(misp, { eventid: importing.event.id })).toHaveLength(2);
  });

  it('a late commit shows a lower id and an older timestamp after higher ones', () => {
    const { misp, data, event, tick } = old();
    const late = data.beginAttribute(event, { value: 'late.example' });
    tick(30);
    const early = data.addAttribute(event, { value: 'early.example' });
    expect(seen(misp, { limit: 99 })).not.toContain('late.example');
    const row = late.commit();
    expect(row.id).toBeLessThan(early.id);
    expect(row.timestamp).toBe(later);
    expect(seen(misp, { order: 'Attribute.id desc', limit: 2 })).toEqual(['early.example', 'late.example']);
  });

  it('a sync sets A and E as sent, also backwards, and P only when it publishes', () => {
    const { data, alone, event } = old();
    data.syncAttribute(alone, { comment: 'x', timestamp: now - 100 }, { eventTimestamp: now - 50, publish: false });
    expect(alone).toMatchObject({ comment: 'x', timestamp: now - 100 });
    expect(event).toMatchObject({ timestamp: now - 50, publishTimestamp: now });
    data.syncAttribute(alone, {}, { eventTimestamp: now - 40, publish: true });
    expect(event.publishTimestamp).toBe(later);
  });

  it('delegation keeps uuids and changes ids', () => {
    const { misp, data, event, alone } = old();
    const before = { event: event.id, row: alone.id, uuid: alone.uuid };
    data.delegate(event);
    expect(event.id).toBeGreaterThan(before.event);
    expect(alone.id).toBeGreaterThan(before.row);
    expect(ask(misp, { uuid: [before.uuid] }).rows).toHaveLength(1);
  });

  it('a deleted or hidden event takes its rows along; future and negative timestamps stay', () => {
    const { misp, data, event } = old();
    data.setVisible(event, false);
    expect(seen(misp, { deleted: [0, 1] })).toEqual([]);
    data.setVisible(event, true);
    data.insertAttribute(event, { timestamp: 4_070_908_800, value: 'future.example' });
    data.insertAttribute(event, { timestamp: -5, value: 'negative.example' });
    expect(seen(misp, { timestamp: later + 1 })).toEqual(['future.example']);
    data.deleteEvent(event);
    expect(seen(misp, { deleted: [0, 1] })).toEqual([]);
    expect(data.size).toBe(0);
  });
});

it('keeps its indexes right through many changes', () => {
  const { data } = still();
  const events: MispEvent[] = [data.insertEvent(), data.insertEvent()];
  const rows: Row[] = [];
  for (let i = 0; i < 300; i++) {
    rows.push(data.insertAttribute(events[i % 2]!, { timestamp: (i * 7919) % 101 }));
    if (i % 5 === 0) data.mark(rows[(i * 31) % rows.length]!, {});
    if (i % 7 === 0) data.editAttribute(rows[(i * 17) % rows.length]!);
    if (i % 11 === 0) drop(data, rows, (i * 13) % rows.length);
    if (i % 3 === 0) check(data, rows);
  }
  check(data, rows);
});

function drop(data: MispData, rows: Row[], at: number): void {
  data.deleteAttribute(rows[at]!, true);
  rows.splice(at, 1);
}

function check(data: MispData, rows: readonly Row[]): void {
  expect(data.byId.rows()).toEqual([...rows].sort((a, b) => a.id - b.id));
  expect(data.byTimestamp.rows()).toEqual([...rows].sort((a, b) => a.timestamp - b.timestamp || a.id - b.id));
}
