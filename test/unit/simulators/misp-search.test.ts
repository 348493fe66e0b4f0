import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { resultCountOf } from '../../../simulators/misp/restsearch.ts';
import { type MispSwitches } from '../../../simulators/misp/switches.ts';
import { ask, ids, now, post, still, values } from './ask.ts';

/** Five attributes, ids 1 to 5, one second after the other up to `now`, in two events. */
function five(switches: Partial<MispSwitches> = {}) {
  const made = still({ switches });
  const { data } = made;
  const first = data.insertEvent({
    tags: ['tlp:green'],
    published: true,
    publishTimestamp: now - 50,
    timestamp: now - 60,
    threatLevel: 1,
  });
  const second = data.insertEvent({ orgc: 'CIRCL', timestamp: now - 10, info: 'second one' });
  const rows = [
    data.insertAttribute(first, { type: 'ip-dst', value: '192.0.2.1', timestamp: now - 4 }),
    data.insertAttribute(first, { type: 'domain', value: 'A.example', timestamp: now - 3, tags: ['tlp:red'] }),
    data.insertAttribute(second, { type: 'domain|ip', value: 'b.example|192.0.2.2', timestamp: now - 2, toIds: false }),
    data.insertAttribute(second, { type: 'email', value: 'x@example.com', timestamp: now - 1 }),
    data.insertAttribute(second, { type: 'sha256', value: 'ab'.repeat(32), timestamp: now, warned: true }),
  ];
  return { ...made, first, second, rows };
}
const order = { order: 'Attribute.id asc' };

