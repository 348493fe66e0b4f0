import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Upsert } from '../../../src/records/delivery.ts';
import { BODY_KEYS, bodyOf, envelopeOf, EVENT_KEYS, type EnvelopeOptions } from '../../../src/translate/splunk.ts';
import type { IndicatorRecord } from '../../../src/records/record.ts';
import { upsertOf, withdrawalOf } from '../../contract/harness/carry.ts';
import { recordWith } from '../../support/records.ts';

const options: EnvelopeOptions = { time: 'attribute', host: 'relay-1', sourcetype: 'misp:attribute' };
const AS_IS = (body: Record<string, unknown>) => body;
const envelope = (delivery: Parameters<typeof envelopeOf>[0], more: Partial<EnvelopeOptions> = {}) =>
  envelopeOf(delivery, AS_IS, { ...options, ...more });
const tag = (name: string) => ({ name, local: false });
const full = (changes: Partial<IndicatorRecord> = {}, event: Partial<IndicatorRecord['event']> = {}): Upsert => ({
  ...(upsertOf(1) as Upsert),
  record: recordWith({ object: { id: '77', relation: 'ip', details: null }, ...changes }, event),
});

describe('the body', () => {
  it('has the keys of the documentation, in their order, and only those', () => {
    const delivery = full({
      type: 'ip-dst|port',
      value: '198.51.100.7|443',
      attachment: 'aGk=',
      tags: [tag('own'), tag('TLP:Amber')],
      decay: [{ model: 'NIDS', modelId: '3', score: 39.5, baseScore: 80, decayed: true }],
    });
    const body = bodyOf({ ...delivery, expiresAt: 1_764_999_999 });
    expect(body).toMatchObject({ decayed: true, decay: [{ model: 'NIDS', score: 39.5, decayed: true }] });
    expect(Object.keys(body)).toEqual(BODY_KEYS.filter((key) => key !== 'reason' && key !== 'time_source'));
    expect(Object.keys(body['event'] as object)).toEqual(EVENT_KEYS);
    const page = readFileSync(new URL('../../../docs/splunk-event.md', import.meta.url), 'utf8');
    for (const key of [...BODY_KEYS, ...EVENT_KEYS]) expect(page).toContain(key);
  });

  it('says what MISP says', () => {
    const body = bodyOf(full({ uuid: 'u', value: 'v' }, { tags: [tag('tlp:green'), tag('a')] }));
    expect(body).toMatchObject({
      schema: 1,
      action: 'upsert',
      uuid: 'u',
      value: 'v',
      event_id: '1',
      feed: 'everything',
      misp: 'main',
      link: 'https://misp.example.org/events/view/00000000-0000-4000-8000-0000000000e1',
      tags: ['tlp:green'],
      first_seen: null,
      distribution: 5,
      sharing_group_id: '0',
      object: { id: '77', relation: 'ip' },
      event: { threat_level: 'High', tags: ['tlp:green', 'a'] },
    });
  });

  it.each([
    [{ object: null }, {}, 'object'],
    [{ tags: [] }, {}, 'tlp'],
    [{}, { publishTimestamp: 0 }, 'publish_time'],
    [{}, {}, 'data'],
    [{ type: 'url', value: 'http://x/a|b' }, {}, 'value1'],
    [{ type: 'ip-dst|port', value: 'no halves' }, {}, 'value1'],
  ] as const)('leaves out what is not there: %j %j', (changes, event, key) => {
    expect(bodyOf(full(changes as Partial<IndicatorRecord>, event))).not.toHaveProperty(key);
  });

  it.each([
    ['filename|sha512/224', 'a.exe|00', ['a.exe', '00']],
    ['malware-sample', 'a|b|00', ['a', 'b|00']],
    ['regkey|value', String.raw`HKLM\a|`, [String.raw`HKLM\a`, '']],
  ])('splits %s', (type, value, halves) => {
    const { value1, value2 } = bodyOf(full({ type, value }));
    expect([value1, value2]).toEqual(halves);
  });

  it.each([
    [['tlp:white'], [], 'clear'],
    [['tlp:green'], ['TLP: AMBER+STRICT'], 'amber+strict'],
    [['tlp:red'], ['tlp:clear'], 'red'],
    [['tlp:ex:chr'], [], 'red'],
  ])('tlp of %j and %j: %s', (own, inherited, tlp) => {
    expect(bodyOf(full({ tags: own.map(tag) }, { tags: inherited.map(tag) }))['tlp']).toBe(tlp);
  });

  it('of a withdrawal: the stored identity and the reason', () => {
    expect(bodyOf(withdrawalOf(7))).toMatchObject({
      action: 'withdraw',
      reason: 'deleted',
      value1: '198.51.100.7',
      value2: '443',
      delivery_id: 'withdrawal-7',
      event: { uuid: '00000000-0000-4000-8000-0000000000e1' },
    });
  });
});

describe('the envelope', () => {
  it('has only keys that HEC knows, and no key without a value', () => {
    expect(Object.keys(envelope(full()))).toEqual(['time', 'host', 'source', 'sourcetype', 'event', 'fields']);
    expect(envelope(full(), { index: 'ti', source: 's' })).toMatchObject({ index: 'ti', source: 's' });
    expect(envelope(full())).toMatchObject({ host: 'relay-1', source: 'misp:main', sourcetype: 'misp:attribute' });
  });

  it.each([
    ['attribute', {}, {}, 1_700_000_000, undefined],
    ['publish', {}, {}, 1_700_000_100, undefined],
    ['observed', {}, {}, 1_764_000_000, undefined],
    ['attribute', { timestamp: 0 }, {}, 1_764_000_000, 'observed'],
    ['attribute', { timestamp: -5 }, {}, 1_764_000_000, 'observed'],
    ['attribute', { timestamp: 4_070_908_800 }, {}, 4_070_908_800, undefined],
    ['publish', {}, { publishTimestamp: 0 }, 1_764_000_000, 'observed'],
  ] as const)('time: %s with %j %j', (time, changes, event, expected, source) => {
    const made = envelope(full(changes, event), { time });
    expect(made['time']).toBe(expected);
    expect((made['event'] as Record<string, unknown>)['time_source']).toBe(source);
  });

  it('a withdrawal happens when it is found', () => {
    expect(envelope(withdrawalOf(1), { time: 'publish' })['time']).toBe(1_764_000_000);
  });

  it('fields are flat texts, never null, never empty, below 1,000 characters', () => {
    const { fields } = envelope(full({ type: `${'x'.repeat(998)}🦔` }, { uuid: '' })) as {
      fields: Record<string, string>;
    };
    expect(Object.keys(fields)).toEqual(['delivery_id', 'misp_uuid', 'misp_type', 'misp_to_ids', 'action']);
    expect(fields['misp_type']).toBe('x'.repeat(998));
    expect(fields['misp_to_ids']).toBe('true');
    expect(envelope(withdrawalOf(1))['fields']).toMatchObject({ action: 'withdraw', misp_to_ids: 'true' });
  });
});
