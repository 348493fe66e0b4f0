// From the parameters of a restSearch to tests of rows and events (the SQL of misp-api 2.2).
import { type MispData } from './data.ts';
import { type MispEvent, type Row, type TagLink } from './model.ts';
import { type Parameters } from './parameters.ts';
import { type MispSwitches } from './switches.ts';
import { columnTest, like, termsOf, type Terms } from './terms.ts';
import { BadRequest, inside, windowOf, type Window } from './time.ts';

export interface Plan {
  /** Bounds of Attribute.timestamp; the index is cut by them. */
  window: Window;
  rows: ((row: Row) => boolean)[];
  events: ((event: MispEvent) => boolean)[];
  /** The only rows that can match, when the filters name them. */
  only: Row[] | undefined;
}

const nothing = (): boolean => false;

/** Throws `BadRequest` where MISP answers 500. */
export function planOf(data: MispData, switches: MispSwitches, given: Parameters): Plan {
  const plan: Plan = { window: { low: null, high: null }, rows: [], events: [], only: undefined };
  const now = data.now();
  for (const name of ['timestamp', 'attribute_timestamp']) narrow(plan.window, windowOf(given[name], now));
  const times: [name: string, column: (event: MispEvent) => number][] = [
    ['event_timestamp', (event) => event.timestamp],
    ['publish_timestamp', (event) => event.publishTimestamp],
    ['last', (event) => event.publishTimestamp],
  ];
  for (const [name, column] of times) {
    const window = windowOf(given[name], now);
    if (window) plan.events.push((event) => inside(window, column(event)));
  }
  addFlags(plan, given);
  addColumns(plan, given);
  addTags(plan, data, given['tags']);
  addIdentity(plan, data, given);
  addSeen(plan, given, now);
  // The simulator has no sharing groups, so nothing is in one.
  if (termsOf(given['sharinggroup'])) plan.events.push(nothing);
  const deleted = deletedTest(given['deleted'], switches);
  plan.rows.push(deleted);
  return plan;
}

function narrow(into: Window, by: Window | undefined): void {
  if (by?.low != null) into.low = Math.max(into.low ?? -Infinity, by.low);
  if (by?.high != null) into.high = Math.min(into.high ?? Infinity, by.high);
}

/** The table of misp-api 2.4. */
export function deletedTest(value: unknown, switches: MispSwitches): (row: Row) => boolean {
  const column = switches.deleted;
  const hidesDeleted = column === 'from 2.5.16' && !switches.permSync;
  const list = Array.isArray(value) ? value.map(Number) : undefined;
  const both = list !== undefined && list.includes(0) && list.includes(1);
  if (both) return hidesDeleted ? (row) => !row.deleted : () => true;
  const one = list ? list[0] : value;
  if (one === undefined || one === false || one === '' || one === 0 || one === '0') return (row) => !row.deleted;
  if (column === 'before 2.4.202') return (row) => row.deleted && (row.object === null || row.object.deleted);
  return hidesDeleted && one !== 'only' ? nothing : (row) => row.deleted;
}

/** A scalar first_seen is a lower bound, a scalar last_seen an upper one, a list both. Rows without the time never match. */
function addSeen(plan: Plan, given: Parameters, now: number): void {
  const columns = [
    ['first_seen', (row: Row) => row.firstSeen],
    ['last_seen', (row: Row) => row.lastSeen],
  ] as const;
  for (const [name, column] of columns) {
    const asked = windowOf(given[name], now);
    if (!asked) continue;
    const upper = name === 'last_seen' && !Array.isArray(given[name]);
    const window = upper ? { low: null, high: asked.low } : asked;
    plan.rows.push((row) => {
      const time = column(row);
      return time !== null && inside(window, Date.parse(time) / 1000);
    });
  }
}

function addFlags(plan: Plan, given: Parameters): void {
  const toIds = flagsOf(given['to_ids'] === 'exclude' ? 0 : given['to_ids']);
  if (toIds) plan.rows.push((row) => toIds.includes(row.toIds));
  const published = flagsOf(given['published']);
  if (published) plan.events.push((event) => published.includes(event.published));
}

/** 0 and "0" are no, everything else but false is yes; false is no filter. A list of both is no filter either. */
export function flagsOf(value: unknown): boolean[] | undefined {
  if (value === undefined || value === false || value === '') return undefined;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length === 0 ? undefined : list.map((one) => !(one === 0 || one === '0' || one === false));
}

