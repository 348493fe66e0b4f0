import { describe, expect, it } from 'vitest';
import type { IndicatorRecord, SiblingAttribute } from '../../../src/records/record.ts';
import type { Upsert } from '../../../src/records/delivery.ts';
import { documentOf, ecsVocabulary, markOf, type EcsOptions } from '../../../src/translate/ecs.ts';
import { shapeOf } from '../../../src/translate/shape.ts';
import { upsertOf, withdrawalOf } from '../../contract/harness/carry.ts';
import { recordWith, uuidOf } from '../../support/records.ts';

const options: EcsOptions = {
  feedName: 'MISP',
  time: 'attribute',
  tags: null,
  namespace: 'default',
  dashboardId: 'relay-overview',
  preserveOriginal: false,
};
const deliveryOf = (
  changes: Partial<IndicatorRecord>,
  event: Partial<IndicatorRecord['event']> = {},
  more: Partial<Upsert> = {},
): Upsert => ({ ...(upsertOf(1) as Upsert), record: recordWith({ uuid: uuidOf(1), ...changes }, event), ...more });
const document = (...given: Parameters<typeof deliveryOf>) => documentOf(deliveryOf(...given), options);
const indicator = (type: string, value: string): Record<string, unknown> => {
  const { threat } = document({ type, value }) as { threat: { indicator: Record<string, unknown> } };
  const { marking: _m, modified_at: _a, provider: _p, reference: _r, name, ...rest } = threat.indicator;
  expect(name).toBe(value);
  return rest;
};
const notesOf = (type: string, value: string): unknown => (document({ type, value })['error'] as never)?.['message'];
const tag = (name: string) => ({ name, local: false });

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

