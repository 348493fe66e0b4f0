import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MispSwitches } from '../../../simulators/misp/switches.ts';
import { ask, now, still } from './ask.ts';

const recordings = new URL('../../../../shared/data/misp-recordings/', import.meta.url);
const recorded = existsSync(recordings);

type Shape = Record<string, unknown>;
const recording = (name: string): Shape[] =>
  (
    JSON.parse(readFileSync(new URL(`${name}.json`, recordings), 'utf8')) as {
      response: { body: { response: { Attribute: Shape[] } } };
    }
  ).response.body.response.Attribute;

/** Keys in order, with the kind of each value; objects and the first of a list go deeper. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]);
  return value === null ? 'null' : typeof value;
}

function one(switches: Partial<MispSwitches> = {}, plain = false) {
  const made = still({ switches });
  const { data } = made;
  const event = data.insertEvent({
    tags: plain ? [] : ['tlp:amber', { name: 'mine', local: true }],
    threatLevel: 1,
    orgc: 'CIRCL',
  });
  const object = data.insertObject(event);
  const row = data.insertAttribute(event, {
    type: 'ip-dst',
    value: '192.0.2.1',
    timestamp: now,
    warned: true,
    tags: plain ? [] : ['tlp:red'],
  });
  return { ...made, event, object, row };
}

describe.skipIf(!recorded)('rows look as those of a real MISP 2.5.1', () => {
  it.each<[string, object, (row: Shape) => boolean, boolean]>([
    ['attr_plain_limit3', {}, (row) => !row['Tag'], true],
    ['attr_tagged_limit3', {}, (row) => row['Tag'] !== undefined, false],
    ['attr_includeContext', { includeContext: 1 }, (row) => !row['Tag'], true],
    [
      'attr_includeContext_EventTags_Decay',
      { includeContext: 1, includeEventTags: 1, includeDecayScore: 1, includeEventUuid: 1 },
      () => true,
      true,
    ],
    ['attr_includeWarninglistHits', { includeWarninglistHits: 1 }, (row) => row['warnings'] !== undefined, true],
    ['attr_includeEventUuid', { includeEventUuid: 1 }, (row) => !row['Tag'], true],
    ['attr_includeSightings', { includeSightings: 1 }, (row) => !row['Tag'], true],
  ])('%s', (name, body, pick, plain) => {
    const real = recording(name).find(pick)!;
    const { misp, data, event } = one({ version: '2.5.1' }, plain);
    if (body && 'includeEventTags' in body) data.tagEvent(event, 'tlp:green');
    const made = ask(misp, { limit: 3, ...body }).rows[0]!;
    const withoutEventTags = (row: Shape): Shape => {
      const context = row['Event'] as Shape;
      return {
        ...row,
        Event: 'Tag' in context ? { ...context, Tag: (context['Tag'] as unknown[]).slice(0, 1) } : context,
      };
    };
    const alike = (row: Shape): unknown =>
      name === 'attr_includeContext'
        ? shapeOf({ ...row, Event: { ...(row['Event'] as Shape), Tag: [] } })
        : shapeOf(withoutEventTags(row));
    expect(alike(made)).toEqual(alike(real));
  });
});

describe('rows (misp-api 5)', () => {
  const full = { includeContext: 1, includeEventTags: 1 };

  it('have the context of their event, and its tags as inherited, without local ones for perm_sync', () => {
    const { misp, event } = one();
    const [row] = ask(misp, full).rows as [Shape & { Event: Shape; Tag: Shape[] }];
    expect(Object.keys(row.Event)).toEqual([
      ...[
        'id',
        'orgc_id',
        'org_id',
        'date',
        'threat_level_id',
        'info',
        'published',
        'uuid',
        'analysis',
        'timestamp',
        'distribution',
      ],
      ...['publish_timestamp', 'sharing_group_id', 'extends_uuid', 'Tag', 'Org', 'Orgc', 'ThreatLevel'],
    ]);
    expect(row.Event).toMatchObject({
      uuid: event.uuid,
      Orgc: { name: 'CIRCL' },
      threat_level_id: '1',
      ThreatLevel: 'Medium',
    });
    expect(row.Tag.map(({ name, local, inherited }) => [name, local, inherited])).toEqual([
      ['tlp:red', false, undefined],
      ['tlp:amber', undefined, 1],
    ]);
    const other = one({ permSync: false });
    expect((ask(other.misp, full).rows[0]!['Event'] as { Tag: Shape[] }).Tag.map(({ name }) => name)).toEqual([
      'tlp:amber',
      'mine',
    ]);
  });

  it('have numbers instead of strings by a switch', () => {
    const { misp } = one({ numbers: true });
    expect(ask(misp, full).rows[0]).toMatchObject({
      id: 1,
      timestamp: now,
      to_ids: true,
      object_id: 0,
      Event: { id: 1, threat_level_id: 1 },
    });
  });

  it('show a change of their event at once', () => {
    const { misp, data, event } = one();
    ask(misp, full);
    data.publish(event);
    expect(ask(misp, full).rows[0]).toMatchObject({ Event: { published: true, publish_timestamp: String(now) } });
    data.tagEvent(event, 'tlp:amber', true);
    expect(ask(misp, full).rows[0]).toMatchObject({ Tag: [{ name: 'tlp:red' }], Event: { Tag: [] } });
  });

  it('lose their tags to includeProposals from 2.5.16 on', () => {
    expect(ask(one().misp, { includeProposals: 1, limit: 5 }).rows[0]).not.toHaveProperty('Tag');
    expect(ask(one({ version: '2.5.1' }).misp, { includeProposals: 1, limit: 5 }).rows[0]).toHaveProperty('Tag');
  });

  it('belong to an object, and carry attachments when asked', () => {
    const { misp, data, event, object } = one();
    data.insertAttribute(event, { object, relation: 'sha256', data: 'QUJD' });
    const [row] = ask(misp, { object_relation: 'sha256', withAttachments: 1 }).rows;
    expect(row).toMatchObject({ object_id: '1', Object: { id: '1', timestamp: String(now) }, data: 'QUJD' });
  });

  it.each([
    [0, 80],
    [1, 72.7],
    [10, 56.9],
    [30, 40],
    [60, 23.4],
    [121, 0],
  ])('decay: after %i days %d', (days, score) => {
    const { misp, tick } = one();
    tick(days * 86_400);
    const { decay_score } = ask(misp, { includeDecayScore: 1 }).rows[0] as {
      decay_score: { score: number; decayed: boolean }[];
    };
    expect(decay_score[1]!.score).toBeCloseTo(score, 0);
    expect(decay_score[1]!.decayed).toBe(score < 30);
    expect(ask(misp, { excludeDecayed: 1, limit: 5 }).rows).toHaveLength(score < 30 ? 0 : 1);
  });

  it.each<[string, Record<string, string | null>, string | RegExp]>([
    ['text for a number', { timestamp: '"soon"' }, '"timestamp":"soon"'],
    ['a NUL', { value: '"a\\u0000b"' }, '"a\\u0000b"'],
    ['a lone surrogate', { value: '"\\ud800"' }, '"\\ud800"'],
    ['the year 2099', { timestamp: '"4070908800"' }, '"4070908800"'],
    ['a list', { value: '["a"]' }, '"value":["a"]'],
  ])('can be odd: %s', (_, override, wanted) => {
    const { misp, data, row } = one();
    data.mark(row, { override });
    expect(ask(misp, { limit: 5 }).reply.body).toMatch(
      typeof wanted === 'string' ? new RegExp(wanted.replace(/[\\[\]]/g, '\\$&')) : wanted,
    );
  });

  it('can miss a key', () => {
    const { misp, data, row } = one();
    data.mark(row, { override: { uuid: null } });
    expect(ask(misp, { limit: 5 }).rows[0]).not.toHaveProperty('uuid');
  });

  it('can be large', () => {
    const { misp, data, row } = one();
    data.editAttribute(row, { value: 'x'.repeat(5_000_000) });
    expect(ask(misp, { limit: 5 }).reply.body.length).toBeGreaterThan(5_000_000);
  });
});
