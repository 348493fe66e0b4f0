// Changes by name, for whoever drives a simulator in another process.
import { seeded } from '../random.ts';
import { step } from './activity.ts';
import { type MispData } from './data.ts';
import {
  type Marks,
  type MispEvent,
  type MispObject,
  type NewAttribute,
  type NewEvent,
  type NewObject,
  type Row,
  type TagLike,
} from './model.ts';

export interface Change {
  op: ChangeName;
  /** uuid of an attribute. */
  attribute?: string;
  /** id or uuid of an event. */
  event?: string | number;
  /** uuid of an object. */
  object?: string;
  /** Event that rows are merged into. */
  into?: string | number;
  /** Of a new or edited thing. */
  fields?: NewEvent & NewAttribute & NewObject & Partial<Marks>;
  attributes?: NewAttribute[];
  tag?: TagLike;
  remove?: boolean;
  hard?: boolean;
  visible?: boolean;
  eventTimestamp?: number;
  publish?: boolean;
  /** Steps of random activity, and their seed. */
  steps?: number;
  seed?: number;
}

const fields = (change: Change): NonNullable<Change['fields']> => change.fields ?? {};

function row(data: MispData, change: Change): Row {
  const found = data.row(change.attribute ?? '');
  if (!found) throw new Error(`no attribute ${change.attribute}`);
  return found;
}
function event(data: MispData, id: string | number | undefined): MispEvent {
  const found = data.event(id ?? '');
  if (!found) throw new Error(`no event ${id}`);
  return found;
}
function object(data: MispData, change: Change): MispObject {
  for (const one of data.events.values())
    for (const found of one.objects) if (found.uuid === change.object) return found;
  throw new Error(`no object ${change.object}`);
}

const changes = {
  addEvent: (data: MispData, c: Change) => data.addEvent(fields(c)).uuid,
  addAttribute: (data: MispData, c: Change) => data.addAttribute(event(data, c.event), fields(c)).uuid,
  addObject: (data: MispData, c: Change) =>
    data.addObject(event(data, c.event), fields(c), c.attributes ?? []).object.uuid,
  editAttribute: (data: MispData, c: Change) => data.editAttribute(row(data, c), fields(c)).uuid,
  deleteAttribute: (data: MispData, c: Change) => data.deleteAttribute(row(data, c), c.hard),
  restoreAttribute: (data: MispData, c: Change) => data.restoreAttribute(row(data, c)),
  removeByObjectEdit: (data: MispData, c: Change) => data.removeByObjectEdit([row(data, c)]),
  deleteObject: (data: MispData, c: Change) => data.deleteObject(object(data, c), c.hard),
  tagAttribute: (data: MispData, c: Change) => data.tagAttribute(row(data, c), c.tag ?? 'tlp:red', c.remove),
  tagEvent: (data: MispData, c: Change) => data.tagEvent(event(data, c.event), c.tag ?? 'tlp:red', c.remove),
  editEvent: (data: MispData, c: Change) => data.editEvent(event(data, c.event), fields(c)),
  publish: (data: MispData, c: Change) => data.publish(event(data, c.event)),
  unpublish: (data: MispData, c: Change) => data.unpublish(event(data, c.event)),
  deleteEvent: (data: MispData, c: Change) => data.deleteEvent(event(data, c.event)),
  setVisible: (data: MispData, c: Change) => data.setVisible(event(data, c.event), c.visible ?? false),
  sight: (data: MispData, c: Change) => data.sight(row(data, c)),
  importEvent: (data: MispData, c: Change) => data.importEvent({ ...fields(c), attributes: c.attributes ?? [] }).uuid,
  syncAttribute: (data: MispData, c: Change) =>
    data.syncAttribute(row(data, c), fields(c), {
      eventTimestamp: c.eventTimestamp ?? data.now(),
      publish: c.publish ?? false,
    }),
  mergeEvent: (data: MispData, c: Change) =>
    data.mergeEvent(event(data, c.event), event(data, c.into)).map(({ uuid }) => uuid),
  delegate: (data: MispData, c: Change) => data.delegate(event(data, c.event)),
  mark: (data: MispData, c: Change) => data.mark(row(data, c), fields(c)),
  activity: (data: MispData, c: Change) => {
    const random = seeded(c.seed ?? data.changes);
    return Array.from({ length: c.steps ?? 1 }, () => step(data, random));
  },
};

export type ChangeName = keyof typeof changes;
export const changeNames = Object.keys(changes) as ChangeName[];

/** Applies one change; what it made (a uuid, or a list), or nothing. Throws when what it names is not there. */
export function applyChange(data: MispData, change: Change): unknown {
  const apply = changes[change.op] as ((data: MispData, change: Change) => unknown) | undefined;
  if (!apply) throw new Error(`no change ${change.op}; there are ${changeNames.join(', ')}`);
  return apply(data, change);
}
