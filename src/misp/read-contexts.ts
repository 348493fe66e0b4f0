// Asks MISP for what stands around the attributes of a page, and puts it beside them.
import { pageMayBeUnreadable } from './answer-errors.ts';
import type { MispClient } from './client.ts';
import { acceptContext, nextContextRequest, refuseContext, startContexts } from './contexts.ts';
import type { AttributeRow, EventContext } from './schema.ts';
import { eventDetails, type EventContexts, type EventSurroundings } from './surroundings.ts';

export interface ReadContexts {
  contexts: EventContexts;
  /** Ids of events that MISP could not tell in full. */
  givenUp: readonly string[];
}

/**
 * `plain`: so many other plain attributes of its event stand beside an attribute. Throws RetryableErrors for an outage and
 * PermanentErrors; what MISP cannot tell although it works is given up.
 */
export async function readContexts(
  client: MispClient,
  rows: readonly AttributeRow[],
  plain: number,
  signal?: AbortSignal,
): Promise<ReadContexts> {
  let reading = startContexts(
    rows.filter(({ deleted }) => !deleted),
    plain,
  );
  for (let request = nextContextRequest(reading); request; request = nextContextRequest(reading)) {
    const { endpoint, body } = request;
    try {
      const answer =
        endpoint === 'events' ? await client.eventSearch(body, signal) : await client.restSearch(body, signal);
      reading = acceptContext(reading, answer);
    } catch (error) {
      if (!pageMayBeUnreadable(error) || !(await client.probe(signal))) throw error;
      reading = refuseContext(reading);
    }
  }
  const { found, objects } = reading;
  // One that fails alone comes as an empty list (misp-api 3.6), so what is not told is given up too.
  return { contexts: found, givenUp: [...reading.givenUp, ...Object.keys(objects).filter((id) => !found[id])] };
}

/** Rows of one event share what is made of it. A row of an event that is not known, and a deleted one, stay as they are. */
export function attachContexts(rows: readonly AttributeRow[], contexts: EventContexts, plain: number): void {
  const events = new Map<EventContext, EventContext>();
  for (const row of rows) {
    const context = contexts[row.event_id];
    if (!context || row.deleted) continue;
    let event = events.get(row.Event);
    if (!event) events.set(row.Event, (event = withDetails(row.Event, context.event)));
    row.Event = event;
    const object = context.objects[row.object_id];
    if (object) row.RelayObject = object;
    row.RelayContext = context.plain.filter(({ uuid }) => uuid !== row.uuid).slice(0, plain);
  }
}

/** The row's own event decides wherever both say something. */
const withDetails = (event: EventContext, { Org, Orgc, ...details }: EventSurroundings['event']): EventContext => ({
  ...details,
  ...event,
  ...Object.fromEntries(Object.keys(eventDetails).map((key) => [key, details[key]])),
  Org: Org ?? event.Org,
  Orgc: Orgc ?? event.Orgc,
});
