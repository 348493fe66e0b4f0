// One recorded request with the answer that a real MISP gave.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SimRequest } from '../../simulators/http.ts';

export type Json = Record<string, unknown>;

export interface Recording {
  /** Of its file, without `.json`. */
  name: string;
  /** When it was answered, in epoch seconds: the Date header. */
  at: number;
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
  /** What was cut out of the body: `19562 attributes, first 5 kept`, `Attribute:101->5 RelatedEvent:15->5`. */
  trimmed: string | undefined;
}

/** All recordings of a folder, in the order in which they were made. */
export function loadRecordings(folder: string): Recording[] {
  const recordings = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file): Recording => {
      const raw = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Recording, 'name' | 'at'>;
      const at = Date.parse(raw.response.headers['Date'] ?? '') / 1000;
      if (Number.isNaN(at)) throw new Error(`${file} does not say when it was made`);
      return { ...raw, name: file.replace(/\.json$/, ''), at, trimmed: raw.trimmed };
    });
  return recordings.sort((a, b) => a.at - b.at || byName(a.name, b.name));
}

const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The parameters in the body; none when it is no JSON object. */
export const parametersOf = ({ request }: Recording): Json => (isJson(request.body) ? request.body : {});

export const scopeOf = ({ request }: Recording): 'attributes' | 'events' | 'other' =>
  /^\/attributes\/restsearch(\.json|\/)?$/i.test(request.path)
    ? 'attributes'
    : /^\/events\/restsearch$/i.test(request.path)
      ? 'events'
      : 'other';

/** The request again. The keys were taken out of the recordings, so `key` is put in; undefined: none was sent. */
export function requestOf({ request }: Recording, key: string | undefined): SimRequest {
  const headers: SimRequest['headers'] = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (key !== undefined) headers['authorization'] = key;
  const { body } = request;
  // A body that was no JSON was kept as text, one character for each byte.
  const bytes =
    body === null ? '' : typeof body === 'string' ? Buffer.from(body, 'latin1') : Buffer.from(JSON.stringify(body));
  return { method: request.method, path: request.path, headers, body: bytes };
}

/** The attributes of an answer of attributes/restSearch, or the events of one of events/restSearch; undefined: it is neither. */
export function listOf(body: unknown, scope: ReturnType<typeof scopeOf>): Json[] | undefined {
  const response = isJson(body) ? body['response'] : undefined;
  if (scope === 'attributes') {
    const rows = isJson(response) ? response['Attribute'] : undefined;
    return Array.isArray(rows) ? (rows as Json[]) : undefined;
  }
  if (scope !== 'events' || !Array.isArray(response)) return undefined;
  return (response as { Event: Json }[]).map(({ Event }) => Event);
}

/** How many attributes or events the answer had before it was trimmed. */
export function countOf(recording: Recording): number {
  const scope = scopeOf(recording);
  const kept = listOf(recording.response.body, scope)?.length ?? 0;
  const cut = /(?:^(\d+) attributes|response:(\d+)->)/.exec(recording.trimmed ?? '');
  const told = scope === 'attributes' ? cut?.[1] : cut?.[2];
  return told === undefined ? kept : Number(told);
}
