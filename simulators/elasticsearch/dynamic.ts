// What dynamic mapping makes of a value: by dynamic templates, else by what it looks like.
import { parseIso } from './dates.ts';
import { type Field } from './mapping.ts';
import { matches } from './names.ts';

/** What dynamic mapping makes of a value. */
export function inferred(templates: unknown, path: readonly string[], value: unknown): Field {
  const key = path.at(-1)!;
  const kind =
    typeof value === 'object'
      ? 'object'
      : typeof value === 'boolean'
        ? 'boolean'
        : typeof value === 'number'
          ? Number.isInteger(value)
            ? 'long'
            : 'double'
          : 'string';
  for (const group of (templates ?? []) as Record<string, Template>[]) {
    for (const template of Object.values(group)) {
      if (!fits(template, kind, key, path.join('.'))) continue;
      const { type, ...params } = template.mapping ?? {};
      return kind === 'object' && type === undefined
        ? { type: 'object', params, properties: new Map() }
        : { type: typeof type === 'string' ? type : kind === 'string' ? 'text' : kind, params };
    }
  }
  if (kind === 'object') return { type: 'object', params: {}, properties: new Map() };
  if (kind === 'double') return { type: 'float', params: {} };
  if (kind !== 'string') return { type: kind, params: {} };
  const text = value as string;
  if (/^\d{4}-/.test(text) && typeof parseIso(text) === 'number') return { type: 'date', params: {} };
  if (/^\d{4}\/\d\d\/\d\d( \d\d:\d\d:\d\d)?$/.test(text)) {
    return { type: 'date', params: { format: 'yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis' } };
  }
  return {
    type: 'text',
    params: {},
    fields: new Map([['keyword', { type: 'keyword', params: { ignore_above: 256 } }]]),
  };
}

interface Template {
  match_mapping_type?: string;
  match?: string;
  path_match?: string;
  mapping?: Record<string, unknown>;
}

const fits = (template: Template, kind: string, key: string, path: string): boolean =>
  (template.match_mapping_type === undefined ||
    template.match_mapping_type === '*' ||
    template.match_mapping_type === kind) &&
  (template.match === undefined || matches(template.match, key)) &&
  (template.path_match === undefined || matches(template.path_match, path));
