// All that the answers of the recordings show of what the MISP held: attributes, events, objects, organisations, tags.
import { type NewTag } from '../../simulators/misp/model.ts';
import { isJson, type Json, type Recording } from './recording.ts';

export interface Sighting {
  /** Of the recording. */
  at: number;
  raw: Json;
}

export interface KnownRow {
  raw: Json;
  tags: NewTag[];
  /** From when to when it was there. */
  since: number;
  until: number;
  sightings: number[];
  warned: boolean;
}

export const numberOf = (value: unknown): number => Number(value);
export const textOf = (value: unknown): string => String(value);

export class Seen {
  /** By uuid. */
  readonly rows = new Map<string, KnownRow>();
  /** By id. Each says something of the event, and not all of it. */
  readonly events = new Map<string, Sighting[]>();
  readonly objects = new Map<string, Json>();
  readonly orgs = new Map<string, Json>();
  readonly eventTags = new Map<string, NewTag[]>();

  constructor(recordings: readonly Recording[]) {
    for (const { response, at } of recordings) this.look(response.body, at);
  }

  private look(value: unknown, at: number): void {
    if (Array.isArray(value)) {
      for (const one of value) this.look(one, at);
      return;
    }
    if (!isJson(value)) return;
    if ('event_id' in value && 'category' in value && 'disable_correlation' in value) this.lookAtRow(value, at);
    if ('info' in value && 'orgc_id' in value) this.lookAtEvent(value, at);
    if ('meta-category' in value)
      this.objects.set(textOf(value['id']), { ...this.objects.get(textOf(value['id'])), ...value });
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'Org' || key === 'Orgc') this.lookAtOrg(inner);
      this.look(inner, at);
    }
  }

  private lookAtRow(raw: Json, at: number): void {
    const uuid = textOf(raw['uuid']);
    const tags = Array.isArray(raw['Tag']) ? (raw['Tag'] as Json[]) : [];
    const own = tags.filter((tag) => !('inherited' in tag)).map(tagOf);
    const inherited = tags.filter((tag) => 'inherited' in tag).map(tagOf);
    const eventId = textOf(raw['event_id']);
    if (inherited.length > 0 && !this.eventTags.has(eventId)) this.eventTags.set(eventId, inherited);
    const known = this.rows.get(uuid);
    const sightings = Array.isArray(raw['Sighting']) ? (raw['Sighting'] as Json[]) : [];
    this.rows.set(uuid, {
      // An answer without attachments says less of the same row than one with them.
      raw: { ...known?.raw, ...raw },
      tags: own.length > 0 ? own : (known?.tags ?? []),
      since: Math.min(known?.since ?? Infinity, at),
      until: Infinity,
      sightings: [...(known?.sightings ?? []), ...sightings.map((each) => numberOf(each['date_sighting']))],
      warned: 'warnings' in raw || (known?.warned ?? false),
    });
    const object = raw['Object'];
    if (isJson(object)) {
      const id = textOf(object['id']);
      this.objects.set(id, { ...object, ...this.objects.get(id) });
    }
  }

  private lookAtEvent(raw: Json, at: number): void {
    const id = textOf(raw['id']);
    this.events.set(id, [...(this.events.get(id) ?? []), { at, raw }]);
    if (Array.isArray(raw['Tag'])) this.eventTags.set(id, (raw['Tag'] as Json[]).map(tagOf));
  }

  private lookAtOrg(raw: unknown): void {
    if (isJson(raw) && raw['name'] !== undefined) this.orgs.set(textOf(raw['id']), raw);
  }
}

const tagOf = (raw: Json): NewTag => ({
  id: numberOf(raw['id']),
  name: textOf(raw['name']),
  colour: textOf(raw['colour']),
  numerical: (raw['numerical_value'] ?? null) as string | null,
  local: raw['local'] === true,
});
