import { type MispData } from './data.ts';

export interface TrueAttribute {
  id: number;
  event: string;
  type: string;
  value: string;
  toIds: boolean;
  timestamp: number;
  deleted: boolean;
  published: boolean;
  /** Whether our user may see it. */
  visible: boolean;
  /** Its own tags and those of its event. */
  tags: string[];
}

export interface MispTruth {
  events: number;
  attributes: number;
  live: number;
  byUuid: Record<string, TrueAttribute>;
}

/** What the MISP holds now, whatever its API would say. */
export function truthOf(data: MispData): MispTruth {
  const byUuid: Record<string, TrueAttribute> = {};
  let live = 0;
  for (const row of data.byId.rows()) {
    const { event } = row;
    if (!row.deleted) live++;
    byUuid[row.uuid] = {
      id: row.id,
      event: event.uuid,
      type: row.type,
      value: row.value,
      toIds: row.toIds,
      timestamp: row.timestamp,
      deleted: row.deleted,
      published: event.published,
      visible: event.visible && !row.hidden,
      tags: [...new Set([...row.tags, ...event.tags].map((link) => link.tag.name))],
    };
  }
  return { events: data.events.size, attributes: data.size, live, byUuid };
}
