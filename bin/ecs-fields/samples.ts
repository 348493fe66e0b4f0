// A value for each kind of field, so that the page of fields can be made from what the mapping does with it.
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

/** A digest for the fields that hold one. */
export const sampleOf = (field: Field): string =>
  OTHERS[field] ?? (/hash|certificate|ja/.test(field) ? HASH : 'sample');
