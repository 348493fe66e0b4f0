// Compares what the two simulators hold: nothing here comes from the relay's own counters.
import type { TrueAttribute } from './misp/truth.ts';

export interface SinkAttribute {
  action: string;
  attribute_time: unknown;
}

export interface Comparison {
  /** Rows that the MISP shows (uuid, timestamp, deleted) without an event at the sink or a dead letter. */
  missing: string[];
  /** Events beyond the first for one delivery_id. */
  duplicates: number;
}

/**
 * A deleted row is missing only when it is still live at the sink. `deadLetters`: uuids that were set aside. A live row whose
 * version at the sink is another one is missing too.
 */
export function compare(
  misp: { byUuid: Record<string, TrueAttribute> },
  sink: { byUuid: Record<string, SinkAttribute>; duplicates: number },
  deadLetters: ReadonlySet<string>,
): Comparison {
  const missing = Object.entries(misp.byUuid).flatMap(([uuid, row]) => {
    const seen = sink.byUuid[uuid];
    if (!row.visible || deadLetters.has(uuid)) return [];
    if (row.deleted) return seen?.action === 'upsert' ? [uuid] : [];
    return seen?.action === 'upsert' && Number(seen.attribute_time) === row.timestamp ? [] : [uuid];
  });
  return { missing, duplicates: sink.duplicates };
}
