// The JSON text of one attribute in the attributes scope (misp-api 5, misp-live 1). Text is put together, not encoded: an
// answer of 5,000 rows shares the contexts of few events.
import { decayScores } from './decay.ts';
import { type MispEvent, type Org, type Row, type TagLink } from './model.ts';
import { atLeast, type MispSwitches } from './switches.ts';
import { type Parameters } from './parameters.ts';

export interface RowForm {
  numbers: boolean;
  org: boolean;
  objectTimestamp: boolean;
  permSync: boolean;
  context: boolean;
  eventTags: boolean;
  eventUuid: boolean;
  warnings: boolean;
  sightings: boolean;
  decay: boolean;
  attachments: boolean;
  /** An empty list of proposals. */
  proposals: boolean;
  /** includeProposals from 2.5.16 on: all attribute tags are lost. */
  withoutTags: boolean;
  now: number;
  /** Key of an event's JSON in its cache. */
  key: string;
}

const text = (value: unknown): string => JSON.stringify(value);
const isOn = (value: unknown): boolean =>
  value !== undefined && value !== false && value !== 0 && value !== '0' && value !== '';

/** What the includes of a request add to each row. */
export function formOf(given: Parameters, switches: MispSwitches, now: number): RowForm {
  const decay = isOn(given['includeDecayScore']);
  const form = {
    numbers: switches.numbers,
    org: atLeast(switches, '2.5.19'),
    objectTimestamp: atLeast(switches, '2.5.16'),
    permSync: switches.permSync,
    context: isOn(given['includeContext']),
    eventTags: isOn(given['includeEventTags']) || decay || isOn(given['excludeDecayed']),
    eventUuid: isOn(given['includeEventUuid']),
    warnings: isOn(given['includeWarninglistHits']),
    sightings: isOn(given['includeSightings']),
    decay,
    attachments: isOn(given['withAttachments']),
    proposals: isOn(given['includeProposals']),
    withoutTags: isOn(given['includeProposals']) && atLeast(switches, '2.5.16'),
    now,
  };
  return { ...form, key: `${form.numbers} ${form.org} ${form.permSync} ${form.context}` };
}

/** Where scalars are strings unless the driver gives numbers. */
const quote = (form: Pick<RowForm, 'numbers'>, value: number): string => (form.numbers ? `${value}` : `"${value}"`);

/**
 * Adds the text of one row to `out`, in few large pieces: V8 keeps a concatenation as a tree, and an answer of trees costs a
 * copy more. `keep`: the text of the row's own columns is kept with it for the next answer.
 */
export function addRowJson(out: string[], row: Row, form: RowForm, keep: boolean): void {
  if (row.override === null) return addPieces(out, row, form, keep);
  const pieces: string[] = [];
  addPieces(pieces, row, form, false);
  out.push(overridden(pieces.join(''), row.override));
}

function addPieces(out: string[], row: Row, form: RowForm, keep: boolean): void {
  const { event, object } = row;
  const q = (value: number): string => quote(form, value);
  const own = form.numbers ? ownColumns(row, form) : (row.text ?? ownColumns(row, form));
  if (keep && !form.numbers && row.text === null) row.text = flat(own);
  out.push(own);
  if (form.attachments && row.data !== null) out.push(`,"data":${text(row.data)}`);
  if (form.eventUuid) out.push(`,"event_uuid":"${event.uuid}"`);
  if (form.decay) out.push(decayScores(row, form.now));
  if (form.warnings && row.warned) out.push(warnings(row, form));
  if (form.sightings) out.push(`,"Sighting":${row.sightedAt > 0 ? sightings(row, form) : '[]'}`);
  out.push(
    ',"Event":',
    cached(event, form.key, () => eventJson(event, form)),
  );
  if (object) {
    const timestamp = form.objectTimestamp ? `,"timestamp":${q(object.timestamp)}` : '';
    out.push(
      `,"Object":{"id":${q(object.id)},"distribution":${q(object.distribution)},"sharing_group_id":${q(0)}${timestamp}}`,
    );
  }
  if (!form.withoutTags) addTags(out, row, form);
  if (form.proposals) out.push(',"ShadowAttribute":[]');
  out.push('}');
}

function ownColumns(row: Row, form: RowForm): string {
  const q = (value: number): string => quote(form, value);
  return (
    `{"id":${q(row.id)},"event_id":${q(row.event.id)},"object_id":${q(row.object?.id ?? 0)},"object_relation":${text(row.relation)},` +
    `"category":${text(row.category)},"type":${text(row.type)},"to_ids":${row.toIds},"uuid":"${row.uuid}",` +
    `"timestamp":${q(row.timestamp)},"distribution":${q(row.distribution)},"sharing_group_id":${q(0)},` +
    `"comment":${text(row.comment)},"deleted":${row.deleted},"disable_correlation":${row.disableCorrelation},` +
    `"first_seen":${text(row.firstSeen)},"last_seen":${text(row.lastSeen)},"value":${text(row.value)}`
  );
}

/** The same text in one piece. */
function flat(json: string): string {
  json.charCodeAt(0);
  return json;
}

function cached(event: MispEvent, key: string, make: () => string): string {
  let json = event.json.get(key);
  if (json === undefined) event.json.set(key, (json = flat(make())));
  return json;
}

