// What the types of MISP attributes mean, in one table: what kind of indicator a value is, and which fields it fills. Composite types have
// two halves around one `|`, and a field for each (misp-api 9). docs/ecs-fields.md is made from it.

/** What a value fills; src/translate/ecs/fields.ts has one rule for each. */
export type Field =
  | `hash ${string}`
  | 'ip'
  | 'port'
  | 'domain'
  | 'url'
  | 'as'
  | 'file name'
  | 'file size'
  | 'mime type'
  | 'registry key'
  | 'registry data'
  | 'email address'
  | 'email subject'
  | 'email message id'
  | 'mac'
  | 'mutex'
  | 'user agent'
  | 'vulnerability'
  | 'certificate md5'
  | 'certificate sha1'
  | 'certificate sha256'
  | 'ja3'
  | 'jarm'
  | 'related hash'
  | 'actor'
  | 'nothing';

/** Values of `threat.indicator.type` that ECS knows; `ip` is ipv4-addr or ipv6-addr by the value. */
export type IndicatorType =
  | 'artifact'
  | 'autonomous-system'
  | 'domain-name'
  | 'email-addr'
  | 'file'
  | 'ip'
  | 'mac-addr'
  | 'mutex'
  | 'port'
  | 'process'
  | 'software'
  | 'url'
  | 'user-account'
  | 'windows-registry-key'
  | 'x509-certificate';

export interface TypeRow {
  /** Null: ECS has no kind for it. */
  indicator: IndicatorType | null;
  /** One for each half of the value. */
  fields: readonly Field[];
}

const row = (indicator: IndicatorType | null, ...fields: Field[]): TypeRow => ({ indicator, fields });

/** Digests and fuzzy hashes of a file, also behind `filename|`. */
const FILE_HASHES = [
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha512/224', 'sha512/256'],
  ...['sha3-224', 'sha3-256', 'sha3-384', 'sha3-512'],
  ...['authentihash', 'vhash', 'ssdeep', 'imphash', 'impfuzzy', 'pehash', 'tlsh'],
];

const all = (types: readonly string[], of: (type: string) => TypeRow): Record<string, TypeRow> =>
  Object.fromEntries(types.map((type) => [type, of(type)]));

/** A type that is not here, and any new one, takes OTHER. */
export const TYPES: Readonly<Record<string, TypeRow>> = {
  ...all(FILE_HASHES, (type) => row('file', `hash ${type}`)),
  ...all(['cdhash', 'telfhash'], (type) => row('file', `hash ${type}`)),
  ...Object.fromEntries(FILE_HASHES.map((type) => [`filename|${type}`, row('file', 'file name', `hash ${type}`)])),
  'malware-sample': row('file', 'file name', 'hash md5'),
  ...all(['filename', 'attachment', 'email-attachment'], () => row('file', 'file name')),
  ...all(['filename-pattern', 'pattern-in-file', 'pdb'], () => row('file', 'nothing')),
  'size-in-bytes': row('file', 'file size'),
  'mime-type': row('file', 'mime type'),

  ...all(['ip-src', 'ip-dst'], () => row('ip', 'ip')),
  ...all(['ip-src|port', 'ip-dst|port'], () => row('ip', 'ip', 'port')),
  port: row('port', 'port'),
  AS: row('autonomous-system', 'as'),
  ...all(['domain', 'hostname', 'onion-address'], () => row('domain-name', 'domain')),
  'domain|ip': row('domain-name', 'domain', 'ip'),
  'hostname|port': row('domain-name', 'domain', 'port'),
  ...all(['url', 'uri', 'link'], () => row('url', 'url')),
  ...all(['mac-address', 'mac-eui-64'], () => row('mac-addr', 'mac')),
  'user-agent': row('software', 'user agent'),
  'ja3-fingerprint-md5': row('artifact', 'ja3'),
  'jarm-fingerprint': row('artifact', 'jarm'),
  ...all(['hassh-md5', 'hasshserver-md5', 'ssh-fingerprint', 'favicon-mmh3', 'dom-hash'], () =>
    row('artifact', 'related hash'),
  ),
  ...all(['community-id', 'pattern-in-traffic', 'cookie', 'http-method', 'named pipe'], () =>
    row('artifact', 'nothing'),
  ),

  regkey: row('windows-registry-key', 'registry key'),
  'regkey|value': row('windows-registry-key', 'registry key', 'registry data'),
  mutex: row('mutex', 'mutex'),
  ...all(['process-state', 'pattern-in-memory', 'windows-scheduled-task'], () => row('process', 'nothing')),
  ...all(['windows-service-name', 'windows-service-displayname'], () => row('process', 'nothing')),

  ...all(['email', 'email-src', 'email-dst', 'email-reply-to', 'target-email'], () =>
    row('email-addr', 'email address'),
  ),
  ...all(['whois-registrant-email', 'dns-soa-email'], () => row('email-addr', 'email address')),
  'email-subject': row('email-addr', 'email subject'),
  'email-message-id': row('email-addr', 'email message id'),
  ...all(['email-body', 'email-header', 'email-x-mailer', 'email-mime-boundary', 'email-thread-index'], () =>
    row('email-addr', 'nothing'),
  ),
  ...all(['email-src-display-name', 'email-dst-display-name'], () => row('email-addr', 'nothing')),

  'x509-fingerprint-md5': row('x509-certificate', 'certificate md5'),
  'x509-fingerprint-sha1': row('x509-certificate', 'certificate sha1'),
  'x509-fingerprint-sha256': row('x509-certificate', 'certificate sha256'),
  vulnerability: row('software', 'vulnerability'),
  ...all(['cpe', 'weakness'], () => row('software', 'nothing')),
  ...all(['mobile-application-id', 'chrome-extension-id', 'edge-extension-id', 'azure-application-id'], () =>
    row('software', 'nothing'),
  ),
  ...all(['github-username', 'twitter-id', 'jabber-id', 'target-user', 'eppn'], () => row('user-account', 'nothing')),
  'threat-actor': row(null, 'actor'),
};

/** Its value is kept, and searched by `threat.indicator.name`. */
export const OTHER: TypeRow = row(null, 'nothing');

export const typeRow = (type: string): TypeRow => (Object.hasOwn(TYPES, type) ? TYPES[type]! : OTHER);

/** Types whose value is two halves around one `|`: every type with a `|` in its name, and malware-sample. */
export const COMPOSITE_TYPES: ReadonlySet<string> = new Set(
  Object.keys(TYPES).filter((type) => TYPES[type]!.fields.length === 2),
);

/**
 * The halves of a composite value; null for any other type, whose value may hold a `|` of its own, and for a value without one.
 * The split is at the first `|`, as MISP does it.
 */
export function halvesOf(type: string, value: string): [value1: string, value2: string] | null {
  if (!COMPOSITE_TYPES.has(type)) return null;
  const at = value.indexOf('|');
  return at < 0 ? null : [value.slice(0, at), value.slice(at + 1)];
}
