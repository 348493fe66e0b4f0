// What stands around an attribute, as events/restSearch tells it: organisations, objects, neighbours, and more of the event. It is context:
// what cannot be read of it is left out, and costs no attribute.
import { z } from 'zod';
import { flagOr, isObject, maybeFlag, maybeWhole, text, textOr, wholeOr } from './scalars.ts';

export const organisation = z.looseObject({ id: textOr(''), name: textOr(''), uuid: textOr(''), local: maybeFlag });

/** An attribute that is told as context of another: nothing of it must make that other unreadable. */
export const sibling = z.looseObject({
  uuid: textOr(''),
  id: textOr(''),
  event_id: textOr(''),
  object_id: textOr('0'),
  object_relation: text.nullish(),
  category: textOr(''),
  type: textOr(''),
  value: textOr(''),
  to_ids: flagOr(false),
  deleted: flagOr(false),
  timestamp: wholeOr(0),
  comment: textOr(''),
  distribution: textOr(''),
  sharing_group_id: textOr('0'),
  disable_correlation: maybeFlag,
  first_seen: text.nullish(),
  last_seen: text.nullish(),
});

/** From events/restSearch, and from there alone. */
export const object = z.looseObject({
  id: textOr(''),
  uuid: textOr(''),
  name: textOr(''),
  'meta-category': textOr(''),
  description: textOr(''),
  comment: textOr(''),
  template_uuid: textOr(''),
  template_version: textOr(''),
  timestamp: wholeOr(0),
  distribution: textOr(''),
  sharing_group_id: textOr('0'),
  deleted: flagOr(false),
  first_seen: text.nullish(),
  last_seen: text.nullish(),
  Attribute: z.array(sibling),
});

export type OrganisationRow = z.output<typeof organisation>;
export type ObjectRow = z.output<typeof object>;
export type SiblingRow = z.output<typeof sibling>;

/** What events/restSearch says of an event, and attributes/restSearch does not. */
export const eventDetails = {
  attribute_count: maybeWhole,
  disable_correlation: maybeFlag,
  locked: maybeFlag,
  proposal_email_lock: maybeFlag,
  sighting_timestamp: wholeOr(0),
  event_creator_email: textOr(''),
};

/** An event of events/restSearch. */
const eventOfEvents = z.looseObject({
  id: text,
  ...eventDetails,
  Org: organisation.nullish().catch(null),
  Orgc: organisation.nullish().catch(null),
});

/** What stands around the attributes of one event. JSON that was written from it is read to the same. */
export interface EventSurroundings {
  event: z.output<typeof eventOfEvents>;
  /** Attributes of no object, the lowest ids first. */
  plain: SiblingRow[];
  /** By id. */
  objects: Record<string, ObjectRow>;
}
/** By the id of the event. */
export type EventContexts = Record<string, EventSurroundings>;

/** One element of events/restSearch, its attributes and objects as they came; null when it is none. */
export function eventIn(
  raw: unknown,
): { event: EventSurroundings['event']; attributes: unknown[]; objects: unknown[] } | null {
  const given = isObject(raw) ? raw['Event'] : undefined;
  if (!isObject(given)) return null;
  const { Attribute, Object: objects, ...own } = given;
  const LISTS = ['ShadowAttribute', 'RelatedEvent', 'Galaxy', 'EventReport', 'CryptographicKey', 'Tag'];
  const parsed = eventOfEvents.safeParse(
    Object.fromEntries(Object.entries(own).filter(([key]) => !LISTS.includes(key))),
  );
  return parsed.success ? { event: parsed.data, attributes: listOf(Attribute), objects: listOf(objects) } : null;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What cannot be read is left out. */
export const siblingsIn = (rows: readonly unknown[]): SiblingRow[] =>
  rows.flatMap((row) => {
    const parsed = sibling.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });

/** An object with its attributes; of a large event only the id is known. What cannot be read is left out. */
export const objectsIn = (rows: readonly unknown[]): ObjectRow[] =>
  rows.flatMap((row) => {
    const attributes = isObject(row) ? siblingsIn(listOf(row['Attribute'])) : [];
    const parsed = object.safeParse(isObject(row) ? { ...row, Attribute: attributes } : row);
    return parsed.success ? [parsed.data] : [];
  });

/** Surroundings that were kept as JSON. */
export const contextsOf = (kept: EventContexts): EventContexts =>
  Object.fromEntries(
    Object.entries(kept).map(([id, { event, plain, objects }]) => [
      id,
      {
        event: eventOfEvents.parse(event),
        plain: siblingsIn(plain),
        objects: keyed(objectsIn(Object.values(objects))),
      },
    ]),
  );

const keyed = (objects: readonly ObjectRow[]): Record<string, ObjectRow> =>
  Object.fromEntries(objects.map((each) => [each.id, each]));
