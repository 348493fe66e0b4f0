import { type Row } from './model.ts';
import { type Parameters } from './parameters.ts';

const columns: Record<string, (row: Row) => string | number | boolean> = {
  id: (row) => row.id,
  uuid: (row) => row.uuid,
  event_id: (row) => row.event.id,
  event_uuid: (row) => row.event.uuid,
  category: (row) => row.category,
  type: (row) => row.type,
  value: (row) => row.value,
  comment: (row) => row.comment,
  to_ids: (row) => row.toIds,
  deleted: (row) => row.deleted,
  date: (row) => row.timestamp,
  timestamp: (row) => row.timestamp,
  object_id: (row) => row.object?.id ?? 0,
  object_relation: (row) => row.relation ?? '',
  attribute_tag: (row) => row.tags.map(({ tag }) => tag.name).join(','),
  object_uuid: (row) => row.object?.uuid ?? '',
  object_name: (row) => row.object?.name ?? '',
  object_meta_category: (row) => row.object?.metaCategory ?? '',
};
const usual =
  'uuid,event_id,category,type,value,comment,to_ids,date,object_relation,attribute_tag,object_uuid,object_name,object_meta_category';

/** CSV as MISP writes it: texts quoted, numbers and flags (as 0 or 1) not. Columns that it does not know stay empty. */
export function csv(rows: readonly Row[], given: Parameters): string {
  const asked = given['requested_attributes'];
  const names = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : usual.split(',');
  const lines = rows.map((row) => names.map((name) => cell(columns[name]?.(row) ?? '')).join(','));
  if (given['headerless'] === undefined || given['headerless'] === 0) lines.unshift(names.join(','));
  // A line break after each row, and one at the end of all.
  return `${lines.join('\n')}\n\n`;
}

function cell(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number' || /^\d+$/.test(value)) return String(value);
  return `"${value.replaceAll('"', '""')}"`;
}
