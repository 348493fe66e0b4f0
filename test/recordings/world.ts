// The MISP of the recordings as it was at any moment.
import { MispData } from '../../simulators/misp/data.ts';
import { type MispEvent } from '../../simulators/misp/model.ts';
import { type Json, type Recording } from './recording.ts';
import { numberOf, Seen, textOf, type KnownRow } from './seen.ts';

export class World {
  private readonly seen: Seen;

  /** `gone`: ids of events that were deleted although no recording shows how, with the time since when they are missing. */
  constructor(recordings: readonly Recording[], gone: Readonly<Record<string, number>> = {}) {
    this.seen = new Seen(recordings);
    timeRows([...this.seen.rows.values()], recordings, new Map(Object.entries(gone)));
  }

  /** Times at which something changed: between two of them each request meets the same state. */
  get changes(): number[] {
    const rows = [...this.seen.rows.values()].flatMap(({ since, until }) => [since, until]);
    const events = [...this.seen.events.values()].flatMap((sightings) =>
      sightings.slice(1).map(({ raw }) => changedAt(raw)),
    );
    return [...new Set([...rows, ...events])].filter((time) => time > 0 && time < Infinity).sort((a, b) => a - b);
  }

  /** How many ids of events lie between those that are known: there may have been events that no recording shows. */
  hiddenEvents(at: number): number {
    const ids = [...this.seen.events.keys()].filter((id) => this.eventIsThere(id, at)).map(Number);
    return Math.max(...ids, 0) - ids.length;
  }

  /** The MISP as it was at `at`. */
  dataAt(at: number, now: () => number): MispData {
    const data = new MispData({ now });
    const ids = [...this.seen.events.keys()].filter((id) => this.eventIsThere(id, at));
    for (const id of ids.sort((a, b) => Number(a) - Number(b))) this.insertEvent(data, id, at);
    const rows = [...this.seen.rows.values()].filter(({ since, until }) => since <= at && at < until);
    for (const row of rows.sort((a, b) => numberOf(a.raw['id']) - numberOf(b.raw['id']))) this.insertRow(data, row, at);
    return data;
  }

  /** An event without a row that we know was there from the start. */
  private eventIsThere(id: string, at: number): boolean {
    const rows = [...this.seen.rows.values()].filter(({ raw }) => textOf(raw['event_id']) === id);
    return rows.length === 0 || rows.some(({ since, until }) => since <= at && at < until);
  }

  // ---- making the state of a moment

  /** What is known of an event at `at`: an older sighting counts until the newer one's own time of change. */
  private eventAt(id: string, at: number): Json {
    const sightings = this.seen.events.get(id) ?? [];
    const early = sightings.filter(({ raw }) => changedAt(raw) <= at);
    const late = sightings.filter(({ raw }) => changedAt(raw) > at);
    return Object.assign({}, ...late.toReversed().map(({ raw }) => raw), ...early.map(({ raw }) => raw)) as Json;
  }

  private insertEvent(data: MispData, id: string, at: number): void {
    const raw = this.eventAt(id, at);
    const org = (of: unknown): { id: number; name: string; uuid?: string } => {
      const told = this.seen.orgs.get(textOf(of));
      return {
        id: numberOf(of),
        name: textOf(told?.['name'] ?? `Org ${textOf(of)}`),
        ...(told && { uuid: textOf(told['uuid']) }),
      };
    };
    const event = data.insertEvent({
      id: numberOf(id),
      uuid: textOf(raw['uuid']),
      info: textOf(raw['info']),
      date: raw['date'] === undefined ? undefined : textOf(raw['date']),
      org: org(raw['org_id']),
      orgc: org(raw['orgc_id']),
      timestamp: numberOf(raw['timestamp'] ?? 0),
      publishTimestamp: numberOf(raw['publish_timestamp'] ?? 0),
      published:
        raw['published'] === true || (raw['published'] === undefined && numberOf(raw['publish_timestamp']) > 0),
      threatLevel: numberOf(raw['threat_level_id'] ?? 4),
      analysis: numberOf(raw['analysis'] ?? 0),
      distribution: numberOf(raw['distribution'] ?? 3),
      extendsUuid: textOf(raw['extends_uuid'] ?? ''),
      tags: this.seen.eventTags.get(id) ?? [],
    });
    for (const each of [event.org, event.orgc]) each.uuid = org(each.id).uuid ?? each.uuid;
  }

