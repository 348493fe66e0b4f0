// Every attribute that a real MISP showed, and every one of real event files, is read and encoded: none becomes a dead letter.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { splunkHec } from '../../src/destinations/splunk-hec.ts';
import { recordOf } from '../../src/misp/record.ts';
import { parseRow } from '../../src/misp/schema.ts';
import { AS_IS, upsertOf } from '../contract/harness/carry.ts';
import { testContext } from '../contract/harness/harness.ts';
import { isJson, loadRecordings, type Json } from './recording.ts';

const FIXTURE = fileURLToPath(new URL('fixtures', import.meta.url));
const RECORDINGS = fileURLToPath(new URL('../../../shared/data/misp-recordings', import.meta.url));
const EVENTS = new URL('../../../shared/data/misp-events/', import.meta.url);
const ATTRIBUTES_OF_EVENTS = 43_227;

const options = splunkHec.options.parse({ url: 'http://127.0.0.1:8088', token: 'never used' });
const destination = splunkHec.create(options, testContext());

interface Read {
  rows: number;
  /** Why a row would be a dead letter, or that its value is not what it was. */
  bad: string[];
}

/** One row through the schema, the record and the encoding, as the relay does it. */
function read(raw: Json, into: Read, from: string): void {
  into.rows++;
  const parsed = parseRow(raw);
  if (!parsed.ok) {
    into.bad.push(`${from}: ${parsed.reason}`);
    return;
  }
  try {
    const line = destination.encode(upsertOf(0, recordOf(parsed.row)), AS_IS);
    if (!line.includes(JSON.stringify(raw['value']))) into.bad.push(`${from}: another value`);
    if (Buffer.byteLength(line) > destination.limits.recordBytesMax) into.bad.push(`${from}: too large`);
  } catch (error) {
    into.bad.push(`${from}: ${String(error)}`);
  }
}

/** Attributes wherever they stand, each with the event that it is in; `inside`: the event around it. */
function* attributesIn(value: unknown, inside?: Json): Generator<Json> {
  if (Array.isArray(value)) for (const one of value) yield* attributesIn(one, inside);
  if (!isJson(value)) return;
  if ('event_id' in value && 'category' in value && 'disable_correlation' in value) {
    // The relay asks for the context of the event; the rest of these answers was asked for without.
    const event = value['Event'] ?? inside;
    yield isJson(event) ? { ...value, Event: { published: true, ...event } } : value;
    return;
  }
  const { Attribute, Object: objects, ...event } = value;
  const around = 'info' in value ? event : inside;
  yield* attributesIn(Attribute, around);
  yield* attributesIn(objects, around);
  for (const [key, inner] of Object.entries(event)) if (key !== 'RelatedEvent') yield* attributesIn(inner, around);
}

describe.each([
  { name: 'fixture', folder: FIXTURE, rows: 54, lone: [] },
  { name: 'MISP 2.5.1', folder: RECORDINGS, rows: 2_761, lone: ['err_attr_add_emoji', 'misc_attribute_view'] },
])('attributes of the recordings: $name', ({ folder, rows, lone }) => {
  it.skipIf(!existsSync(folder))('none becomes a dead letter', () => {
    const seen: Read = { rows: 0, bad: [] };
    const alone: string[] = [];
    for (const { name, response } of loadRecordings(folder)) {
      for (const raw of attributesIn(response.body)) {
        if (isJson(raw['Event'])) read(raw, seen, name);
        else alone.push(name);
      }
    }
    expect(seen.bad).toEqual([]);
    expect(seen.rows).toBe(rows);
    // Answers of other paths give an attribute without its event; the relay never reads them.
    expect(alone).toEqual(lone);
  });
});

describe('attributes of real event files', () => {
  it.skipIf(!existsSync(EVENTS))('none becomes a dead letter, once it has the ids that MISP gives it', () => {
    const seen: Read = { rows: 0, bad: [] };
    for (const file of readdirSync(EVENTS, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.json')) continue;
      const text = readFileSync(new URL(file, EVENTS), 'utf8');
      for (const event of eventsIn(JSON.parse(text))) {
        const { Attribute, Object: objects, ...context } = event;
        const inObjects = listOf(objects).flatMap((object) => listOf(object['Attribute']));
        for (const raw of [...listOf(Attribute), ...inObjects]) {
          const id = seen.rows + 1;
          read({ timestamp: 1, ...raw, id, Event: { published: true, ...context, id: 1 } }, seen, file);
        }
      }
    }
    expect(seen.bad).toEqual([]);
    expect(seen.rows).toBe(ATTRIBUTES_OF_EVENTS);
  });
});

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** A bare event, `{ Event }`, or `{ response: [{ Event }] }`. */
function eventsIn(json: unknown): Json[] {
  if (!isJson(json)) return [];
  const { Event, response } = json;
  if (Array.isArray(response)) return response.flatMap(eventsIn);
  if (isJson(Event)) return [Event];
  return 'Attribute' in json ? [json] : [];
}
