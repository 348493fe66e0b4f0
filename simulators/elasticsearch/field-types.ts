// What a value must be for the type of its field; the wording of what is refused is measured on 8.19.
import { defaultFormat, parseDate } from './dates.ts';
import { type EsError } from './errors.ts';
import { isAddress } from './ip.ts';
import { type Field } from './mapping.ts';

const bounds: Record<string, readonly [number, number]> = {
  long: [-(2 ** 63), 2 ** 63],
  integer: [-(2 ** 31), 2 ** 31 - 1],
  short: [-32768, 32767],
  byte: [-128, 127],
  unsigned_long: [0, 2 ** 64],
};
const floats = new Set(['double', 'float', 'half_float', 'scaled_float']);
const texts = new Set([
  'keyword',
  'text',
  'ip',
  'date',
  'date_nanos',
  'match_only_text',
  'wildcard',
  'constant_keyword',
]);
const maxTerm = 32_766;

const because = (reason: string, type = 'illegal_argument_exception', more: object = {}): EsError => ({
  type,
  reason,
  ...more,
});

/** Why a scalar is not taken, or nothing. `malformed`: `ignore_malformed` would have it left out instead. */
export function wrongScalar(field: Field, value: string | number | boolean): EsError | undefined {
  const { type, params } = field;
  switch (type) {
    case 'keyword': {
      if (typeof value !== 'string' || value.length * 3 <= maxTerm) return undefined;
      const above = params['ignore_above'];
      if (typeof above === 'number' && value.length > above) return undefined;
      return Buffer.byteLength(value) > maxTerm ? immense() : undefined;
    }
    case 'ip':
      return typeof value === 'string' && isAddress(value)
        ? undefined
        : because(`'${value}' is not an IP string literal.`);
    case 'date':
    case 'date_nanos':
      return wrongDate(value, typeof params['format'] === 'string' ? params['format'] : defaultFormat);
    case 'boolean':
      return wrongBoolean(value);
    case 'constant_keyword':
      params['value'] ??= String(value);
      return params['value'] === String(value)
        ? undefined
        : because(
            `[constant_keyword] field only accepts values that are equal to the value defined in the mappings [${params['value'] as string}], but got [${value}]`,
          );
    default:
      return bounds[type] || floats.has(type) ? wrongNumber(type, value, params['coerce'] !== false) : undefined;
  }
}

export const immense = (): EsError =>
  because(
    'Document contains at least one immense term (whose UTF8 encoding is longer than the max length 32766)',
    undefined,
    {
      caused_by: because('bytes can be at most 32766 in length', 'bytes_ref_hash$max_bytes_length_exceeded_exception'),
    },
  );

function wrongDate(value: string | number | boolean, format: string): EsError | undefined {
  if (value === '') return because('cannot parse empty datetime');
  const parsed = typeof value === 'boolean' ? undefined : parseDate(value, format);
  if (typeof parsed === 'number') return undefined;
  if (parsed !== undefined) return because(parsed, 'date_time_exception');
  return because(`failed to parse date field [${value}] with format [${format}]`, undefined, {
    caused_by: because('Failed to parse with all enclosed parsers', 'date_time_parse_exception'),
  });
}

function wrongBoolean(value: string | number | boolean): EsError | undefined {
  if (typeof value === 'boolean' || value === 'true' || value === 'false' || value === '') return undefined;
  if (typeof value === 'number') {
    return because(
      `Current token (VALUE_NUMBER_${Number.isInteger(value) ? 'INT' : 'FLOAT'}) not of boolean type`,
      'x_content_parse_exception',
    );
  }
  return because(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
}

function wrongNumber(type: string, value: string | number | boolean, coerce: boolean): EsError | undefined {
  if (typeof value === 'boolean') {
    const token = `Current token (VALUE_${String(value).toUpperCase()}) not numeric, can not use numeric value accessors`;
    return because(token, 'x_content_parse_exception');
  }
  const java = type === 'long' ? 'long' : type === 'integer' ? 'int' : type;
  if (typeof value === 'string') {
    if (!coerce) return because(`${type[0]!.toUpperCase()}${type.slice(1)} value passed as String`);
    if (value === '') return undefined;
    const number = Number(value);
    if (value.trim() === '' || (Number.isNaN(number) && value !== 'NaN')) {
      return because(`For input string: "${value}"`, floats.has(type) ? 'number_format_exception' : undefined);
    }
    if (floats.has(type))
      return Number.isFinite(number) ? undefined : because(`[${type}] supports only finite values, but got [${value}]`);
    const [low, high] = bounds[type]!;
    return number < low || number >= high + (high < 2 ** 62 ? 1 : 0)
      ? because(`Value [${value}] is out of range for a ${java}`)
      : undefined;
  }
  if (floats.has(type)) return undefined;
  const [low, high] = bounds[type]!;
  if (value < low || value >= high + (high < 2 ** 62 ? 1 : 0)) {
    return because(`Numeric value (${value}) out of range of ${java} (${low} - ${high})`, 'x_content_parse_exception');
  }
  return coerce || Number.isInteger(value)
    ? undefined
    : because(`${value} cannot be converted to Long without data loss`);
}

/** Why an object is not taken for a field that is no object. */
export const wrongObject = (type: string, at: number): EsError =>
  because(
    texts.has(type)
      ? `Expected text at 1:${at} but found START_OBJECT`
      : type === 'boolean'
        ? 'Current token (START_OBJECT) not of boolean type'
        : 'Cannot parse object as number',
  );

/** Types whose values are looked at; the others take anything. */
export const isChecked = (type: string): boolean =>
  texts.has(type) || type === 'boolean' || bounds[type] !== undefined || floats.has(type);
