// POST /events/restSearch, GET /events/view and POST /events/index.
import { createHash } from 'node:crypto';
import { type SimReply, type SimRequest } from '../http.ts';
import { type MispData } from './data.ts';
import { eventObject, liveCount } from './event-json.ts';
import { type MispEvent, type Row } from './model.ts';
import { type Parameters } from './parameters.ts';
import { deletedTest, flagsOf, planOf, tagsOfEvents } from './plan.ts';
import { internalError, jsonError, jsonReply } from './replies.ts';
import { shuffled } from './order.ts';
import { type MispSwitches } from './switches.ts';
import { BadRequest, inside, windowOf } from './time.ts';

const isOn = (value: unknown): boolean => value !== undefined && value !== false && value !== 0 && value !== '0';
let requests = 0;

/** Events that match, whole; limit and page count events; X-Result-Count is the true total here (misp-api 6). */
export function eventSearch(data: MispData, switches: MispSwitches, given: Parameters, url: string): SimReply {
  let matching: MispEvent[];
  try {
    matching = matchingEvents(data, switches, given);
  } catch (error) {
    if (error instanceof BadRequest) return internalError(url);
    throw error;
  }
  // Here `false` is a filter, but not in the count (misp-live 6).
  const counted = given['published'] === false ? matchingEvents(data, switches, without(given, 'published')) : matching;
  const total = counted.length;
  const ordered = order(matching, given['order'], switches);
  const limit = Number(given['limit'] ?? 0);
  const page = Math.max(1, Number(given['page'] ?? 1));
  const events = limit > 0 ? ordered.slice(limit * (page - 1), limit * page) : ordered;
  const headers = {
    'X-Result-Count': String(total),
    'X-Export-Module-Used': 'json',
    'X-Response-Format': 'json',
    ...(switches.skippedHeader && { 'X-Skipped-Elements-Count': '0' }),
    'Content-Disposition': `attachment; filename="misp.event.${nameOf(given['eventid'])}.json"`,
  };
  const form = {
    metadata: isOn(given['metadata']),
    attributes: attributesTest(given, switches),
    flatten: isOn(given['flatten']),
    attachments: isOn(given['withAttachments']) || isOn(given['includeAttachments']),
  };
  // An event that cannot be encoded becomes an empty text: JSON that is none, with 200 (misp-api 3.6).
  const texts = events.map((event) =>
    event.rows.some((row) => row.poison) ? '' : JSON.stringify({ Event: eventObject(event, switches, form) }),
  );
  const rows = events.reduce((sum, event) => sum + event.rows.length, 0);
  return {
    ...jsonReply(200, null, headers),
    body: `{"response": [${texts.join(',')}]}`,
    transport: switches.transport,
    delayMs: (switches.msPer1000Rows * rows) / 1000,
  };
}

const nameOf = (eventid: unknown): string =>
  typeof eventid === 'string' || typeof eventid === 'number' ? String(eventid) : 'list';

const without = (given: Parameters, name: string): Parameters =>
  Object.fromEntries(Object.entries(given).filter(([key]) => key !== name));

/** Only these filters thin the attributes of an event (misp-live 6). */
function attributesTest(given: Parameters, switches: MispSwitches): (row: Row) => boolean {
  const deleted = deletedTest(given['deleted'] ?? 0, switches);
  const toIds = flagsOf(given['to_ids']);
  const enforce = isOn(given['enforceWarninglist']);
  return (row) => deleted(row) && (!toIds || toIds.includes(row.toIds)) && !(enforce && row.warned && row.toIds);
}

function matchingEvents(data: MispData, switches: MispSwitches, given: Parameters): MispEvent[] {
  const { timestamp, tag, deleted: _, event_uuid, event_tags, ...rest } = given;
  const plan = planOf(data, switches, {
    ...rest,
    deleted: [0, 1],
    event_timestamp: timestamp ?? given['event_timestamp'],
    tags: given['tags'] ?? tag,
    ...(given['published'] === false && { published: 0 }),
    eventid: given['eventid'] ?? event_uuid,
  });
  const onEvent = tagsOfEvents(data, event_tags);
  // Attribute filters choose events; they do not thin their attributes.
  const onRows = ['type', 'category', 'value', 'tags', 'tag', 'uuid', 'to_ids', 'attribute_timestamp'];
  const needsRow = onRows.some((name) => given[name] !== undefined);
  const only = plan.only && new Set(plan.only);
  return [...data.events.values()].filter(
    (event) =>
      event.visible &&
      onEvent(event) &&
      plan.events.every((test) => test(event)) &&
      (!needsRow ||
        event.rows.some(
          (row) =>
            (!only || only.has(row)) && inside(plan.window, row.timestamp) && plan.rows.every((test) => test(row)),
        )),
  );
}

