// Columns of a Lens visualisation: what is counted, and by what. A field that the shipped mapping does not have is refused.
import { FIELDS, type FieldType } from '../../src/translate/ecs/mapping.ts';
import type { Json } from './saved.ts';

export interface Column {
  operationType: string;
  label: string;
  customLabel: true;
  dataType: string;
  isBucketed: boolean;
  scale: string;
  sourceField?: string;
  filter?: Json;
  params: Json;
}

/** A query in KQL. */
export const kuery = (query: string): Json => ({ language: 'kuery', query });

const DATA_TYPES: Partial<Record<FieldType, string>> = {
  keyword: 'string',
  boolean: 'boolean',
  date: 'date',
  ip: 'ip',
  long: 'number',
};

function dataTypeOf(field: string): string {
  const type = FIELDS.get(field);
  const dataType = type && DATA_TYPES[type];
  if (dataType === undefined) throw new Error(`${field} is no field that Lens can group or count by`);
  return dataType;
}

const metric = (operationType: string, label: string, dataType: string, more: Partial<Column>): Column => ({
  operationType,
  label,
  customLabel: true,
  dataType,
  isBucketed: false,
  scale: 'ratio',
  params: {},
  ...more,
});

/** Documents; of those that `query` (KQL) finds. */
export const count = (label: string, query?: string): Column =>
  metric('count', label, 'number', {
    sourceField: '___records___',
    params: { emptyAsNull: false },
    ...(query === undefined ? {} : { filter: kuery(query) }),
  });

/** Different values. Above some thousands Elasticsearch estimates. */
export const unique = (label: string, field: string): Column => {
  dataTypeOf(field);
  return metric('unique_count', label, 'number', { sourceField: field, params: { emptyAsNull: false } });
};

/** The greatest, and the smallest, value. */
export const latest = (label: string, field: string): Column => endOf('max', label, field);
export const earliest = (label: string, field: string): Column => endOf('min', label, field);

const endOf = (operationType: string, label: string, field: string): Column =>
  metric(operationType, label, dataTypeOf(field), { sourceField: field, params: { emptyAsNull: true } });

const bucket = (operationType: string, label: string, dataType: string, more: Partial<Column>): Column => ({
  ...metric(operationType, label, dataType, more),
  isBucketed: true,
});

/** The values that most documents have. `rest`: the others together, and documents without one. */
export const top = (label: string, field: string, size: number, { rest = false } = {}): Column =>
  bucket('terms', label, dataTypeOf(field), {
    scale: dataTypeOf(field) === 'number' ? 'interval' : 'ordinal',
    sourceField: field,
    params: { size, orderDirection: 'desc', otherBucket: rest, missingBucket: rest, parentFormat: { id: 'terms' } },
  });

/** Along a time; `auto` is as fine as the range that is looked at allows. */
export const over = (label: string, field: string, interval = 'auto'): Column => {
  if (dataTypeOf(field) !== 'date') throw new Error(`${field} is no date`);
  return bucket('date_histogram', label, 'date', {
    scale: 'interval',
    sourceField: field,
    params: { interval, includeEmptyRows: interval === 'auto', dropPartials: false },
  });
};

/** One group for each query. */
export const groups = (label: string, queries: Readonly<Record<string, string>>): Column =>
  bucket('filters', label, 'string', {
    scale: 'ordinal',
    params: { filters: Object.entries(queries).map(([name, query]) => ({ label: name, input: kuery(query) })) },
  });