function addColumns(plan: Plan, given: Parameters): void {
  const onRow = (name: string, column: (row: Row) => string): void => {
    const terms = termsOf(given[name]);
    if (!terms) return;
    const test = columnTest(terms);
    plan.rows.push((row) => test(column(row)));
  };
  const type = termsOf(given['type']);
  if (type) {
    // email-src and email-dst also ask for email.
    if ([...type.or, ...type.and].some((term) => term === 'email-src' || term === 'email-dst')) type.or.push('email');
    const test = columnTest(type);
    plan.rows.push((row) => test(row.type));
  }
  onRow('category', (row) => row.category);
  onRow('object_relation', (row) => row.relation ?? '');
  for (const [name, halves] of [
    ['value', [0, 1]],
    ['value1', [0]],
    ['value2', [1]],
  ] as const) {
    const wanted = termsOf(given[name]);
    // A NOT has no effect here (misp-live 1).
    const tests = wanted && [...wanted.or, ...wanted.and].map((term) => like(term.toLowerCase()));
    if (!tests || tests.length === 0) continue;
    plan.rows.push((row) => {
      const parts = partsOf(row);
      return halves.some((half) => parts[half] !== undefined && tests.some((test) => test(parts[half]!)));
    });
  }
  const onEvent = (name: string, column: (event: MispEvent) => string): void => {
    const terms = termsOf(given[name]);
    if (!terms) return;
    const test = columnTest(terms);
    plan.events.push((event) => test(column(event)));
  };
  onEvent('threat_level_id', (event) => String(event.threatLevel));
  onEvent('eventinfo', (event) => event.info);
  const { from, to } = given;
  if (typeof from === 'string') plan.events.push((event) => event.date >= from);
  if (typeof to === 'string') plan.events.push((event) => event.date <= to);
  const org = termsOf(given['org']);
  if (org) {
    const test = (text: readonly string[], list: string[]): boolean => list.some((term) => text.includes(term));
    plan.events.push(({ orgc }) => {
      const names = [orgc.name, orgc.uuid, String(orgc.id)];
      const wanted = [...org.or, ...org.and];
      return (wanted.length === 0 || test(names, wanted)) && !test(names, org.not);
    });
  }
}

function partsOf(row: Row): string[] {
  const value = row.value.toLowerCase();
  return row.type.includes('|') || row.type === 'malware-sample' ? value.split('|') : [value];
}

/** Attribute tags or event tags; unknown tags find nothing, unknown ones in a NOT exclude nothing. Case matters. */
function addTags(plan: Plan, data: MispData, value: unknown): void {
  if (Array.isArray(value) && value.some(Array.isArray)) throw new BadRequest('a tag is no list');
  const test = tagTest(data, value);
  if (test) plan.rows.push((row) => test(row.tags, row.event.tags));
}

/** `event_tags` of the events scope looks at the tags of the event alone. */
export function tagsOfEvents(data: MispData, value: unknown): (event: MispEvent) => boolean {
  const test = tagTest(data, value);
  return test ? (event) => test(event.tags) : () => true;
}

function tagTest(
  data: MispData,
  value: unknown,
): ((links: readonly TagLink[], more?: readonly TagLink[]) => boolean) | undefined {
  const terms = termsOf(value);
  if (!terms) return undefined;
  const known = (term: string): Set<TagLink['tag']> => {
    const test = like(term);
    return new Set([...data.tags.values()].filter((tag) => test(tag.name) || String(tag.id) === term));
  };
  const group = (list: Terms['or']): Set<TagLink['tag']>[] => list.map(known);
  const [or, and, not] = [group(terms.or), group(terms.and), group(terms.not)];
  return (links, more = []) => {
    const has = (tags: Set<TagLink['tag']>): boolean =>
      links.some((link) => tags.has(link.tag)) || more.some((link) => tags.has(link.tag));
    return (or.length === 0 || or.some(has)) && and.every(has) && !not.some(has);
  };
}

function addIdentity(plan: Plan, data: MispData, given: Parameters): void {
  const uuid = termsOf(given['uuid']);
  if (uuid) {
    const rows = uuid.or.flatMap((one) => data.row(one) ?? data.event(one)?.rows ?? []);
    if (uuid.or.length > 0) plan.only = [...new Set(rows)];
    const not = new Set(uuid.not);
    if (not.size > 0) plan.rows.push((row) => !not.has(row.uuid));
  }
  const eventid = termsOf(given['eventid']);
  if (!eventid) return;
  const wanted = new Set(eventid.or.map((one) => data.event(one)));
  const unwanted = new Set(eventid.not.map((one) => data.event(one)));
  if (wanted.size > 0) {
    plan.events.push((event) => wanted.has(event));
    plan.only ??= [...wanted].flatMap((event) => event?.rows ?? []);
  }
  if (unwanted.size > 0) plan.events.push((event) => !unwanted.has(event));
}
