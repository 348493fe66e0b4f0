// A value for each kind of field, so that the page of fields can be made from what the mapping does with it.
import { HASH_DIGITS } from '../../src/translate/ecs/fields.ts';
import type { Field } from '../../src/translate/types.ts';

const HASH = 'd41d8cd98f00b204e9800998ecf8427e';
const OTHERS: Partial<Record<Field, string>> = {
  ip: '192.0.2.7',
  port: '443',
  domain: 'www.example.com',
  url: 'https://user@www.example.com:8443/a/b.php?q=1#top',
  as: 'AS64496',
  'file name': 'invoice.pdf',
  'file size': '4096',
  'mime type': 'application/pdf',
  'registry key': 'HKLM\\Software\\Example\\Run',
  'registry data': 'C:\\example.exe',
  'email address': 'someone@example.com',
  mac: '00-00-5E-00-53-01',
  vulnerability: 'CVE-2026-0001',
};

/** A digest for the fields that hold one, as long as it must be. */
export function sampleOf(field: Field): string {
  const kind = /^hash (.+)$/.exec(field)?.[1] ?? '';
  if (HASH_DIGITS[kind] !== undefined) return '0123456789abcdef'.repeat(8).slice(0, HASH_DIGITS[kind]);
  return OTHERS[field] ?? (/hash|certificate|ja/.test(field) ? HASH : 'sample');
}
