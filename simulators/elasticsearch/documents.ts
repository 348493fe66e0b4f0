// Whether a document fits the mapping of its index, and what dynamic mapping adds for it. All or nothing: what was added for
// a document that is refused is taken back.
import { illegal, Refused } from './errors.ts';
import { immense, isChecked, wrongScalar } from './field-types.ts';
import { type Dynamic, type Field, isFlattened, type Mapping } from './mapping.ts';
import { isMetadata, isObject, isScalar, isStrict, type Place, unfit, unparsable } from './document-errors.ts';
import { inferred } from './dynamic.ts';
import { columnOf } from './raw.ts';
import { type Source } from './shard.ts';

export interface Checked {
  mapping: Mapping;
  /** Fields so far; kept up to date here. */
  fieldCount: number;
  /** `index.mapping.total_fields.limit`. */
  readonly fieldLimit: number;
  /** `index.mapping.ignore_malformed`. */
  readonly ignoreMalformed: boolean;
  /** A backing index of a data stream wants exactly one `@timestamp`. */
  readonly needsTimestamp: boolean;
}

interface Walk extends Place {
  index: Checked;
  undo: (() => void)[];
}

const metadata = new Set([
  '_id',
  '_index',
  '_source',
  '_routing',
  '_version',
  '_seq_no',
  '_field_names',
  '_ignored',
  '_tier',
]);

/** Throws 400. `raw`: the line it was parsed from, for the columns that errors name. */
export function checkDocument(index: Checked, id: string, source: Source, raw: string): void {
  const walk: Walk = { index, id, raw, path: [], undo: [] };
  try {
    checkObject(walk, index.mapping.root, source, index.mapping.root.dynamic ?? 'true');
    if (index.needsTimestamp) checkTimestamp(walk, source['@timestamp']);
  } catch (error) {
    for (const undo of walk.undo.reverse()) undo();
    throw error;
  }
}

function checkObject(walk: Walk, field: Field, object: Source, dynamic: Dynamic): void {
  for (const key in object) {
    const value = object[key];
    if (key.includes('.') || key.trim() === '') checkDotted(walk, field, key, value, dynamic);
    else checkKey(walk, field, key, value, dynamic);
  }
}

function checkKey(walk: Walk, field: Field, key: string, value: unknown, dynamic: Dynamic): void {
  walk.path.push(key);
  const child = field.properties?.get(key);
  if (child !== undefined) checkValue(walk, child, value, child.dynamic ?? dynamic, false);
  else if (walk.path.length === 1 && metadata.has(key)) throw isMetadata(walk, key, value);
  else if (dynamic === 'strict') throw isStrict(walk, key);
  else if (dynamic === 'true') addField(walk, field, key, value);
  walk.path.pop();
}

/** `a.b` is `b` in `a`. */
function checkDotted(walk: Walk, field: Field, key: string, value: unknown, dynamic: Dynamic): void {
  const at = `1:${columnOf(walk.raw, []) + 1}`;
  if (key === '') throw unparsable(at, 'field name cannot be an empty string');
  if (!key.includes('.')) {
    throw new Refused(400, 'document_parsing_exception', `[${at}] Field name cannot contain only whitespace: [${key}]`);
  }
  if (key.split('.').some((part) => part.trim() === '')) {
    throw unparsable(at, `field name cannot contain only whitespace: ['${key}']`);
  }
  const dot = key.indexOf('.');
  checkKey(walk, field, key.slice(0, dot), { [key.slice(dot + 1)]: value }, dynamic);
}

function checkValue(walk: Walk, field: Field, value: unknown, dynamic: Dynamic, inArray: boolean): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) checkValue(walk, field, item, dynamic, true);
    return;
  }
  if (field.type === 'object' || field.type === 'nested') {
    if (field.params['enabled'] === false) return;
    if (typeof value === 'object') checkObject(walk, field, value as Source, dynamic);
    else throw isScalar(walk, inArray);
  } else if (isFlattened(field.type)) checkFlattened(walk, field, value);
  else if (typeof value === 'object') {
    if (isChecked(field.type)) throw isObject(walk, field, value);
  } else {
    checkScalar(walk, field, value as string | number | boolean, '');
    if (field.fields === undefined) return;
    for (const [name, multi] of field.fields) checkScalar(walk, multi, value as string | number | boolean, `.${name}`);
  }
}

function checkScalar(walk: Walk, field: Field, value: string | number | boolean, suffix: string): void {
  const wrong = wrongScalar(field, value);
  if (wrong === undefined) return;
  const ignore = field.params['ignore_malformed'] ?? walk.index.ignoreMalformed;
  if (ignore === true && field.type !== 'keyword' && field.type !== 'boolean') return;
  throw unfit(walk, field, value, wrong, suffix);
}

function checkFlattened(walk: Walk, field: Field, value: unknown): void {
  if (typeof value !== 'object') {
    const reason = `Failed to parse object: expecting token of type [START_OBJECT] but found [VALUE_${typeof value === 'string' ? 'STRING' : 'OTHER'}]`;
    throw unfit(walk, field, value, { type: 'parsing_exception', reason, line: 1, col: columnOf(walk.raw, walk.path) });
  }
  if (walk.raw.length <= 32_766 / 3) return;
  const tooLong = longLeaf(value as object);
  if (tooLong !== undefined && field.params['ignore_above'] === undefined) throw unfit(walk, field, tooLong, immense());
}

function longLeaf(value: object): string | undefined {
  for (const child of Object.values(value) as unknown[]) {
    if (typeof child === 'string' && Buffer.byteLength(child) > 32_766) return child;
    const found = typeof child === 'object' && child !== null ? longLeaf(child) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function addField(walk: Walk, parent: Field, key: string, value: unknown): void {
  const first = Array.isArray(value) ? (value.flat(9) as unknown[]) : [value];
  let field: Field | undefined;
  for (const item of first) {
    if (item === null || item === undefined) continue;
    const next = inferred(walk.index.mapping.rest['dynamic_templates'], walk.path, item);
    if (field === undefined) attach(walk, parent, key, (field = next));
    else if (field.type !== next.type) {
      throw illegal(`mapper [${walk.path.join('.')}] cannot be changed from type [${field.type}] to [${next.type}]`);
    }
  }
  if (field !== undefined) checkValue(walk, field, value, field.dynamic ?? 'true', false);
}

function attach(walk: Walk, parent: Field, key: string, field: Field): void {
  const { index } = walk;
  const count = 1 + (field.fields?.size ?? 0);
  if (index.fieldCount + count > index.fieldLimit) {
    const limit = `Limit of total fields [${index.fieldLimit}] has been exceeded while adding new fields [1]`;
    throw unparsable(`1:${columnOf(walk.raw, walk.path)}`, limit);
  }
  const properties = (parent.properties ??= new Map());
  properties.set(key, field);
  index.fieldCount += count;
  walk.undo.push(() => {
    properties.delete(key);
    index.fieldCount -= count;
  });
}

function checkTimestamp(walk: Walk, value: unknown): void {
  const name = 'data stream timestamp field [@timestamp]';
  const count = Array.isArray(value) ? value.length : value === undefined || value === null ? 0 : 1;
  if (count === 1) return;
  walk.path = ['@timestamp'];
  if (count === 0) throw unparsable(`1:${walk.raw.length}`, `${name} is missing`);
  const error = { type: 'illegal_argument_exception', reason: `${name} encountered multiple values` };
  throw unfit(walk, { type: 'date', params: {} }, (value as unknown[])[1], error);
}