function order(events: MispEvent[], value: unknown, switches: MispSwitches): MispEvent[] {
  const match = /^(?:Event\.)?(id|timestamp|publish_timestamp)(?: (asc|desc))?$/i.exec(
    typeof value === 'string' ? value : '',
  );
  const sign = match?.[2]?.toLowerCase() === 'desc' ? -1 : 1;
  const column = (event: MispEvent): number =>
    match?.[1] === 'timestamp'
      ? event.timestamp
      : match?.[1] === 'publish_timestamp'
        ? event.publishTimestamp
        : event.id;
  const salt = ++requests;
  if (!match && switches.shuffle) return events.sort((a, b) => shuffled(a, b, salt));
  return events.sort((a, b) => sign * (column(a) - column(b)) || a.id - b.id);
}

/** One event by id or uuid; 404 when there is none for us. */
export function eventView(data: MispData, switches: MispSwitches, id: string, url: string): SimReply {
  const event = data.event(id);
  if (!event?.visible) return jsonError(404, 'Invalid event', url);
  return jsonReply(200, {
    Event: eventObject(event, switches, {
      metadata: false,
      flatten: false,
      attachments: false,
      attributes: (row) => !row.deleted,
    }),
  });
}

/** The event index, with ETag and 304; unsorted unless `sort` is sent, without protected events (misp-api 7). */
export function eventIndex(data: MispData, switches: MispSwitches, request: SimRequest, url: string): SimReply {
  let given: Parameters = {};
  try {
    if (request.body.length > 0) given = JSON.parse(request.body.toString()) as Parameters;
  } catch {
    return jsonError(405, 'Invalid JSON input.', url);
  }
  const now = data.now();
  const windows = [windowOf(given['timestamp'], now), windowOf(given['publish_timestamp'], now)] as const;
  let events = [...data.events.values()].filter(
    (event) =>
      event.visible &&
      (!windows[0] || inside(windows[0], event.timestamp)) &&
      (!windows[1] || inside(windows[1], event.publishTimestamp)),
  );
  const total = events.length;
  const sort =
    typeof given['sort'] === 'string'
      ? `${given['sort']} ${given['direction'] === 'desc' ? 'desc' : 'asc'}`
      : undefined;
  events = order(events, sort, switches);
  const limit = Number(given['limit'] ?? 0);
  if (limit > 0) {
    const page = Math.max(1, Number(given['page'] ?? 1));
    events = events.slice(limit * (page - 1), limit * page);
  }
  const q = (value: number): string | number => (switches.numbers ? value : String(value));
  const rows = events
    .filter((event) => !event.protected)
    .map((event) => ({
      id: q(event.id),
      uuid: event.uuid,
      timestamp: q(event.timestamp),
      sighting_timestamp: q(event.rows.reduce((last, row) => Math.max(last, row.sightedAt), 0)),
      published: event.published,
      orgc_uuid: event.orgc.uuid,
      ...(!isOn(given['minimal']) && {
        info: event.info,
        date: event.date,
        org_id: q(event.org.id),
        orgc_id: q(event.orgc.id),
        threat_level_id: q(event.threatLevel),
        analysis: q(event.analysis),
        attribute_count: q(liveCount(event)),
        publish_timestamp: q(event.publishTimestamp),
        Orgc: { id: q(event.orgc.id), name: event.orgc.name, uuid: event.orgc.uuid },
      }),
    }));
  const reply = jsonReply(200, rows, { 'X-Result-Count': String(total) });
  return withEtag(reply, request);
}

/** The ETag is made only when If-None-Match was sent; marks of a compressing proxy are cut off before comparing. */
function withEtag(reply: SimReply, request: SimRequest): SimReply {
  const known = request.headers['if-none-match'];
  if (known === undefined) return reply;
  const etag = `"${createHash('sha1').update(reply.body).digest('hex')}"`;
  if (known.replace(/-(gzip|br)"?$/, '"') === etag) return { status: 304, headers: { ETag: etag }, body: '' };
  return { ...reply, headers: { ...reply.headers, ETag: etag } };
}
