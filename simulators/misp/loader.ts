// Reads MISP event files as MISP exports them, in all three shapes (misp-api 11).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MispData } from './data.ts';
import { type MispEvent, type MispObject, type NewAttribute, type NewTag } from './model.ts';

export interface Loaded {
  events: number;
  attributes: number;
  /** Files that are no MISP events, or no JSON. */
  skipped: number;
  /** Events and attributes whose uuid was there already with the same or a newer timestamp. */
  duplicates: number;
}

type Raw = Record<string, unknown>;
const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
const rawsOf = (value: unknown): Raw[] => (Array.isArray(value) ? value.filter(isRaw) : []);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
const numberOf = (value: unknown): number | undefined => {
  const number = Number(textOf(value) ?? NaN);
  return Number.isFinite(number) ? number : undefined;
};
const flagOf = (value: unknown): boolean => value === true || value === 1 || value === '1';

/** Loads every event file below a folder, whatever the ids in it: they are given anew. */
export function loadFolder(data: MispData, folder: string): Loaded {
  const loaded: Loaded = { events: 0, attributes: 0, skipped: 0, duplicates: 0 };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) loadFile(data, readFileSync(file, 'utf8'), loaded);
  return loaded;
}

/** Loads the events of one file's text, and adds to the counts. */
export function loadFile(data: MispData, text: string, loaded: Loaded): void {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    loaded.skipped++;
    return;
  }
  const events = eventsOf(json);
  if (events.length === 0) loaded.skipped++;
  for (const event of events) loadEvent(data, event, loaded);
}

function eventsOf(json: unknown): Raw[] {
  if (Array.isArray(json)) return rawsOf(json).flatMap(eventsOf);
  if (!isRaw(json)) return [];
  if (isRaw(json['Event'])) return [json['Event']];
  if ('response' in json) return eventsOf(Array.isArray(json['response']) ? json['response'] : [json['response']]);
  return typeof json['info'] === 'string' && (Array.isArray(json['Attribute']) || Array.isArray(json['Object']))
    ? [json]
    : [];
}

function loadEvent(data: MispData, raw: Raw, loaded: Loaded): void {
  const uuid = textOf(raw['uuid']);
  const timestamp = numberOf(raw['timestamp']);
  const known = uuid === undefined ? undefined : data.event(uuid);
  if (known) {
    loaded.duplicates++;
    if ((timestamp ?? 0) <= known.timestamp) return;
    loaded.events--;
    loaded.attributes -= known.rows.length;
    data.deleteEvent(known);
  }
  const orgc = isRaw(raw['Orgc']) ? raw['Orgc'] : undefined;
  const published = flagOf(raw['published']);
  const event = data.insertEvent({
    uuid,
    info: textOf(raw['info']),
    date: textOf(raw['date']),
    orgc: orgc && textOf(orgc['name']) ? { name: textOf(orgc['name'])!, uuid: textOf(orgc['uuid']) } : undefined,
    timestamp,
    published,
    publishTimestamp: numberOf(raw['publish_timestamp']) ?? (published ? timestamp : 0),
    threatLevel: numberOf(raw['threat_level_id']),
    analysis: numberOf(raw['analysis']),
    distribution: numberOf(raw['distribution']),
    extendsUuid: textOf(raw['extends_uuid']),
    tags: tagsOf(raw),
  });
  loaded.events++;
  for (const attribute of rawsOf(raw['Attribute'])) loadAttribute(data, event, null, attribute, loaded);
  for (const rawObject of rawsOf(raw['Object'])) {
    const object = data.insertObject(event, {
      uuid: textOf(rawObject['uuid']),
      name: textOf(rawObject['name']),
      metaCategory: textOf(rawObject['meta-category']),
      timestamp: numberOf(rawObject['timestamp']) ?? event.timestamp,
      comment: textOf(rawObject['comment']),
      deleted: flagOf(rawObject['deleted']),
    });
    for (const attribute of rawsOf(rawObject['Attribute'])) loadAttribute(data, event, object, attribute, loaded);
  }
}

function loadAttribute(data: MispData, event: MispEvent, object: MispObject | null, raw: Raw, loaded: Loaded): void {
  const uuid = textOf(raw['uuid']);
  const timestamp = numberOf(raw['timestamp']) ?? event.timestamp;
  const known = uuid === undefined ? undefined : data.row(uuid);
  if (known) {
    loaded.duplicates++;
    if (timestamp <= known.timestamp) return;
    data.removeAttribute(known);
    loaded.attributes--;
  }
  const fields: NewAttribute = {
    uuid,
    object,
    relation: textOf(raw['object_relation']) ?? null,
    type: textOf(raw['type']),
    category: textOf(raw['category']),
    value: textOf(raw['value']) ?? '',
    toIds: flagOf(raw['to_ids']),
    timestamp,
    comment: textOf(raw['comment']),
    distribution: numberOf(raw['distribution']),
    deleted: flagOf(raw['deleted']) || (object?.deleted ?? false),
    disableCorrelation: flagOf(raw['disable_correlation']),
    firstSeen: textOf(raw['first_seen']) ?? null,
    lastSeen: textOf(raw['last_seen']) ?? null,
    data: textOf(raw['data']) ?? null,
    tags: tagsOf(raw),
  };
  data.insertAttribute(event, fields);
  loaded.attributes++;
}

function tagsOf(raw: Raw): NewTag[] {
  const tags = rawsOf(raw['Tag']).flatMap((tag): NewTag[] => {
    const name = textOf(tag['name']);
    if (name === undefined) return [];
    return [
      {
        name,
        colour: textOf(tag['colour']),
        local: flagOf(tag['local']),
        numerical: textOf(tag['numerical_value']) ?? null,
      },
    ];
  });
  return [...new Map(tags.map((tag) => [tag.name, tag])).values()];
}