describe('filters (misp-api 2.2, misp-live 1)', () => {
  it.each<[object, number[]]>([
    [{ type: 'ip-dst' }, [1]],
    [{ type: ['ip-dst', 'domain'] }, [1, 2]],
    [{ type: '!ip-dst' }, [2, 3, 4, 5]],
    [{ type: { OR: ['ip-dst', 'domain'], NOT: ['domain'] } }, [1]],
    [{ type: 'ip-dst||domain' }, [1, 2]],
    [{ type: 'ip-dst&&domain' }, [1, 2]],
    [{ type: 'domain%' }, [2, 3]],
    [{ type: ['ip-dst', '!domain'] }, [1]],
    [{ type: 'email-src' }, [4]],
    [{ type: 'nothing' }, []],
    [{ type: 5 }, []],
    [{ type: { x: 1 } }, []],
    [{ type: [] }, [1, 2, 3, 4, 5]],
    [{ type: '' }, [1, 2, 3, 4, 5]],
    [{ category: 'Network activity' }, [1, 2, 3]],
    [{ to_ids: 1 }, [1, 2, 4, 5]],
    [{ to_ids: '0' }, [3]],
    [{ to_ids: 'exclude' }, [3]],
    [{ to_ids: false }, [1, 2, 3, 4, 5]],
    [{ to_ids: [0, 1] }, [1, 2, 3, 4, 5]],
    [{ published: 1 }, [1, 2]],
    [{ published: 0 }, [3, 4, 5]],
    [{ published: false }, [1, 2, 3, 4, 5]],
    [{ tags: 'tlp:green' }, [1, 2]],
    [{ tags: 'TLP:GREEN' }, []],
    [{ tags: ['tlp:red', 'unknown'] }, [2]],
    [{ tags: '!tlp:green' }, [3, 4, 5]],
    [{ tags: '!unknown' }, [1, 2, 3, 4, 5]],
    [{ tags: { AND: ['tlp:green', 'tlp:red'] } }, [2]],
    [{ tags: 'tlp:%' }, [1, 2]],
    [{ org: 'CIRCL' }, [3, 4, 5]],
    [{ org: '!CIRCL' }, [1, 2]],
    [{ org: 'unknown' }, []],
    [{ eventid: 2 }, [3, 4, 5]],
    [{ eventid: ['1', 2] }, [1, 2, 3, 4, 5]],
    [{ eventid: '!2' }, [1, 2]],
    [{ eventid: 99 }, []],
    [{ threat_level_id: 1 }, [1, 2]],
    [{ eventinfo: '%second%' }, [3, 4, 5]],
    [{ value: 'a.EXAMPLE' }, [2]],
    [{ value: '192.0.2.2' }, [3]],
    [{ value: '%example%' }, [2, 3, 4]],
    [{ value: '!192.0.2.1' }, [1, 2, 3, 4, 5]],
    [{ banana: 1 }, [1, 2, 3, 4, 5]],
    [{ type: null }, [1, 2, 3, 4, 5]],
    [{ timestamp: now - 2 }, [3, 4, 5]],
    [{ timestamp: String(now - 2) }, [3, 4, 5]],
    [{ attribute_timestamp: now - 2, timestamp: now - 1 }, [4, 5]],
    [{ timestamp: [now - 3, now - 2] }, [2, 3]],
    [{ timestamp: [now - 2, now - 3] }, [2, 3]],
    [{ timestamp: `${now - 3}||${now - 2}` }, [2, 3]],
    [{ timestamp: { 0: now - 3, 1: now - 2 } }, [2, 3]],
    [{ timestamp: [0, now - 4] }, [1]],
    [{ timestamp: '2s' }, [3, 4, 5]],
    [{ timestamp: 0 }, [1, 2, 3, 4, 5]],
    [{ timestamp: -5 }, [1, 2, 3, 4, 5]],
    [{ timestamp: false }, [1, 2, 3, 4, 5]],
    [{ timestamp: 'banana' }, []],
    [{ timestamp: '1w' }, []],
    [{ timestamp: true }, []],
    [{ timestamp: now * 1000 }, []],
    [{ event_timestamp: now - 20 }, [3, 4, 5]],
    [{ publish_timestamp: now - 50 }, [1, 2]],
    [{ last: '1d' }, [1, 2]],
    [{ enforceWarninglist: 1 }, [1, 2, 3, 4]],
    [{ sharinggroup: 1 }, []],
    [{ sharinggroup: [] }, [1, 2, 3, 4, 5]],
  ])('%j', (body, wanted) => {
    expect(ids(ask(five().misp, { ...order, ...body }))).toEqual(wanted);
  });

  it.each<[object, number[]]>([
    [{ first_seen: now - 60 }, [2]],
    [{ first_seen: [now - 120, now - 90] }, [1]],
    [{ last_seen: now - 70 }, [1]],
    [{ last_seen: [now - 60, now] }, [2]],
  ])('%j: rows that were never seen do not match', (body, wanted) => {
    const { misp, data } = still();
    const event = data.insertEvent();
    const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
    data.insertAttribute(event, { firstSeen: at(now - 100), lastSeen: at(now - 80) });
    data.insertAttribute(event, { firstSeen: at(now - 60), lastSeen: at(now - 60) });
    data.insertAttribute(event);
    expect(ids(ask(misp, { ...order, ...body }))).toEqual(wanted);
  });

  it('finds uuids of attributes and events', () => {
    const { misp, rows, first } = five();
    expect(ids(ask(misp, { ...order, uuid: [rows[3]!.uuid, first.uuid] }))).toEqual([1, 2, 4]);
    expect(ids(ask(misp, { ...order, uuid: ['none'] }))).toEqual([]);
    expect(ids(ask(misp, { ...order, uuid: [] }))).toHaveLength(5);
  });

  it.each([
    [{ timestamp: [1] }],
    [{ timestamp: [1, 2, 3] }],
    [{ timestamp: { from: 1 } }],
    [{ tags: [['tlp:red']] }],
    [{ limit: 'abc' }],
    [{ limit: [5] }],
    [{ limit: 1, page: 'abc' }],
  ])('%j is an internal error', (body) => {
    expect(ask(five().misp, body)).toMatchObject({ status: 500 });
  });
});

