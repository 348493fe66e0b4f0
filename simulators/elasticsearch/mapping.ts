// The mapping of an index: from JSON to nodes, merged, and back to JSON.
import { textOf } from './raw.ts';
import type { ElasticsearchSwitches } from './switches.ts';
import { illegal, Refused } from './errors.ts';

export type Dynamic = 'true' | 'false' | 'strict' | 'runtime';

export interface Field {
  /** `object` and `nested` hold properties. */
  type: string;
  /** `ignore_above`, `format`, …: as they were given. */
  params: Record<string, unknown>;
  properties?: Map<string, Field> | undefined;
  /** Multi-fields. */
  fields?: Map<string, Field> | undefined;
  /** Of an object; left out: that of its parent. */
  dynamic?: Dynamic | undefined;
}

export interface Mapping {
  root: Field;
  /** `_meta`, `_source`, `dynamic_templates`, …: kept, not played. */
  rest: Record<string, unknown>;
}

type Json = Record<string, unknown>;

const everywhere = [
  ...[
    'alias',
    'binary',
    'boolean',
    'byte',
    'completion',
    'date',
    'date_nanos',
    'date_range',
    'double',
    'float',
    'flattened',
  ],
  ...[
    'half_float',
    'integer',
    'integer_range',
    'ip',
    'ip_range',
    'join',
    'keyword',
    'long',
    'long_range',
    'nested',
    'object',
  ],
  ...['short', 'text', 'geo_point', 'dense_vector', 'double_range', 'float_range'],
];
const full = [
  'constant_keyword',
  'wildcard',
  'match_only_text',
  'unsigned_long',
  'scaled_float',
  'version',
  'counted_keyword',
];
/** OpenSearch calls it otherwise. */
export const isFlattened = (type: string): boolean => type === 'flattened' || type === 'flat_object';

export function typesOf(flavour: ElasticsearchSwitches['flavour']): ReadonlySet<string> {
  if (flavour === 'minimal') return new Set(everywhere);
  const all = [...everywhere, ...full];
  return new Set(flavour === 'opensearch' ? [...all.filter((type) => type !== 'flattened'), 'flat_object'] : all);
}

export const emptyMapping = (): Mapping => ({ root: { type: 'object', params: {}, properties: new Map() }, rest: {} });

/** Adds `given` to `mapping` in place. Throws 400 when a field would change its type, or a type is unknown; nothing is changed then. */
export function mergeMapping(mapping: Mapping, given: Json, types: ReadonlySet<string>): void {
  const { properties, dynamic, ...rest } = given;
  const root = parseField('_doc', { properties: properties ?? {}, dynamic }, types);
  checkTypes(mapping.root, root, '');
  Object.assign(mapping.rest, rest);
  mergeInto(mapping.root, root);
}

function parseField(name: string, json: Json, types: ReadonlySet<string>): Field {
  const { type, properties, fields, dynamic, ...params } = json;
  const kind = typeof type === 'string' ? type : 'object';
  if (!types.has(kind)) {
    const reason = `The mapper type [${kind}] declared on field [${name}] does not exist. It might have been created within a future version or requires a plugin to be installed. Check the documentation.`;
    throw new Refused(400, 'mapper_parsing_exception', `Failed to parse mapping: ${reason}`, {
      caused_by: { type: 'mapper_parsing_exception', reason },
    });
  }
  const parse = (group: unknown): Map<string, Field> => {
    const map = new Map<string, Field>();
    for (const [key, child] of Object.entries((group ?? {}) as Record<string, Json>)) place(map, key, child, types);
    return map;
  };
  const field: Field = { type: kind, params };
  if (kind === 'object' || kind === 'nested') field.properties = parse(properties);
  if (fields !== undefined) field.fields = parse(fields);
  if (dynamic !== undefined && dynamic !== null) field.dynamic = textOf(dynamic) as Dynamic;
  return field;
}

/** A dotted name stands for objects in each other. */
function place(map: Map<string, Field>, name: string, json: Json, types: ReadonlySet<string>): void {
  const dot = name.indexOf('.');
  if (dot < 0) {
    map.set(name, parseField(name, json, types));
    return;
  }
  const head = name.slice(0, dot);
  const parent: Field = map.get(head) ?? { type: 'object', params: {}, properties: new Map() };
  map.set(head, parent);
  place((parent.properties ??= new Map<string, Field>()), name.slice(dot + 1), json, types);
}

function checkTypes(old: Field, given: Field, path: string): void {
  for (const [name, field] of given.properties ?? []) {
    const before = old.properties?.get(name);
    if (before === undefined) continue;
    const full = path === '' ? name : `${path}.${name}`;
    if (before.type !== field.type) {
      throw illegal(`mapper [${full}] cannot be changed from type [${before.type}] to [${field.type}]`);
    }
    checkTypes(before, field, full);
  }
}

function mergeInto(old: Field, given: Field): void {
  if (given.dynamic !== undefined) old.dynamic = given.dynamic;
  Object.assign(old.params, given.params);
  for (const kind of ['properties', 'fields'] as const) {
    for (const [name, field] of given[kind] ?? []) {
      const group = (old[kind] ??= new Map<string, Field>());
      const before = group.get(name);
      if (before === undefined) group.set(name, field);
      else mergeInto(before, field);
    }
  }
}

/** As `GET _mapping` shows it: names in order, `type: object` left out. */
export function renderMapping({ root, rest }: Mapping): Json {
  const { properties, dynamic } = render(root);
  return {
    ...(dynamic === undefined ? {} : { dynamic }),
    ...rest,
    ...(Object.keys(properties ?? {}).length > 0 ? { properties } : {}),
  };
}

function render(field: Field): Json {
  const group = (map: Map<string, Field>): Json =>
    Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, child]) => [name, render(child)]));
  return {
    ...(field.type === 'object' && (field.properties?.size ?? 0) > 0 ? {} : { type: field.type }),
    ...(field.dynamic === undefined ? {} : { dynamic: field.dynamic }),
    ...field.params,
    ...(field.properties !== undefined && field.properties.size > 0 ? { properties: group(field.properties) } : {}),
    ...(field.fields !== undefined ? { fields: group(field.fields) } : {}),
  };
}

/** What `index.mapping.total_fields.limit` counts: fields, objects and multi-fields. */
export function countFields(field: Field): number {
  let count = 0;
  for (const group of [field.properties, field.fields]) {
    for (const child of group?.values() ?? []) count += 1 + countFields(child);
  }
  return count;
}

/** The field of a dotted path, also a multi-field. `path` is where its values stand in a document. */
export function findField(mapping: Mapping, name: string): { field: Field; path: string } | undefined {
  let field: Field = mapping.root;
  const parts = name.split('.');
  for (const [i, part] of parts.entries()) {
    const next = field.properties?.get(part);
    if (next !== undefined) {
      field = next;
      continue;
    }
    if (isFlattened(field.type)) return { field: { type: 'keyword', params: {} }, path: name };
    const multi = i === parts.length - 1 ? field.fields?.get(part) : undefined;
    return multi && { field: multi, path: parts.slice(0, i).join('.') };
  }
  return { field, path: name };
}