  private insertRow(data: MispData, { raw, tags, sightings, warned }: KnownRow, at: number): void {
    const event = data.event(numberOf(raw['event_id']));
    if (!event) return;
    const row = data.insertAttribute(event, {
      id: numberOf(raw['id']),
      uuid: textOf(raw['uuid']),
      object: raw['object_id'] === '0' ? null : this.objectOf(data, event, textOf(raw['object_id'])),
      relation: raw['object_relation'] as string | null,
      type: textOf(raw['type']),
      category: textOf(raw['category']),
      value: textOf(raw['value']),
      toIds: raw['to_ids'] === true,
      timestamp: numberOf(raw['timestamp']),
      distribution: numberOf(raw['distribution']),
      comment: textOf(raw['comment']),
      deleted: raw['deleted'] === true,
      disableCorrelation: raw['disable_correlation'] === true,
      firstSeen: (raw['first_seen'] ?? null) as string | null,
      lastSeen: (raw['last_seen'] ?? null) as string | null,
      data: (raw['data'] ?? null) as string | null,
      tags,
      warned,
    });
    row.sightedAt = Math.max(0, ...sightings.filter((time) => time <= at));
  }

  private objectOf(data: MispData, event: MispEvent, id: string): MispEvent['objects'][number] {
    const known = event.objects.find((object) => object.id === Number(id));
    if (known) return known;
    const raw = this.seen.objects.get(id) ?? {};
    return data.insertObject(event, {
      id: Number(id),
      ...(raw['uuid'] !== undefined && { uuid: textOf(raw['uuid']) }),
      ...(raw['name'] !== undefined && { name: textOf(raw['name']), metaCategory: textOf(raw['meta-category']) }),
      timestamp: numberOf(raw['timestamp'] ?? 0),
      distribution: numberOf(raw['distribution'] ?? 5),
      comment: textOf(raw['comment'] ?? ''),
      deleted: raw['deleted'] === true,
    });
  }
}

/**
 * When each row came. Before the first request that changed something nothing did, so what was there then was there from the
 * start. Ids count up, so a later one came before a row of the same or a higher id was shown: at its own timestamp if that
 * fits, else right then. A deleted event takes its rows along.
 */
function timeRows(rows: KnownRow[], recordings: readonly Recording[], deleted: Map<string, number>): void {
  const firstChange = recordings.find(changesSomething)?.at ?? Infinity;
  for (const { request, response, at } of recordings) {
    const id = /^\/events\/delete\/(\d+)$/.exec(request.path)?.[1];
    if (id !== undefined && response.status === 200) deleted.set(id, at);
  }
  const fromTop = rows.sort((a, b) => numberOf(b.raw['id']) - numberOf(a.raw['id']));
  let shown = Infinity;
  for (const row of fromTop) {
    shown = Math.min(shown, row.since);
    const own = numberOf(row.raw['timestamp']);
    row.since = shown < firstChange ? 0 : own >= firstChange && own < shown ? own : shown;
    row.until = deleted.get(textOf(row.raw['event_id'])) ?? Infinity;
  }
}

const changesSomething = ({ request, response }: Recording): boolean =>
  response.status === 200 && /\/(add|edit|delete)\b/.test(request.path);

/** The newest time that an event tells of itself; 0 when it tells none. */
const changedAt = (raw: Json): number =>
  Math.max(0, ...[raw['timestamp'], raw['publish_timestamp']].filter((time) => time !== undefined).map(Number));
