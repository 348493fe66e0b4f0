// What is said of a document that does not fit, worded as by 8.19.
import { type EsError, Refused } from './errors.ts';
import { wrongObject } from './field-types.ts';
import { type Field } from './mapping.ts';
import { columnOf, previewOf } from './raw.ts';

/** Where in which document something is wrong. */
export interface Place {
  id: string;
  raw: string;
  path: string[];
}

export const unparsable = (at: string, reason: string): Refused =>
  new Refused(400, 'document_parsing_exception', `[${at}] failed to parse: ${reason}`, {
    caused_by: { type: 'illegal_argument_exception', reason },
  });

export function unfit(walk: Place, field: Field, value: unknown, error: EsError, suffix = ''): Refused {
  const start = columnOf(walk.raw, walk.path);
  const at = typeof value === 'object' ? start + JSON.stringify(value).length - 1 : start;
  const reason = `[1:${at}] failed to parse field [${walk.path.join('.')}${suffix}] of type [${field.type}] in document with id '${walk.id}'. Preview of field's value: '${previewOf(value)}'`;
  return new Refused(400, 'document_parsing_exception', reason, { caused_by: error });
}

export const isObject = (walk: Place, field: Field, value: object): Refused =>
  unfit(walk, field, value, wrongObject(field.type, columnOf(walk.raw, walk.path)));

export const isScalar = (walk: Place, inArray: boolean): Refused => {
  const name = walk.path.join('.');
  const reason = `[1:${columnOf(walk.raw, walk.path)}] object mapping for [${name}] tried to parse field [${inArray ? 'null' : walk.path.at(-1)!}] as object, but found a concrete value`;
  return new Refused(400, 'document_parsing_exception', reason);
};

export const isStrict = (walk: Place, key: string): Refused => {
  const within = walk.path.slice(0, -1).join('.') || '_doc';
  const reason = `[1:${columnOf(walk.raw, walk.path)}] mapping set to strict, dynamic introduction of [${key}] within [${within}] is not allowed`;
  return new Refused(400, 'strict_dynamic_mapping_exception', reason);
};

export const isMetadata = (walk: Place, key: string, value: unknown): Refused =>
  unfit(walk, { type: key, params: {} }, value, {
    type: 'document_parsing_exception',
    reason: `[1:${columnOf(walk.raw, walk.path)}] Field [${key}] is a metadata field and cannot be added inside a document. Use the index API request parameters.`,
  });
