// Values and events that look like threat intelligence and point nowhere: reserved names and documentation networks.
import { type Random } from '../random.ts';
import { type MispData } from './data.ts';
import { type MispEvent, type NewAttribute } from './model.ts';

export const orgNames = ['ORGNAME', 'CIRCL', 'CERT-Example', 'Blue Team Ltd', 'Öffentliche IT-Sicherheit'];
export const tlpTags = [
  'tlp:white',
  'tlp:clear',
  'tlp:green',
  'TLP:GREEN',
  'tlp:amber',
  'TLP:Amber',
  'tlp:amber+strict',
  'tlp:red',
  'TLP:RED',
];
export const someTags = [
  ...tlpTags,
  'type:OSINT',
  'workflow:state="complete"',
  'misp-galaxy:threat-actor="APT 28"',
  'misp-galaxy:mitre-attack-pattern="Phishing - T1566"',
  'misp-galaxy:malpedia="Emotet"',
  'kill-chain:Delivery',
  'Custom Tag ünï',
];
const topics = [
  'Phishing wave',
  'Ransomware infrastructure',
  'Botnet C2',
  'Supply chain intrusion',
  'Spear phishing – façade',
  'Banking trojan',
];
const words = ['raven', 'delta', 'ember', 'tundra', 'vortex', 'kestrel', 'umber', 'lumen', 'cobalt', 'sable'];
const countries = ['example', 'test', 'example.org', 'example.net', 'co.example', 'invalid'];

const ip = (r: Random): string =>
  `${r.pick(['198.51.100', '203.0.113', '192.0.2', `198.18.${r.int(256)}`, `198.19.${r.int(256)}`])}.${r.int(256)}`;
const domain = (r: Random): string => `${r.pick(words)}-${r.hex(6)}.${r.pick(countries)}`;
const file = (r: Random): string => `${r.pick(words)}_${r.hex(4)}.${r.pick(['exe', 'dll', 'docm', 'zip', 'ps1'])}`;

/** Weights follow what real instances hold: mostly hashes and network indicators. */
const makers: [weight: number, type: string, value: (r: Random) => string][] = [
  [14, 'ip-dst', ip],
  [6, 'ip-src', ip],
  [14, 'domain', domain],
  [5, 'hostname', (r) => `mail.${domain(r)}`],
  [12, 'url', (r) => `http://${domain(r)}/${r.pick(words)}/${r.hex(8)}?id=${r.int(1000)}`],
  [14, 'sha256', (r) => r.hex(64)],
  [8, 'md5', (r) => r.hex(32)],
  [5, 'sha1', (r) => r.hex(40)],
  [4, 'ip-dst|port', (r) => `${ip(r)}|${1 + r.int(65_535)}`],
  [2, 'domain|ip', (r) => `${domain(r)}|${ip(r)}`],
  [4, 'filename|sha256', (r) => `${file(r)}|${r.hex(64)}`],
  [3, 'filename', file],
  [2, 'email-src', (r) => `${r.pick(words)}@${domain(r)}`],
  [1, 'email-subject', (r) => `Invoice ${r.int(9999)} – überfällig`],
  [1, 'regkey|value', (r) => `HKLM\\Software\\Run\\${r.pick(words)}|%TEMP%\\${file(r)}`],
  [1, 'mutex', (r) => `Global\\${r.hex(12)}`],
  [1, 'vulnerability', (r) => `CVE-20${10 + r.int(16)}-${1000 + r.int(9000)}`],
  [1, 'link', (r) => `https://blog.example.org/${r.hex(6)}`],
  [1, 'comment', (r) => `Analyst's note "${r.hex(4)}"\nsecond line`],
  [1, 'user-agent', (r) => `Mozilla/5.0 (${r.pick(words)}; rv:${r.int(99)})`],
];
const bag = makers.flatMap((maker) => new Array<(typeof makers)[number]>(maker[0]).fill(maker));

/** An attribute of a random type. `timestamp` is its own. */
export function makeAttribute(random: Random, timestamp: number): NewAttribute {
  const [, type, value] = random.pick(bag);
  return {
    uuid: random.uuid(),
    type,
    value: value(random),
    timestamp,
    comment: random.chance(0.2)
      ? random.pick(['seen in phishing wave', 'C2', 'dropped by stage 2', 'naïve „quotes“'])
      : '',
    ...(random.chance(0.15) && { toIds: random.chance(0.5) }),
    ...(random.chance(0.12) && { tags: [random.pick(someTags)] }),
    ...(random.chance(0.05) && { firstSeen: iso(timestamp - 86_400), lastSeen: iso(timestamp) }),
    ...(random.chance(0.01) && { warned: true }),
  };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/\.000Z$/, '.000000+00:00');

/** An event without attributes, and not published. */
export function makeEvent(data: MispData, random: Random, timestamp: number): MispEvent {
  const tags = random.chance(0.85) ? [random.pick(tlpTags)] : [];
  for (let i = random.int(4); i > 0; i--) {
    const tag = random.pick(someTags.slice(tlpTags.length));
    if (!tags.includes(tag)) tags.push(tag);
  }
  return data.insertEvent({
    uuid: random.uuid(),
    info: `${random.pick(topics)}: ${random.pick(words)} ${random.hex(4)}`,
    orgc: random.pick(orgNames),
    timestamp,
    threatLevel: 1 + random.int(4),
    analysis: random.int(3),
    distribution: random.pick([1, 2, 3, 3, 3]),
    tags,
  });
}

/** The attributes of a file object, to be inserted with it. */
export function makeFileObject(random: Random, timestamp: number): NewAttribute[] {
  const common = { timestamp, category: 'Payload delivery' };
  return [
    { ...common, uuid: random.uuid(), type: 'sha256', relation: 'sha256', value: random.hex(64) },
    { ...common, uuid: random.uuid(), type: 'md5', relation: 'md5', value: random.hex(32) },
    { ...common, uuid: random.uuid(), type: 'filename', relation: 'filename', value: file(random) },
    {
      ...common,
      uuid: random.uuid(),
      type: 'size-in-bytes',
      relation: 'size-in-bytes',
      value: String(random.int(10_000_000)),
      category: 'Other',
    },
  ];
}
