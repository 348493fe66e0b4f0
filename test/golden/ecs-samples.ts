// Values of our own, of the forty types that real events hold most.
import { plainUpsert } from '../../bin/ecs-fields/upsert.ts';
import type { Upsert } from '../../src/records/delivery.ts';

const hex = (length: number): string => '0123456789abcdef'.repeat(8).slice(0, length);

export const SAMPLES: Readonly<Record<string, string>> = {
  sha256: hex(64),
  text: 'found beside a loader',
  domain: 'login.example.com',
  sha1: hex(40),
  md5: hex(32).toUpperCase(),
  filename: 'invoice_2026.pdf.exe',
  'ip-dst': '198.51.100.7',
  url: 'https://login.example.com:8443/a/b.php?id=7#top',
  link: 'https://example.org/report',
  'filename|sha1': `loader.dll|${hex(40)}`,
  'domain|ip': 'c2.example.net|203.0.113.5',
  other: 'campaign-7',
  'regkey|value': 'HKCU\\Software\\Example\\Run|C:\\Users\\Public\\loader.exe',
  'filename|sha256': `loader.exe|${hex(64)}`,
  'filename|md5': `payment order.exe|${hex(32).toUpperCase()}`,
  port: '8443',
  datetime: '2026-02-03T04:05:06.000000+00:00',
  regkey: 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\example',
  imphash: hex(32),
  authentihash: hex(64),
  hostname: 'mail.example.com',
  float: '7.25',
  'size-in-bytes': '51200',
  pdb: 'C:\\work\\loader\\Release\\loader.pdb',
  mutex: 'Global\\example-7',
  'email-dst': 'target@example.org',
  'ip-src': '2001:db8::7',
  ssdeep: '96:ExampLeOfABLockHash0123456789abcdef:ExampLeHaLf01234567',
  btc: '1ExampLeAddressNotReaL11111111111',
  comment: 'seen in March',
  sha512: hex(128),
  'email-src': 'no-address-at-all',
  'ip-dst|port': '198.51.100.0/24|443',
  vulnerability: 'CVE-2026-0001',
  attachment: 'report.pdf',
  yara: 'rule example { condition: true }',
  'mime-type': 'application/x-dosexec',
  counter: '3',
  'email-attachment': 'invoice.docm',
  'email-subject': 'Your invoice, "final"',
};

/** With everything that MISP says of an attribute. */
export function upsertLike(type: string, value: string): Upsert {
  const plain = plainUpsert(type, value);
  const { record } = plain;
  return {
    ...plain,
    expiresAt: 1_767_776_000,
    record: {
      ...record,
      category: 'Payload delivery',
      comment: 'from a sandbox',
      firstSeen: '2025-10-01T00:00:00.000000+00:00',
      lastSeen: '2025-10-09T08:00:00.000000+00:00',
      tags: [
        { name: 'tlp:amber+strict', local: false },
        { name: 'misp-galaxy:mitre-attack-pattern="Spearphishing Attachment - T1566.001"', local: false },
      ],
      event: {
        ...record.event,
        info: 'Loader campaign',
        orgc: 'Blue Team',
        tags: [
          { name: 'misp-galaxy:malpedia="Emotet"', local: false },
          { name: 'misp-galaxy:threat-actor="APT 7"', local: false },
          { name: 'misp:confidence-level="usually-confident"', local: false },
        ],
        details: {
          ...record.event.details,
          org: { id: '1', name: 'Ours', uuid: '00000000-0000-4000-8000-00000000000b', local: true },
          orgc: { id: '2', name: 'Blue Team', uuid: '00000000-0000-4000-8000-00000000000a', local: false },
        },
      },
    },
  };
}