function addTags(out: string[], row: Row, form: RowForm): void {
  const own = row.tags.map(({ tag, local }) => {
    const galaxy = tag.name.startsWith('misp-galaxy:');
    return `${tagHead(tag, form)},"is_galaxy":${galaxy},"local":${local}}`;
  });
  const inherited = form.eventTags
    ? cached(row.event, `tags ${form.numbers} ${form.permSync}`, () =>
        eventTags(row.event, form)
          .map(({ tag }) => `${tagHead(tag, form)},"inherited":1}`)
          .join(','),
      )
    : '';
  const between = own.length > 0 && inherited !== '' ? ',' : '';
  if (own.length > 0 || inherited !== '') out.push(',"Tag":[', own.join(','), between, inherited, ']');
}

const tagHead = (tag: TagLink['tag'], form: RowForm): string =>
  `{"id":${quote(form, tag.id)},"name":${text(tag.name)},"colour":${text(tag.colour)},"numerical_value":${text(tag.numerical)}`;

/** Local tags of the event are kept from users with perm_sync. */
const eventTags = (event: MispEvent, form: Pick<RowForm, 'permSync'>): TagLink[] =>
  form.permSync ? event.tags.filter((link) => !link.local) : event.tags;

function eventJson(event: MispEvent, form: RowForm): string {
  const q = (value: number): string => quote(form, value);
  const ids = `"org_id":${q(event.org.id)},"orgc_id":${q(event.orgc.id)}`;
  const org = ({ id, name, uuid }: Org, local: string): string =>
    `{"id":${q(id)},"name":${text(name)},"uuid":"${uuid}"${local}}`;
  const orgs = `,"Org":${org(event.org, '')},"Orgc":${org(event.orgc, '')},"ThreatLevel":${text(misnamed(event.threatLevel))}`;
  if (form.context) {
    const tags = eventTags(event, form).map(({ tag, local }) => `{"local":${local},${tagHead(tag, form).slice(1)}}`);
    return (
      `{"id":${q(event.id)},"orgc_id":${q(event.orgc.id)},"org_id":${q(event.org.id)},"date":"${event.date}",` +
      `"threat_level_id":${q(event.threatLevel)},"info":${text(event.info)},"published":${event.published},` +
      `"uuid":"${event.uuid}","analysis":${q(event.analysis)},"timestamp":${q(event.timestamp)},` +
      `"distribution":${q(event.distribution)},"publish_timestamp":${q(event.publishTimestamp)},"sharing_group_id":${q(0)},` +
      `"extends_uuid":"${event.extendsUuid}","Tag":[${tags.join(',')}]` +
      (form.org ? orgs : `,"Orgc":${org(event.orgc, `,"local":${event.orgc.id === 1}`)}`) +
      '}'
    );
  }
  if (!form.org) {
    return (
      `{"org_id":${q(event.org.id)},"distribution":${q(event.distribution)},"publish_timestamp":${q(event.publishTimestamp)},` +
      `"id":${q(event.id)},"info":${text(event.info)},"orgc_id":${q(event.orgc.id)},"uuid":"${event.uuid}"}`
    );
  }
  return (
    `{"id":${q(event.id)},"info":${text(event.info)},${ids},"uuid":"${event.uuid}","user_id":${q(1)},` +
    `"threat_level_id":${q(event.threatLevel)},"distribution":${q(event.distribution)},"analysis":${q(event.analysis)},` +
    `"date":"${event.date}","timestamp":${q(event.timestamp)},"publish_timestamp":${q(event.publishTimestamp)}${orgs}}`
  );
}

/** Off by one since 2.5.19: the id is used as the index of a list (misp-api 5). */
const misnamed = (level: number): string => ['High', 'Medium', 'Low', 'Undefined'][level] ?? '';

const warnings = (row: Row, form: RowForm): string =>
  `,"warnings":[{"match":${text(row.value)},"value":${text(row.value)},"warninglist_id":${quote(form, 1)},` +
  `"warninglist_name":"List of known IPv4 public DNS resolvers","warninglist_category":"false_positive"}]`;

const sightings = (row: Row, form: RowForm): string =>
  `[{"id":${quote(form, row.id)},"attribute_id":${quote(form, row.id)},"event_id":${quote(form, row.event.id)},` +
  `"org_id":${quote(form, 1)},"date_sighting":${quote(form, row.sightedAt)},"uuid":"${row.uuid}","source":"","type":"0",` +
  `"attribute_uuid":"${row.uuid}","Organisation":{"id":${quote(form, 1)},"uuid":"${row.event.org.uuid}","name":${text(row.event.org.name)}}}]`;

/** Raw JSON text in place of single keys, also such as no encoder would write. */
function overridden(json: string, override: Record<string, string | null>): string {
  const own = Object.entries(JSON.parse(json) as Record<string, unknown>).map(
    ([key, value]) => [key, text(value)] as const,
  );
  const texts = new Map<string, string | null>([...own, ...Object.entries(override)]);
  const pairs = [...texts].filter(([, raw]) => raw !== null).map(([key, raw]) => `${text(key)}:${raw}`);
  return `{${pairs.join(',')}}`;
}
