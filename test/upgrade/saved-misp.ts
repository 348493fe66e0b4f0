// What a simulated MISP holds, as text and back: the generator may change, what was recorded may not. Ids are given anew in the same
// order, so they come out as they were as long as no row was taken out before.
import { MispData } from '../../simulators/misp/data.ts';
import type { MispEvent, MispObject, NewTag, TagLink } from '../../simulators/misp/model.ts';

interface SavedMisp {
  events: { org: { name: string; uuid: string } }[];
  /** Parents by their place in their lists. */
  objects: { event: number; fields: object }[];
  rows: { event: number; object: number | null; fields: object }[];
}

const tagsOf = (links: readonly TagLink[]): NewTag[] =>
  links.map(({ tag: { name, colour, numerical }, local }) => ({ name, colour, numerical, local }));

/** One JSON text. Throws when ids have gaps: they would not come out as they are. */
export function savedMisp(data: MispData): string {
  const events = [...data.events.values()].sort((a, b) => a.id - b.id);
  const objects = events.flatMap((event) => event.objects).sort((a, b) => a.id - b.id);
  const rows = [...data.byId.rows()];
  for (const list of [events, objects, rows]) {
    if (list.some(({ id }, place) => id !== place + 1)) throw new Error('this MISP has lost a row: it cannot be saved');
  }
  const place = new Map<MispEvent | MispObject, number>(
    [...events.entries(), ...objects.entries()].map(([n, of]) => [of, n]),
  );
  const saved: SavedMisp = {
    events: events.map(
      ({ rows: _rows, objects: _objects, json: _json, seenBy: _seen, passed: _passed, id: _id, ...event }) => ({
        ...event,
        org: { name: event.org.name, uuid: event.org.uuid },
        orgc: { name: event.orgc.name, uuid: event.orgc.uuid },
        tags: tagsOf(event.tags),
      }),
    ),
    objects: objects.map(({ id: _id, event, ...fields }) => ({ event: place.get(event)!, fields })),
    rows: rows.map(({ id: _id, event, object, gone: _gone, text: _text, sightedAt: _sighted, ...fields }) => ({
      event: place.get(event)!,
      object: object && place.get(object)!,
      fields: { ...fields, tags: tagsOf(fields.tags) },
    })),
  };
  return JSON.stringify(saved);
}

/** The reverse of savedMisp; its clock is the real one. */
export function loadMisp(text: string): MispData {
  const saved = JSON.parse(text) as SavedMisp;
  const data = new MispData({ seed: 2 }); // other uuids than those that were made up before
  for (const { org } of saved.events) data.org(org).uuid = org.uuid; // one of them is there from the beginning
  const events = saved.events.map((fields) => data.insertEvent(fields));
  const objects = saved.objects.map(({ event, fields }) => data.insertObject(events[event]!, fields));
  for (const { event, object, fields } of saved.rows) {
    data.insertAttribute(events[event]!, { ...fields, object: object === null ? null : objects[object]! });
  }
  return data;
}