describe('the value', () => {
  it.each<[type: string, value: string, fields: Record<string, unknown>]>([
    ['ip-dst', '198.51.100.7', { type: 'ipv4-addr', ip: '198.51.100.7' }],
    ['ip-src', '2001:db8::7', { type: 'ipv6-addr', ip: '2001:db8::7' }],
    ['ip-dst', '198.51.100.0/24', { type: 'ipv4-addr', ip_range: '198.51.100.0/24' }],
    ['ip-dst', '198.51.100.7/32', { type: 'ipv4-addr', ip: '198.51.100.7', ip_range: '198.51.100.7/32' }],
    ['ip-dst', '2001:db8::/32', { type: 'ipv6-addr', ip_range: '2001:db8::/32' }],
    ['ip-dst|port', '198.51.100.7|443', { type: 'ipv4-addr', ip: '198.51.100.7', port: 443 }],
    ['domain', 'c2.example.org', { type: 'domain-name', url: { domain: 'c2.example.org' } }],
    ['domain|ip', 'a.example|192.0.2.1', { type: 'domain-name', url: { domain: 'a.example' }, ip: '192.0.2.1' }],
    ['hostname|port', 'a.example|8443', { type: 'domain-name', url: { domain: 'a.example' }, port: 8443 }],
    ['md5', MD5.toUpperCase(), { type: 'file', file: { hash: { md5: MD5 } } }],
    ['sha512/224', 'ab'.repeat(28), { type: 'file', file: { hash: { 'sha512/224': 'ab'.repeat(28) } } }],
    ['tlsh', 'T1ab', { type: 'file', file: { hash: { tlsh: 'T1ab' } } }],
    ['imphash', MD5, { type: 'file', file: { hash: { imphash: MD5 }, pe: { imphash: MD5 } } }],
    ['filename|ssdeep', 'a|b|c', { type: 'file', file: { name: 'a', hash: { ssdeep: 'b|c' } } }],
    ['malware-sample', `x.exe|${MD5}`, { type: 'file', file: { name: 'x.exe', hash: { md5: MD5 } } }],
    ['AS', 'AS64500', { type: 'autonomous-system', as: { number: 64_500 } }],
    ['email-src', 'a@example.org', { type: 'email-addr', email: { address: 'a@example.org' } }],
    ['email-subject', 'invoice', { type: 'email-addr', email: { subject: 'invoice' } }],
    ['mutex', 'Global\\x', { type: 'mutex', mutex: 'Global\\x' }],
    ['size-in-bytes', '12', { type: 'file', file: { size: 12 } }],
    ['x509-fingerprint-sha1', SHA1, { type: 'x509-certificate', x509: { hash: { sha1: SHA1 } } }],
    [
      'regkey|value',
      'HKLM\\Software\\X|cmd|1',
      {
        type: 'windows-registry-key',
        registry: {
          hive: 'HKLM',
          key: 'HKLM\\Software\\X',
          path: 'HKLM\\Software\\X',
          value: 'cmd|1',
          data: { strings: ['cmd|1'] },
        },
      },
    ],
    [
      'url',
      'https://u@c2.example.org:8443/a/b.php?q=1#f',
      {
        type: 'url',
        url: {
          original: 'https://u@c2.example.org:8443/a/b.php?q=1#f',
          full: 'https://u@c2.example.org:8443/a/b.php?q=1#f',
          ...{ scheme: 'https', domain: 'c2.example.org', port: 8443, path: '/a/b.php', query: 'q=1', fragment: 'f' },
          ...{ username: 'u', extension: 'php' },
        },
      },
    ],
    [
      'link',
      'c2.example.org/a',
      {
        type: 'url',
        url: { original: 'c2.example.org/a', full: 'c2.example.org/a', domain: 'c2.example.org', path: '/a' },
      },
    ],
    ['text', 'anything', {}],
    ['a type of tomorrow', 'x', {}],
  ])('%s %s', (type, value, fields) => {
    expect(indicator(type, value)).toEqual(fields);
    expect(document({ type, value })).toMatchObject({ misp: { attribute: { type, value } } });
    expect(notesOf(type, value)).toBeUndefined();
  });

  it.each<[type: string, value: string, left: Record<string, unknown>]>([
    ['ip-dst', '198.51.100.256', { type: 'ipv4-addr' }],
    ['ip-dst|port', '198.51.100.7|https', { type: 'ipv4-addr', ip: '198.51.100.7' }],
    ['ip-dst|port', '198.51.100.7', { type: 'ipv4-addr', ip: '198.51.100.7' }],
    ['port', '65536', { type: 'port' }],
    ['AS', 'none', { type: 'autonomous-system' }],
    [
      'url',
      'hxxp://c2[.]example.org',
      { type: 'url', url: { original: 'hxxp://c2[.]example.org', full: 'hxxp://c2[.]example.org' } },
    ],
    ['email-dst', 'no address', { type: 'email-addr' }],
    ['md5', 'not-hex', { type: 'file' }],
    ['sha512/224', 'abc', { type: 'file' }],
    ['filename|sha3-256', 'a|b|c', { type: 'file', file: { name: 'a' } }],
  ])('%s %s cannot be read: the field is left out with a note, and the value is kept', (type, value, left) => {
    expect(indicator(type, value)).toEqual(left);
    expect(document({ type, value })).toMatchObject({ misp: { attribute: { value } } });
    expect(notesOf(type, value)).toHaveLength(1);
    expect(JSON.stringify(notesOf(type, value))).not.toContain(value);
  });

  it('fields that ECS has elsewhere stand there', () => {
    expect(document({ type: 'user-agent', value: 'curl/8' })).toMatchObject({ user_agent: { original: 'curl/8' } });
    expect(document({ type: 'vulnerability', value: 'CVE-2024-1' })).toMatchObject({
      vulnerability: { id: 'CVE-2024-1', enumeration: 'CVE' },
    });
    expect(document({ type: 'ja3-fingerprint-md5', value: MD5 })).toMatchObject({ tls: { client: { ja3: MD5 } } });
    const actors = document({ type: 'threat-actor', value: 'B' }, { tags: [tag('misp-galaxy:threat-actor="A"')] });
    expect(actors).toMatchObject({ threat: { group: { name: ['A', 'B'] } } });
  });
});

