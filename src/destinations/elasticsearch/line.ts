// The line of a record, `<action>\t<document>`, and the body that lines make. JSON holds no raw tab, so the body is had by replacing.
import { RecordError } from '../../errors.ts';
import type { Delivery } from '../../records/delivery.ts';
import { documentOf, type EcsOptions, markOf } from '../../translate/ecs.ts';
import type { Shape } from '../../translate/shape.ts';
import { streamOf } from './names.ts';

export interface LineSettings {
  mode: 'index' | 'data_stream';
  onWithdraw: 'delete' | 'mark';
  ecs: EcsOptions;
}

/**
 * Mode `index` has one document for each attribute of a feed, and an older version never overwrites a newer one. Mode `data_stream` has one
 * for each version. Throws RecordError EVENT_EMPTY, and what the shape throws.
 */
export function lineOf(delivery: Delivery, shape: Shape, { mode, onWithdraw, ecs }: LineSettings): string {
  const { feed, seq, endpoint, action } = delivery;
  const uuid = delivery.action === 'upsert' ? delivery.record.uuid : delivery.identity.uuid;
  const id = `${feed}:${uuid}`;
  if (mode === 'data_stream') {
    // The number alone is of one source only, so the feed belongs to it. Each action names its stream: there are two of them.
    const create = {
      _index: streamOf(endpoint, ecs.namespace),
      _id: `${id}:${seq}${action === 'upsert' ? '' : ':withdrawn'}`,
    };
    return `${JSON.stringify({ create })}\t${documentText(shape(documentOf(delivery, ecs), delivery))}`;
  }
  const place = { _id: id, version: seq, version_type: 'external_gte' };
  if (action === 'upsert') {
    return `${JSON.stringify({ index: place })}\t${documentText(shape(documentOf(delivery, ecs), delivery))}`;
  }
  if (onWithdraw === 'delete') return JSON.stringify({ delete: place });
  // The mark comes last: whatever a feed's `translate:` does, it must stand.
  const marked = markOf(shape(documentOf(delivery, ecs), delivery));
  return `${JSON.stringify({ index: place })}\t${documentText(marked)}`;
}

function documentText(document: Record<string, unknown>): string {
  if (Object.keys(document).length > 0) return JSON.stringify(document);
  throw new RecordError('EVENT_EMPTY', 'nothing is left of the document after translate:');
}

export const isDelete = (line: string): boolean => line.startsWith('{"delete"');

/** The end of an action, and `event.ingested` where a document begins with it. */
const DOCUMENT = /\t(\{"event":\{"ingested":"[^"]{24}")?/g;

/**
 * NDJSON with a line break at its end. `event.ingested` becomes the time of sending: Elastic's latest transform sorts and syncs by it, two
 * minutes back, and a record may have waited longer (elastic-ti-misp 2.6). `nowMs`: epoch milliseconds. As long as the lines together.
 */
export function bodyOf(lines: readonly string[], nowMs: number): string {
  const begins = `\n{"event":{"ingested":"${new Date(nowMs).toISOString()}"`;
  return `${lines.join('\n')}\n`.replace(DOCUMENT, (_, head: string | undefined) =>
    head === undefined ? '\n' : begins,
  );
}
