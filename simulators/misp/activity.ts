import { type Random } from '../random.ts';
import { type MispData } from './data.ts';
import { type MispEvent, type Row } from './model.ts';
import { makeAttribute, makeEvent, someTags } from './invent.ts';

const kinds = [
  'add',
  'add',
  'add',
  'edit',
  'edit',
  'tag',
  'tag event',
  'delete',
  'delete',
  'publish',
  'publish',
  'import',
  'flag',
] as const;

/** One change as analysts and feeds make them: new, edited, deleted, tagged, published. Says what it did. */
export function step(data: MispData, random: Random): string {
  const events = [...data.events.values()];
  if (events.length === 0) return said('new event', makeEvent(data, random, data.now()));
  const event = random.pick(events);
  const row = event.rows.length > 0 ? random.pick(event.rows) : undefined;
  const kind = random.pick(kinds);
  if (kind === 'import') return imported(data, random);
  if (kind === 'publish') {
    data.publish(event.published ? (events.find((other) => !other.published) ?? event) : event);
    return said('published', event);
  }
  if (kind === 'tag event') {
    data.tagEvent(event, random.pick(someTags));
    return said('tagged', event);
  }
  if (kind === 'add' || !row) {
    const added = data.addAttribute(event, makeAttribute(random, data.now()));
    if (random.chance(0.5)) data.publish(event);
    return said('added', added);
  }
  return changed(data, random, kind, row);
}

function changed(data: MispData, random: Random, kind: 'edit' | 'tag' | 'delete' | 'flag', row: Row): string {
  if (kind === 'delete') {
    if (row.deleted) data.restoreAttribute(row);
    else data.deleteAttribute(row, random.chance(0.15));
    return said(row.deleted || row.gone ? 'deleted' : 'restored', row);
  }
  if (kind === 'tag') data.tagAttribute(row, random.pick(someTags));
  else if (kind === 'flag') data.editAttribute(row, { toIds: !row.toIds });
  else data.editAttribute(row, { comment: `seen ${random.int(100)} times` });
  if (random.chance(0.6)) data.publish(row.event);
  return said(kind === 'tag' ? 'tagged' : kind === 'flag' ? 'to_ids changed' : 'edited', row);
}

/** Old timestamps, as they come from a feed. */
function imported(data: MispData, random: Random): string {
  const old = data.now() - 86_400 * (1 + random.int(400));
  const attributes = Array.from({ length: 1 + random.int(8) }, () => makeAttribute(random, old));
  const event = data.importEvent({
    info: `Feed import ${random.hex(4)}`,
    orgc: 'CIRCL',
    timestamp: old,
    published: random.chance(0.7),
    attributes,
  });
  return said('imported', event);
}

const said = (what: string, on: Row | MispEvent): string =>
  'rows' in on ? `${what} event ${on.id} (${on.info}, ${on.rows.length} attributes)` : `${what} ${on.type} ${on.value}`;
