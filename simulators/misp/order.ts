import { type Row } from './model.ts';

/** `id` and `timestamp,id` are read from an index; others are sorted. */
export interface Order {
  index: 'id' | 'timestamp' | undefined;
  descending: boolean;
  compare: (a: Row, b: Row) => number;
}

const columns: Record<string, (row: Row) => string | number> = {
  'Attribute.id': (row) => row.id,
  'Attribute.event_id': (row) => row.event.id,
  'Attribute.object_id': (row) => row.object?.id ?? 0,
  'Attribute.type': (row) => row.type,
  'Attribute.category': (row) => row.category,
  'Attribute.value': (row) => row.value,
  'Attribute.distribution': (row) => row.distribution,
  'Attribute.timestamp': (row) => row.timestamp,
  'Attribute.object_relation': (row) => row.relation ?? '',
  'Event.publish_timestamp': (row) => row.event.publishTimestamp,
};

/** The order asked for; `undefined` when it is absent or any part of it is not allowed: MISP says nothing then (misp-api 3.1). */
export function orderOf(value: unknown): Order | undefined {
  const parts = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? (value as unknown[]) : [];
  const keys: { name: string; column: (row: Row) => string | number; sign: 1 | -1 }[] = [];
  for (const part of parts) {
    // The model is case-sensitive, the field and the direction are not.
    const [, model = 'Attribute', field, direction] =
      /^\s*(?:(\w+)\.)?(\w+)(?:\s+(asc|desc))?\s*$/i.exec(String(part)) ?? [];
    const name = `${model}.${field?.toLowerCase()}`;
    const column = columns[name];
    if (!column) return undefined;
    keys.push({ name, column, sign: direction?.toLowerCase() === 'desc' ? -1 : 1 });
  }
  const [first, second] = keys;
  if (!first) return undefined;
  const byTime = first.name === 'Attribute.timestamp' && second?.name === 'Attribute.id' && first.sign === second.sign;
  return {
    index: first.name === 'Attribute.id' ? 'id' : byTime ? 'timestamp' : undefined,
    descending: first.sign < 0,
    compare: (a, b) => {
      for (const { column, sign } of keys) {
        const [x, y] = [column(a), column(b)];
        if (x !== y) return x < y ? -sign : sign;
      }
      return 0;
    },
  };
}

/** What a database does that reads the primary key. */
export const byId: Order = { index: 'id', descending: false, compare: (a, b) => a.id - b.id };

/** A different arrangement of the same rows for each salt: what a database without ORDER BY may do. */
export function shuffled(a: { id: number }, b: { id: number }, salt: number): number {
  return scramble(a.id, salt) - scramble(b.id, salt);
}

function scramble(id: number, salt: number): number {
  let t = Math.imul(id ^ (salt * 0x9e3779b1), 0x85ebca6b);
  t = Math.imul(t ^ (t >>> 13), 0xc2b2ae35);
  return (t ^ (t >>> 16)) >>> 0;
}
