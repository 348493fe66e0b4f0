// Every field that a document may have, with its type in Elasticsearch: what `translate:` can name, and the mapping of the index, come from
// here. Types are those of Elastic's integration (elastic-fields), where it has the field.

export type FieldType =
  'keyword' | 'text' | 'date' | 'boolean' | 'long' | 'float' | 'ip' | 'ip_range' | 'flattened' | 'binary';

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const group = (prefix: string, type: FieldType, names: string): [string, FieldType][] =>
  words(names).map((name) => [prefix === '' ? name : `${prefix}.${name}`, type]);

const SIBLING: [string, FieldType][] = [
  ...group('', 'keyword', 'category comment event_id id object_id object_relation sharing_group_id type uuid value'),
  ...group('', 'boolean', 'deleted disable_correlation to_ids'),
  ...group('', 'date', 'first_seen last_seen timestamp'),
  ['distribution', 'long'],
];
const below = (prefix: string, fields: readonly [string, FieldType][]): [string, FieldType][] =>
  fields.map(([name, type]) => [`${prefix}.${name}`, type]);

/** By dotted name. */
export const FIELDS: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ['@timestamp', 'date'],
  ['ecs.version', 'keyword'],
  ['tags', 'keyword'],
  ['error.message', 'text'],
  ...group('event', 'date', 'created ingested'),
  ...group('event', 'keyword', 'kind category type module dataset original'),
  ...group('data_stream', 'keyword', 'type dataset namespace'),
  ...group('threat', 'keyword', 'framework feed.name feed.dashboard_id feed.reference'),
  ...group('threat.technique', 'keyword', 'id name reference subtechnique.id subtechnique.name subtechnique.reference'),
  ...group('threat.software', 'keyword', 'id name reference type'),
  ...group('threat.group', 'keyword', 'id name reference'),
  ...group('threat.indicator', 'date', 'first_seen last_seen modified_at'),
  ...group('threat.indicator', 'keyword', 'type name description provider reference confidence mac mutex'),
  ...group('threat.indicator', 'keyword', 'marking.tlp marking.tlp_version'),
  ['threat.indicator.ip', 'ip'],
  ['threat.indicator.ip_range', 'ip_range'],
  ['threat.indicator.port', 'long'],
  ['threat.indicator.as.number', 'long'],
  ...group('threat.indicator.email', 'keyword', 'address subject message_id'),
  ...group('threat.indicator.url', 'keyword', 'original full scheme domain path query fragment extension username'),
  ['threat.indicator.url.port', 'long'],
  ...group('threat.indicator.registry', 'keyword', 'hive key path value data.strings'),
  ...group('threat.indicator.file', 'keyword', 'name mime_type pe.imphash pe.pehash'),
  ['threat.indicator.file.size', 'long'],
  ...group('threat.indicator.file.hash', 'keyword', 'md5 sha1 sha224 sha256 sha384 sha512 sha512/224 sha512/256'),
  ...group('threat.indicator.file.hash', 'keyword', 'sha3-224 sha3-256 sha3-384 sha3-512 authentihash vhash ssdeep'),
  ...group('threat.indicator.file.hash', 'keyword', 'imphash impfuzzy pehash tlsh cdhash telfhash'),
  ...group('threat.indicator.x509.hash', 'keyword', 'md5 sha1 sha256'),
  ['user_agent.original', 'keyword'],
  ...group('vulnerability', 'keyword', 'id enumeration'),
  ...group('tls', 'keyword', 'client.ja3 server.jarm server.hash.md5 server.hash.sha1 server.hash.sha256'),
  ...group('related', 'keyword', 'hash hosts'),
  ['related.ip', 'ip'],
  ...group('user', 'keyword', 'email roles'),
  ...group('organization', 'keyword', 'id name'),
  ...group('misp_relay', 'keyword', 'feed source delivery_id withdrawn'),
  ['misp_relay.seq', 'long'],
  ['misp_relay.observed_at', 'date'],
  ...below('misp.attribute', SIBLING),
  ['misp.attribute.event_uuid', 'keyword'],
  ['misp.attribute.data', 'binary'],
  ['misp.attribute.decayed', 'boolean'],
  ['misp.attribute.decayed_at', 'date'],
  ['misp.attribute.decay_score', 'flattened'],
  ...below('misp.context.attribute', SIBLING),
  ...group('misp.event', 'keyword', 'id uuid info extends_uuid org_id orgc_id sharing_group_id'),
  ...group('misp.event', 'boolean', 'disable_correlation locked proposal_email_lock published'),
  ...group('misp.event', 'date', 'date publish_timestamp sighting_timestamp timestamp'),
  ...group('misp.event', 'long', 'attribute_count distribution threat_level_id'),
  ['misp.object.attribute', 'flattened'],
  ...group('misp.object', 'keyword', 'id uuid name comment description event_id meta_category sharing_group_id'),
  ...group('misp.object', 'keyword', 'template_uuid template_version'),
  ...group('misp.object', 'date', 'first_seen last_seen timestamp'),
  ['misp.object.deleted', 'boolean'],
  ['misp.object.distribution', 'long'],
  ...group('misp.org', 'keyword', 'id name uuid'),
  ...group('misp.orgc', 'keyword', 'id name uuid'),
  ...group('misp', 'boolean', 'org.local orgc.local'),
]);

/** Characters: a Lucene term holds 32,766 bytes. A longer text is kept, and not searched. */
const IGNORE_ABOVE = 8_191;

type Property = {
  type?: string;
  ignore_above?: number;
  index?: boolean;
  doc_values?: boolean;
  properties?: Properties;
};
type Properties = Record<string, Property>;

/** The `properties` of the index. */
export function properties(): Properties {
  const root: Properties = {};
  for (const [name, type] of FIELDS) {
    let level = root;
    const path = name.split('.');
    for (const key of path.slice(0, -1)) level = (level[key] ??= { properties: {} }).properties!;
    level[path.at(-1)!] = propertyOf(name, type);
  }
  return root;
}

function propertyOf(name: string, type: FieldType): Property {
  if (name === 'event.original') return { type, index: false, doc_values: false };
  return type === 'keyword' || type === 'flattened' ? { type, ignore_above: IGNORE_ABOVE } : { type };
}
