// What the types of MISP attributes mean, in one table.

/** Types whose value is two halves around one `|` (misp-api 9): every type with a `|` in its name, and malware-sample. */
const HASHES_OF_FILENAME = [
  'md5',
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha512/224',
  'sha512/256',
  'sha3-224',
  'sha3-256',
  'sha3-384',
  'sha3-512',
  'authentihash',
  'vhash',
  'ssdeep',
  'imphash',
  'impfuzzy',
  'pehash',
  'tlsh',
];
export const COMPOSITE_TYPES: ReadonlySet<string> = new Set([
  ...HASHES_OF_FILENAME.map((hash) => `filename|${hash}`),
  'domain|ip',
  'regkey|value',
  'ip-dst|port',
  'ip-src|port',
  'hostname|port',
  'malware-sample',
]);

/**
 * The halves of a composite value; null for any other type, whose value may hold a `|` of its own, and for a value without one.
 * The split is at the first `|`, as MISP does it.
 */
export function halvesOf(type: string, value: string): [value1: string, value2: string] | null {
  if (!COMPOSITE_TYPES.has(type)) return null;
  const at = value.indexOf('|');
  return at < 0 ? null : [value.slice(0, at), value.slice(at + 1)];
}
