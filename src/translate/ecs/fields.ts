// How a value fills the fields that its type names: one rule each.
import type { Field } from '../types.ts';
import { rangeOf, versionOf } from './address.ts';
import { notA, type Notes } from './notes.ts';
import { urlParts } from './url.ts';

export type Json = Record<string, unknown>;

/** What is made of one attribute's value. */
export interface Made {
  /** Below `threat.indicator`. */
  indicator: Json;
  /** At the top: fields that ECS has not below `threat.indicator`. */
  top: Json;
  related: { hash: string[]; ip: string[]; hosts: string[] };
  notes: Notes;
}

const HEX = /^[0-9a-f]+$/i;
const HIVES: Record<string, string> = {
  HKEY_LOCAL_MACHINE: 'HKLM',
  HKEY_CURRENT_USER: 'HKCU',
  HKEY_CLASSES_ROOT: 'HKCR',
  HKEY_USERS: 'HKU',
  HKEY_CURRENT_CONFIG: 'HKCC',
};
const SHORT_HIVES = new Set(Object.values(HIVES));

export function fill(made: Made, field: Field, value: string): void {
  const { indicator, top, related, notes } = made;
  if (value === '') return;
  if (field.startsWith('hash ')) return hash(made, field.slice('hash '.length), value);
  switch (field) {
    case 'ip':
      return address(made, value);
    case 'port':
      return whole(indicator, 'port', value, 65_535, notes, 'port');
    case 'domain':
      indicator['url'] = { domain: value };
      related.hosts.push(value);
      return;
    case 'url':
      return url(made, value);
    case 'as': {
      const as: Json = {};
      whole(as, 'number', value.replace(/^AS\s*/i, ''), 4_294_967_295, notes, 'as.number');
      if ('number' in as) indicator['as'] = as;
      return;
    }
    case 'file name':
      ((indicator['file'] ??= {}) as Json)['name'] = value;
      return;
    case 'file size':
      return whole(
        (indicator['file'] ??= {}) as Json,
        'size',
        value,
        Number.MAX_SAFE_INTEGER,
        notes,
        'number of bytes',
      );
    case 'mime type':
      ((indicator['file'] ??= {}) as Json)['mime_type'] = value;
      return;
    case 'registry key':
      indicator['registry'] = registry(value);
      return;
    case 'registry data':
      Object.assign((indicator['registry'] ??= {}) as Json, { value, data: { strings: [value] } });
      return;
    case 'email address':
      if (!/^[^\s@]+@[^\s@]+$/.test(value)) notes.push(notA('mail address', 'threat.indicator.email.address'));
      else indicator['email'] = { address: value };
      return;
    case 'email subject':
      indicator['email'] = { subject: value };
      return;
    case 'email message id':
      indicator['email'] = { message_id: value };
      return;
    case 'mac':
      indicator['mac'] = value;
      return;
    case 'mutex':
      indicator['mutex'] = value;
      return;
    case 'user agent':
      top['user_agent'] = { original: value };
      return;
    case 'vulnerability':
      top['vulnerability'] = { id: value, ...(/^CVE-/i.test(value) ? { enumeration: 'CVE' } : {}) };
      return;
    case 'certificate md5':
    case 'certificate sha1':
    case 'certificate sha256': {
      const kind = field.slice('certificate '.length);
      const digest = value.replaceAll(':', '').toLowerCase();
      indicator['x509'] = { hash: { [kind]: digest } };
      top['tls'] = { server: { hash: { [kind]: digest.toUpperCase() } } }; // upper case, as ECS asks
      related.hash.push(digest);
      return;
    }
    case 'ja3':
      top['tls'] = { client: { ja3: value } };
      related.hash.push(value);
      return;
    case 'jarm':
      top['tls'] = { server: { jarm: value } };
      related.hash.push(value);
      return;
    case 'related hash':
      related.hash.push(value);
      return;
    case 'actor':
      top['group'] = { name: [value] };
      return;
    default:
  }
}

/** Hex digits. What is not here is no digest of a fixed length. */
export const HASH_DIGITS: Readonly<Record<string, number>> = {
  ...{ md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128, 'sha512/224': 56, 'sha512/256': 64 },
  ...{ 'sha3-224': 56, 'sha3-256': 64, 'sha3-384': 96, 'sha3-512': 128 },
};

function hash({ indicator, related, notes }: Made, kind: string, value: string): void {
  const digits = HASH_DIGITS[kind];
  if (digits !== undefined && !(HEX.test(value) && value.length === digits)) {
    notes.push(notA(kind.toUpperCase(), `threat.indicator.file.hash.${kind}`));
    return;
  }
  const digest = HEX.test(value) ? value.toLowerCase() : value;
  const file = (indicator['file'] ??= {}) as Json;
  ((file['hash'] ??= {}) as Json)[kind] = digest;
  if (kind === 'imphash' || kind === 'pehash') ((file['pe'] ??= {}) as Json)[kind] = digest;
  related.hash.push(digest);
}

function address({ indicator, related, notes }: Made, value: string): void {
  const version = versionOf(value);
  const range = version === null ? rangeOf(value) : null;
  const single = version === null ? (range?.single ?? null) : value;
  if (single !== null) {
    indicator['ip'] = single;
    related.ip.push(single);
  }
  if (range) indicator['ip_range'] = value;
  if (version === null && !range) notes.push(notA('IP address or range', 'threat.indicator.ip'));
}

/** 4 or 6 for a value that is an address or a range. */
export const ipVersion = (value: string): 4 | 6 | null => versionOf(value) ?? rangeOf(value)?.version ?? null;

function url({ indicator, related, notes }: Made, value: string): void {
  const parts = urlParts(value);
  indicator['url'] = { original: value, full: value, ...parts };
  if (parts === null) {
    notes.push(notA('URL', 'threat.indicator.url.domain'));
    return;
  }
  const host = String(parts['domain']);
  if (versionOf(host) === null) related.hosts.push(host);
  else related.ip.push(host);
}

/**
 * `key` is the value as it stands, as Elastic's integration has it. Their rule for registry indicators compares `path` with that of logs,
 * where a hive has its short name.
 */
function registry(value: string): Json {
  const [first = '', ...rest] = value.split('\\');
  const name = first.toUpperCase();
  const hive = HIVES[name] ?? (SHORT_HIVES.has(name) ? name : undefined);
  if (hive === undefined || rest.length === 0) return { key: value, path: value };
  return { key: value, path: [hive, ...rest].join('\\'), hive };
}

/** `name`: below `threat.indicator`. */
function whole(into: Json, key: string, value: string, most: number, notes: Notes, name: string): void {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (number <= most) into[key] = number;
  else notes.push(notA(`whole number up to ${most}`, `threat.indicator.${name}`));
}