describe('the document', () => {
  it('has what Elastic’s rules look for', () => {
    expect(document({})).toMatchObject({
      '@timestamp': '2023-11-14T22:13:20.000Z',
      event: { kind: 'enrichment', category: ['threat'], type: ['indicator'], module: 'ti_misp' },
      data_stream: { type: 'logs', dataset: 'ti_misp.threat_attributes', namespace: 'default' },
      threat: {
        feed: { name: 'MISP', dashboard_id: 'relay-overview' },
        indicator: { provider: 'theirs', reference: `https://misp.example.org/events/view/${uuidOf(0xe1)}` },
      },
      misp_relay: { feed: 'everything', seq: 1_764_000_000_001, delivery_id: 'delivery-1' },
    });
    expect(document({})).not.toHaveProperty('labels');
    expect(document({}, {}, { endpoint: 'events' })).toMatchObject({
      tags: ['forwarded', 'misp-threat', 'tlp:green'],
      event: { dataset: 'ti_misp.threat' },
      misp: { attribute: { timestamp: '2023-11-14T22:13:20.000Z' } },
    });
  });

  it('begins so that the destination can say when it was sent', () => {
    expect(JSON.stringify(document({}))).toMatch(/^\{"event":\{"ingested":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",/);
  });

  it.each<[EcsOptions['time'], Partial<IndicatorRecord>, number, string]>([
    ['attribute', { timestamp: 1_700_000_000 }, 0, '2023-11-14T22:13:20.000Z'],
    ['publish', {}, 1_700_000_100, '2023-11-14T22:15:00.000Z'],
    ['publish', {}, 0, '2025-11-24T16:00:00.000Z'],
    ['observed', {}, 0, '2025-11-24T16:00:00.000Z'],
    ['attribute', { timestamp: 0 }, 0, '2025-11-24T16:00:00.000Z'],
    ['attribute', { timestamp: 999_999_999_999 }, 0, '2025-11-24T16:00:00.000Z'],
  ])('time: %s of %j, published at %i, is %s', (time, changes, publishTimestamp, shown) => {
    expect(documentOf(deliveryOf(changes, { publishTimestamp }), { ...options, time })['@timestamp']).toBe(shown);
  });

  it('leaves out what was never published, and times that no date shows, with a note', () => {
    expect(document({}, { publishTimestamp: 0 })).not.toHaveProperty('misp.event.publish_timestamp');
    const odd = document({ firstSeen: '+099999-01-01T00:00:00Z', lastSeen: '2024-12-20T18:30:51.000000+02:00' });
    expect(odd).toMatchObject({ threat: { indicator: { last_seen: '2024-12-20T16:30:51.000Z' } } });
    expect(odd).not.toHaveProperty('threat.indicator.first_seen');
    expect(odd).toMatchObject({ error: { message: [expect.stringContaining('first_seen')] } });
  });

  it('reads tags: TLP, confidence, techniques, software, groups', () => {
    const tags = [
      ...['TLP:AMBER+STRICT', 'misp:confidence-level="fairly-confident"', 'misp-galaxy:malpedia="Emotet"'],
      ...['misp-galaxy:mitre-attack-pattern="Phishing - T1566"', 'misp-galaxy:mitre-intrusion-set="APT32 - G0050"'],
      'misp-galaxy:mitre-enterprise-attack-attack-pattern="Spearphishing Link - T1566.002"',
    ];
    expect(document({ tags: tags.map(tag) })).toMatchObject({
      threat: {
        framework: 'MITRE ATT&CK',
        technique: {
          ...{ id: ['T1566'], name: ['Phishing'] },
          subtechnique: { id: ['T1566.002'], reference: ['https://attack.mitre.org/techniques/T1566/002/'] },
        },
        software: { name: ['Emotet'], type: 'Malware' },
        group: { id: ['G0050'], name: ['APT32'] },
        indicator: { confidence: 'Medium', marking: { tlp: ['AMBER+STRICT'], tlp_version: '2.0' } },
      },
    });
    expect(document({ tags: tags.map(tag) })['tags']).toContain('misp-galaxy:malpedia=Emotet');
  });

  it('hashes of one object stand together', () => {
    const sibling = (n: number, type: string, value: string): SiblingAttribute => ({
      ...{ uuid: uuidOf(n), id: String(n), type, category: '', value, relation: '', toIds: true, deleted: false },
      ...{ timestamp: 0, comment: '', distribution: '5', sharingGroupId: '0', disableCorrelation: null },
      ...{ firstSeen: null, lastSeen: null, eventId: '1', objectId: '7' },
    });
    const details = {
      ...{ uuid: uuidOf(9), name: 'file', metaCategory: 'file', description: '', comment: '', templateUuid: '' },
      ...{ templateVersion: '1', timestamp: 0, distribution: '5', sharingGroupId: '0', deleted: false },
      ...{ firstSeen: null, lastSeen: null },
      attributes: [sibling(1, 'md5', MD5), sibling(2, 'sha1', SHA1), sibling(3, 'ip-dst', '192.0.2.1')],
    };
    const made = document({ type: 'md5', value: MD5, object: { id: '7', relation: 'md5', details } });
    expect(made['related']).toEqual({ hash: [MD5, SHA1], ip: ['192.0.2.1'] });
    expect(made).toMatchObject({ misp: { object: { id: '7', name: 'file', attribute: [{ value: MD5 }, {}, {}] } } });
  });

  const score = (decayed: boolean) => ({ model: 'NIDS', modelId: '3', score: 20, baseScore: 80, decayed });
  it.each([
    [[score(true), score(false)], 1_765_000_000, { decayed: true, decayed_at: '2025-11-24T15:58:00.000Z' }],
    [[score(false)], 1_765_000_000, { decayed: false, decayed_at: '2025-12-06T05:46:40.000Z' }],
    [null, 1_763_000_000, { decayed: true, decayed_at: '2025-11-13T02:13:20.000Z' }],
    [[score(false)], null, { decayed: false }],
  ])('decay %#', (decay, expiresAt, fields) => {
    expect(document({ decay }, {}, { expiresAt })).toMatchObject({ misp: { attribute: fields } });
  });

  it('keeps the row of MISP only where it is asked for', () => {
    const delivery = deliveryOf({}, {}, { original: '{"id":"1"}' });
    expect(documentOf(delivery, options)).not.toHaveProperty('event.original');
    expect(documentOf(delivery, { ...options, preserveOriginal: true, tags: ['ours'] })).toMatchObject({
      event: { original: '{"id":"1"}' },
      tags: ['ours', 'tlp:green', 'preserve_original_event'],
    });
  });
});

describe('a withdrawal', () => {
  it('is the same attribute, decayed two minutes ago, with its reason', () => {
    const gone = documentOf(withdrawalOf(1), options);
    expect(gone).toMatchObject({
      threat: { indicator: { type: 'ipv4-addr', ip: '198.51.100.7', port: 443 } },
      misp: { attribute: { uuid: uuidOf(1), deleted: true, decayed: true, decayed_at: '2025-11-24T15:58:00.000Z' } },
      misp_relay: { withdrawn: 'deleted' },
      event: { type: ['indicator'] },
    });
    expect(markOf(gone)).toMatchObject({ event: { type: ['info'], kind: 'enrichment' } });
  });
});

describe('translate:', () => {
  const delivery = deliveryOf({ comment: 'seen' });
  it('renames, drops and adds at any depth, and leaves the document as it is', () => {
    const rules = {
      rename: { 'misp.attribute.comment': 'misp.attribute.note' },
      drop: ['misp.event', 'tags'],
      constants: { 'labels.env': 'prod' },
    };
    const before = documentOf(delivery, options);
    const after = shapeOf(ecsVocabulary, rules)(before, delivery);
    expect(after).toMatchObject({ misp: { attribute: { note: 'seen' } }, labels: { env: 'prod' } });
    expect(after).not.toHaveProperty('misp.event');
    expect(after).not.toHaveProperty('misp.attribute.comment');
    expect(before).toEqual(documentOf(delivery, options));
  });

  it.each([
    [{ drop: ['misp.attribute'] }, 'translate.drop: misp.attribute is needed to recognise a delivery'],
    [{ rename: { 'misp_relay.seq': 'x' } }, 'translate.rename: misp_relay.seq is needed to recognise a delivery'],
    [{ constants: { 'tags.x': 'y' } }, 'translate.constants: tags.x is there already'],
    [{ drop: ['misp.attribut'] }, 'translate.drop: misp.attribut is no key of the document'],
  ])('refuses %j', (rules, complaint) => {
    expect(() => shapeOf(ecsVocabulary, rules)).toThrow(complaint);
  });
});
