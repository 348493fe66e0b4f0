// The values of a field in a document, in the form in which its type compares them.
import { dateMath, defaultFormat, parseDate } from './dates.ts';
import { addressBits } from './ip.ts';
import { type Field, findField, type Mapping } from './mapping.ts';

export type Scalar = string | number | boolean;
/** A comparable form: dates in ms, addresses as bits. */
export type Key = string | number | bigint | boolean;

/** All scalars under a dotted path; arrays are walked through, keys may hold dots themselves. */
export function scalarsAt(source: unknown, path: string): Scalar[] {
  const found: Scalar[] = [];
  collect(source, path, found);
  return found;
}

function collect(value: unknown, path: string, found: Scalar[]): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, found);
  } else if (path === '') {
    if (typeof value === 'object') for (const child of Object.values(value)) collect(child, '', found);
    else found.push(value as Scalar);
  } else if (typeof value === 'object') {
    for (let dot = path.indexOf('.'); ; dot = path.indexOf('.', dot + 1)) {
      const key = dot < 0 ? path : path.slice(0, dot);
      collect((value as Record<string, unknown>)[key], dot < 0 ? '' : path.slice(dot + 1), found);
      if (dot < 0) return;
    }
  }
}

const numbers = new Set([
  ...['long', 'integer', 'short', 'byte', 'double', 'float', 'half_float', 'unsigned_long', 'scaled_float'],
]);

/** `undefined`: a value that is kept in `_source` and not indexed. */
export function keyOf(field: Field, value: Scalar): Key | undefined {
  const { type, params } = field;
  if (numbers.has(type)) {
    const number = value === '' ? NaN : Number(value);
    return Number.isNaN(number) ? undefined : type === 'long' || type === 'integer' ? Math.trunc(number) : number;
  }
  if (type === 'date' || type === 'date_nanos') {
    const parsed = typeof value === 'boolean' ? undefined : parseDate(value, formatOf(field));
    return typeof parsed === 'number' ? parsed : undefined;
  }
  if (type === 'boolean') return value === true || value === 'true';
  if (type === 'ip') return addressBits(String(value));
  const above = params['ignore_above'];
  return typeof above === 'number' && String(value).length > above ? undefined : String(value);
}

/** What a query gives for a field: like a value, and with date math. */
export function asked(field: Field, value: Scalar, now: number): Key | undefined {
  if (field.type === 'date' || field.type === 'date_nanos') return dateMath(value as string, formatOf(field), now);
  return keyOf({ ...field, params: {} }, value);
}

export const isNumber = (field: Field): boolean => numbers.has(field.type);
const formatOf = (field: Field): string =>
  typeof field.params['format'] === 'string' ? field.params['format'] : defaultFormat;

export interface Reader {
  field: Field;
  keys: (source: unknown) => Key[];
  scalars: (source: unknown) => Scalar[];
}

/** How to read a field; `undefined`: it is not mapped. `loose`: what is not mapped counts as a keyword. */
export function readerOf(mapping: Mapping, name: string, loose: boolean): Reader | undefined {
  const found =
    findField(mapping, name) ?? (loose ? { field: { type: 'keyword', params: {} }, path: name } : undefined);
  if (found === undefined) return undefined;
  const { field, path } = found;
  const scalars = (source: unknown): Scalar[] => scalarsAt(source, path);
  if (field.type === 'constant_keyword') {
    const value = field.params['value'];
    const constant = value === undefined ? [] : [value as string];
    return { field, keys: () => constant, scalars: () => constant };
  }
  const keys = (source: unknown): Key[] => {
    const found: Key[] = [];
    for (const value of scalars(source)) {
      const key = keyOf(field, value);
      if (key !== undefined) found.push(key);
    }
    return found;
  };
  return { field, keys, scalars };
}
