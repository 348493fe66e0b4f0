// Compares what the two simulators hold: nothing here comes from the relay's own counters.
import type { TrueAttribute } from './misp/truth.ts';

export interface SinkAttribute {
  action: string;
  attribute_time: unknown;
}

/** What a sink holds: the newest of each attribute. */
export interface Holdings {
  byUuid: Record<string, SinkAttribute>;
  duplicates: number;
}

export interface Comparison {
  /** Rows that the MISP shows (uuid, timestamp, deleted) without an event at the sink or a dead letter. */
  missing: string[];
  /** Events beyond the first for one delivery_id. */
  duplicates: number;
  /** What is live at the sink and not wanted in the MISP: deleted, hidden, filtered, unknown. */
  stale: string[];
}

/**
 * A deleted row is missing only when it is still live at the sink. `deadLetters`: uuids that were set aside. A live row whose
 * version at the sink is another one is missing too. `isWanted`: whether the feed's filter lets a row pass.
 */
export function compare(
  misp: { byUuid: Record<string, TrueAttribute> },
  sink: Holdings,
  deadLetters: ReadonlySet<string>,
  isWanted: (row: TrueAttribute) => boolean = () => true,
): Comparison {
  const missing = Object.entries(misp.byUuid).flatMap(([uuid, row]) => {
    const seen = sink.byUuid[uuid];
    if (!row.visible || deadLetters.has(uuid)) return [];
    if (row.deleted || !isWanted(row)) return seen?.action === 'upsert' ? [uuid] : [];
    return seen?.action === 'upsert' && Number(seen.attribute_time) === row.timestamp ? [] : [uuid];
  });
  const stale = Object.keys(sink.byUuid).filter((uuid) => {
    const row = misp.byUuid[uuid];
    if (sink.byUuid[uuid]!.action !== 'upsert' || deadLetters.has(uuid)) return false;
    return !row?.visible || row.deleted || !isWanted(row);
  });
  return { missing, duplicates: sink.duplicates, stale };
}
