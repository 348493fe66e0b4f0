// What MISP answers, checked row by row. Every scalar may come as string, number or boolean (misp-api 5); unknown fields are kept.
// A row that cannot be parsed becomes a dead letter, never an exception.
import { z } from 'zod';
import { flag, flagOr, FLAGS, isObject, maybeFlag, text, textOr, whole, wholeOf, wholeOr } from './scalars.ts';
import { eventDetails, object, organisation, sibling } from './surroundings.ts';

const uuid = z
  .string('is missing')
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'is no UUID');
const lowerUuid = uuid.transform((value) => value.toLowerCase());

export interface TagRow {
  name: string;
  local: boolean;
  /** A tag of the event (includeEventTags); those carry no `local`. */
  inherited: boolean;
}

/** By hand, since a page holds tens of thousands of tags. */
const tags = z
  .array(z.unknown())
  .nullish()
  .transform((list, context): TagRow[] | undefined =>
    list?.map((given, i) => {
      const { name, local, inherited } = isObject(given) ? given : {};
      if (typeof name !== 'string') {
        context.issues.push({ code: 'custom', message: 'has no name', input: given, path: [i] });
        return z.NEVER;
      }
      return { name, local: FLAGS.get(local) ?? false, inherited: FLAGS.get(inherited) ?? false };
    }),
  );

/** With includeContext. Without `published` the context was not sent, and no filter could be trusted. */
const event = z.looseObject({
  id: text,
  uuid: lowerUuid,
  info: textOr(''),
  date: textOr(''),
  threat_level_id: textOr(''),
  analysis: textOr(''),
  published: flag,
  publish_timestamp: wholeOr(0),
  timestamp: wholeOr(0),
  distribution: textOr(''),
  org_id: textOr(''),
  orgc_id: textOr(''),
  sharing_group_id: textOr(''),
  extends_uuid: textOr(''),
  ...eventDetails,
  Org: organisation.nullish(),
  Orgc: organisation.nullish(),
  Tag: tags,
});

const number = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/).transform(Number)]); // prettier-ignore

/** With includeDecayScore: one for each enabled model that knows the type; the key is absent without one (misp-api 5). */
const decay = z.looseObject({
  score: number,
  base_score: number.nullish(),
  decayed: flag,
  DecayingModel: z.looseObject({ id: textOr(''), name: textOr('') }),
});

const attribute = z.looseObject({
  id: whole,
  uuid: lowerUuid,
  event_id: textOr(''),
  object_id: textOr('0'),
  object_relation: text.nullish(),
  category: textOr(''),
  type: text,
  value: text,
  to_ids: flag,
  deleted: flagOr(false),
  timestamp: whole,
  comment: textOr(''),
  distribution: textOr(''),
  sharing_group_id: textOr('0'),
  first_seen: text.nullish(),
  last_seen: text.nullish(),
  data: z.string().nullish(),
  Event: event,
  Tag: tags,
  disable_correlation: maybeFlag,
  decay_score: z.array(decay).nullish().catch(null),
  /** Put there by us when an events feed reads, as MISP gives them in the event. */
  RelayObject: object.nullish(),
  RelayContext: z.array(sibling).nullish(),
  warnings: z.array(z.looseObject({ warninglist_name: textOr('') })).nullish(),
});

/** For a row whose event has been checked already. */
const attributeOfKnownEvent = attribute.extend({ Event: z.custom<z.output<typeof event>>() });

export type AttributeRow = z.output<typeof attribute>;
export type EventContext = z.output<typeof event>;
export type DecayRow = z.output<typeof decay>;

export type ParsedRow =
  | { ok: true; row: AttributeRow }
  | { ok: false; reason: string; raw: unknown; uuid?: string; id?: string; timestamp?: number };

/** Contexts that were checked, by their JSON. Thousands of rows of one answer share those of few events. */
export type KnownEvents = Map<string, EventContext>;

/**
 * One element of `response.Attribute`. Never throws. `reason` is one sentence that holds no data of the row. With `events`, rows with
 * the same context share one object, which nobody may change.
 */
export function parseRow(raw: unknown, events?: KnownEvents): ParsedRow {
  const context = events && isObject(raw) ? JSON.stringify(raw['Event']) : undefined;
  const known = context === undefined ? undefined : events!.get(context);
  const parsed = known
    ? attributeOfKnownEvent.safeParse({ ...(raw as object), Event: known })
    : attribute.safeParse(raw);
  if (parsed.success) {
    if (context !== undefined && !known) events!.set(context, parsed.data.Event);
    return { ok: true, row: parsed.data };
  }
  const issue = parsed.error.issues[0];
  const path = ['Attribute', ...(issue?.path ?? [])].map(String).join('.');
  const missing = issue?.code === 'invalid_union' || issue?.code === 'invalid_type';
  const reason = `${path} ${missing ? complaint(raw, issue.path) : (issue?.message ?? 'cannot be read')}.`;
  return { ok: false, reason, raw, ...whatCanBeRead(raw) };
}

function complaint(raw: unknown, path: PropertyKey[]): string {
  let value = raw;
  for (const part of path) value = isObject(value) ? value[part as string] : undefined;
  if (value === undefined || value === null) return 'is missing';
  return `has the wrong type (${Array.isArray(value) ? 'list' : typeof value})`;
}

function whatCanBeRead(raw: unknown): { uuid?: string; id?: string; timestamp?: number } {
  if (!isObject(raw)) return {};
  const given = uuid.safeParse(raw['uuid']);
  const id = wholeOf(raw['id']);
  const timestamp = wholeOf(raw['timestamp']);
  return {
    ...(given.success ? { uuid: given.data.toLowerCase() } : {}),
    ...(id === null ? {} : { id: String(id) }),
    ...(timestamp === null ? {} : { timestamp }),
  };
}

/** `GET /servers/getVersion`. */
export const versionAnswer = z.looseObject({ version: z.string(), perm_sync: flagOr(false) });

/** `GET /users/view/me`: only what we need. The answer may hold the key in clear, so it is never logged or kept. */
export const meAnswer = z.object({
  User: z.object({ email: textOr(''), org_id: textOr('') }),
  Role: z.object({
    name: textOr(''),
    perm_auth: flagOr(true),
    perm_sync: flagOr(false),
    perm_site_admin: flagOr(false),
    enforce_rate_limit: flagOr(false),
    rate_limit_count: wholeOr(0),
    restsearch_limit_result: wholeOr(0),
  }),
  Organisation: z.object({ name: textOr('') }).nullish(),
  UserSetting: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
});