describe('how parameters get in (misp-api 2.1)', () => {
  const path = '/attributes/restSearch';
  const count = (reply: { body: string }): number =>
    (JSON.parse(reply.body) as { response: { Attribute: [] } }).response.Attribute.length;
  it('ignores everything without a JSON content type', () => {
    expect(count(post(five().misp, path, { type: 'ip-dst' }, { 'content-type': 'text/plain' }))).toBe(5);
  });
  it.each(['', '{}', '[]', 'null'])('answers 400 or everything to %j', (body) => {
    expect(post(five().misp, path, body).status).toBe(400);
    expect(count(post(five({ emptyBody: 'everything' }).misp, path, body))).toBe(5);
  });
  it('answers 405 to what is no JSON, and 404 to an unknown format', () => {
    expect(post(five().misp, path, '{"limit": 1,').status).toBe(405);
    expect(ask(five().misp, { returnFormat: 'nope' }).status).toBe(404);
  });
  it('reads {"request":…}, the query string and path parameters', () => {
    expect(ids(ask(five().misp, { request: { type: 'ip-dst' } }))).toEqual([1]);
    expect(count(post(five().misp, `${path}?type=ip-dst`, ''))).toBe(1);
    expect(count(post(five().misp, `${path}/type:ip-dst/limit:2`, ''))).toBe(1);
  });
  it('reads gzip', () => {
    const { misp } = five();
    const reply = misp.handle({
      method: 'POST',
      path,
      headers: { authorization: misp.key, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync('{"type":"ip-dst"}'),
    });
    expect(count(reply)).toBe(1);
  });
  it('merges default_restsearch_parameters under the request', () => {
    const { misp } = five({ defaultParameters: { type: 'ip-dst', to_ids: 1 } });
    expect(ids(ask(misp, { ...order, limit: 5 }))).toEqual([1]);
    expect(ids(ask(misp, { ...order, type: 'domain' }))).toEqual([2]);
  });
  it('counts and writes CSV', () => {
    expect(ask(five().misp, { returnFormat: 'count' }).reply.body).toBe('5');
    const csv = ask(five().misp, {
      ...order,
      returnFormat: 'csv',
      requested_attributes: ['id', 'value', 'deleted', 'timestamp'],
      limit: 1,
    });
    expect(csv.reply.body).toBe(`id,value,deleted,timestamp\n1,"192.0.2.1",0,${now - 4}\n\n`);
    expect(csv.headers['Content-Type']).toContain('text/csv');
  });
});

describe('order (misp-api 3.1)', () => {
  it.each<[unknown, number[]]>([
    ['Attribute.id desc', [5, 4, 3, 2, 1]],
    ['id', [1, 2, 3, 4, 5]],
    ['timestamp asc,id asc', [1, 2, 3, 4, 5]],
    [
      ['timestamp DESC', 'ID desc'],
      [5, 4, 3, 2, 1],
    ],
    ['Attribute.value', [1, 2, 5, 3, 4]],
    ['Event.publish_timestamp desc,id desc', [2, 1, 5, 4, 3]],
  ])('%j is honoured', (wanted, expected) => {
    expect(ids(ask(five().misp, { order: wanted, limit: 9 }))).toEqual(expected);
  });

  it.each([
    undefined,
    'banana',
    'attribute.id asc',
    'publish_timestamp',
    'Event.timestamp',
    { id: 'asc' },
    ['timestamp asc', 'banana'],
    'timestamp',
  ])('%j leaves ties or all rows in an order that changes', (wanted) => {
    const { misp, data } = still();
    const event = data.insertEvent();
    for (let i = 0; i < 50; i++) data.insertAttribute(event);
    const asked = [1, 2].map(() => ids(ask(misp, { order: wanted, limit: 50 })));
    expect(asked[0]).not.toEqual(asked[1]);
    expect(new Set(asked[0]).size).toBe(50);
  });

  it('is dropped by a switch', () => {
    const { misp, data } = still({ switches: { orderIgnored: true } });
    const event = data.insertEvent();
    for (let i = 0; i < 50; i++) data.insertAttribute(event);
    expect(ids(ask(misp, order))).not.toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });
});

describe('limit, page and X-Result-Count (misp-api 3.2, 3.3)', () => {
  it.each<[object, number[], string]>([
    [{ limit: 2 }, [1, 2], '3'],
    [{ limit: 2, page: 3 }, [5], '1'],
    [{ limit: 5 }, [1, 2, 3, 4, 5], '6'],
    [{ limit: 5, page: 2 }, [], '1'],
    [{ limit: '2', page: '2' }, [3, 4], '3'],
    [{ limit: 2.7 }, [1, 2], '2'],
    [{ limit: 2, page: 0 }, [1, 2], '3'],
    [{ limit: 2, page: 1.5 }, [2, 3], '3'],
    [{ limit: 0 }, [1, 2, 3, 4, 5], '5'],
    [{ limit: -1 }, [1, 2, 3, 4, 5], '6'],
    [{ page: 3 }, [1, 2, 3, 4, 5], '5'],
    [{ type: 'none' }, [], '0'],
    [{ type: 'none', limit: 5 }, [], '1'],
  ])('%j', (body, wanted, count) => {
    const answer = ask(five().misp, { ...order, ...body });
    expect(ids(answer)).toEqual(wanted);
    expect(answer.headers).toMatchObject({ 'X-Result-Count': count, 'X-Skipped-Elements-Count': '0' });
  });

  it('lowers the limit to that of the role', () => {
    const { misp } = five({ roleLimit: 2 });
    expect(ids(ask(misp, { ...order, limit: 100 }))).toEqual([1, 2]);
    expect(ids(ask(misp, { ...order, limit: 100, page: 3 }))).toEqual([5]);
    expect(ids(ask(misp, { ...order, type: '%' }))).toEqual([1, 2]);
  });

  it.each<[MispSwitches['resultCount'], object, number]>([
    ['per page', { raw: 10, shown: 10 }, 11],
    ['per page', { raw: 10, shown: 8, skipped: 2 }, 10],
    ['per page', { raw: 10, shown: 0, skipped: 10 }, 11],
    ['per page', { raw: 4, shown: 4 }, 4],
    ['per page', { raw: 4, shown: 0, skipped: 4 }, 5],
    ['per page', { raw: 0, shown: 0 }, 1],
    ['cumulative', { raw: 10, shown: 10, page: 2 }, 21],
    ['cumulative', { raw: 4, shown: 4, page: 2 }, 14],
    ['cumulative', { raw: 0, shown: 0, page: 3 }, 21],
    ['total', { raw: 10, shown: 10, total: 57 }, 57],
  ])('%s %j', (resultCount, counts, wanted) => {
    expect(
      resultCountOf({ resultCount }, { raw: 0, shown: 0, skipped: 0, limit: 10, page: 1, total: 0, ...counts }),
    ).toBe(wanted);
  });

  it('counts skipped rows in a header, hidden ones in none, and can leave the header out', () => {
    const { misp, data, rows } = five();
    data.mark(rows[0]!, { hidden: true });
    const answer = ask(misp, { ...order, limit: 5, enforceWarninglist: 1 });
    expect(ids(answer)).toEqual([2, 3, 4]);
    expect(answer.headers).toMatchObject({ 'X-Result-Count': '5', 'X-Skipped-Elements-Count': '1' });
    misp.switches.skippedHeader = false;
    expect(ask(misp, order).headers).not.toHaveProperty('X-Skipped-Elements-Count');
  });
});

describe('deleted (misp-api 2.4)', () => {
  const [old, middle, newest] = ['before 2.4.202', 'before 2.5.16', 'from 2.5.16'] as const;
  const live = [1];
  it.each<[MispSwitches['deleted'], boolean, unknown, number[]]>([
    ...[old, middle, newest].flatMap((column) =>
      [undefined, 0, '0', false, null].map((value): [typeof column, boolean, unknown, number[]] => [
        column,
        true,
        value,
        live,
      ]),
    ),
    [old, true, 1, [2]],
    [old, true, 'only', [2]],
    [old, true, [0, 1], [1, 2, 3]],
    [middle, false, 1, [2, 3]],
    [middle, false, true, [2, 3]],
    [middle, false, 'only', [2, 3]],
    [middle, false, ['0', '1'], [1, 2, 3]],
    [newest, true, 1, [2, 3]],
    [newest, true, [0, 1], [1, 2, 3]],
    [newest, true, 'only', [2, 3]],
    [newest, false, 1, []],
    [newest, false, [0, 1], live],
    [newest, false, 'only', [2, 3]],
  ])('%s, perm_sync %s: %j', (deleted, permSync, value, wanted) => {
    const { misp, data } = still({ switches: { deleted, permSync } });
    const event = data.insertEvent();
    data.insertAttribute(event);
    data.insertAttribute(event, { deleted: true });
    data.insertAttribute(event, { deleted: true, object: data.insertObject(event) });
    expect(ids(ask(misp, { ...order, limit: 10, deleted: value }))).toEqual(wanted);
  });
});

it('moves rows between two pages', () => {
  const { misp, data, rows } = five();
  const body = { timestamp: now - 10, order: 'timestamp asc,id asc', limit: 2 };
  misp.after(1, () => data.editAttribute(rows[0]!, { comment: 'edited' }));
  const walked = [1, 2, 3].flatMap((page) => values(ask(misp, { ...body, page })));
  expect(walked).not.toContain(rows[2]!.value);
});
