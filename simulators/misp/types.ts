// A part of MISP's describeTypes: default category and to_ids of the types that the simulator makes (misp-api 9).
const types: Record<string, readonly [category: string, toIds: 0 | 1]> = {
  md5: ['Payload delivery', 1],
  sha1: ['Payload delivery', 1],
  sha256: ['Payload delivery', 1],
  sha512: ['Payload delivery', 1],
  imphash: ['Payload delivery', 1],
  ssdeep: ['Payload delivery', 1],
  filename: ['Payload delivery', 1],
  'filename|md5': ['Payload delivery', 1],
  'filename|sha1': ['Payload delivery', 1],
  'filename|sha256': ['Payload delivery', 1],
  'malware-sample': ['Payload delivery', 1],
  attachment: ['Payload delivery', 0],
  'ip-src': ['Network activity', 1],
  'ip-dst': ['Network activity', 1],
  'ip-src|port': ['Network activity', 1],
  'ip-dst|port': ['Network activity', 1],
  hostname: ['Network activity', 1],
  'hostname|port': ['Network activity', 1],
  domain: ['Network activity', 1],
  'domain|ip': ['Network activity', 1],
  url: ['Network activity', 1],
  uri: ['Network activity', 1],
  'user-agent': ['Network activity', 0],
  AS: ['Network activity', 0],
  'ja3-fingerprint-md5': ['Network activity', 1],
  email: ['Payload delivery', 1],
  'email-src': ['Payload delivery', 1],
  'email-dst': ['Network activity', 1],
  'email-subject': ['Payload delivery', 0],
  regkey: ['Persistence mechanism', 1],
  'regkey|value': ['Persistence mechanism', 1],
  mutex: ['Artifacts dropped', 1],
  yara: ['Payload installation', 1],
  vulnerability: ['External analysis', 0],
  'x509-fingerprint-sha1': ['Network activity', 1],
  btc: ['Financial fraud', 1],
  link: ['External analysis', 0],
  comment: ['Other', 0],
  text: ['Other', 0],
  datetime: ['Other', 0],
  'size-in-bytes': ['Other', 0],
  port: ['Network activity', 0],
  'threat-actor': ['Attribution', 0],
  'target-user': ['Targeting data', 0],
};

export const typeNames: readonly string[] = Object.keys(types);

/** Default category and to_ids of a type; those of `text` for one that is not known here. */
export function sane(type: string): readonly [category: string, toIds: boolean] {
  const [category, toIds] = types[type] ?? types['text']!;
  return [category, toIds === 1];
}

/** The answer of GET /attributes/describeTypes. */
export function describeTypes(): object {
  const categories = [...new Set(Object.values(types).map(([category]) => category))];
  const mappings = categories.map((name) => [name, typeNames.filter((type) => types[type]![0] === name)] as const);
  return {
    result: {
      sane_defaults: Object.fromEntries(
        Object.entries(types).map(([type, [category, toIds]]) => [type, { default_category: category, to_ids: toIds }]),
      ),
      types: typeNames,
      categories,
      category_type_mappings: Object.fromEntries(mappings),
    },
  };
}
