// What the tests of the simulators share: requests as a client makes them.
import { type SimReply } from '../../../simulators/http.ts';
import { Hec, type HecOptions } from '../../../simulators/hec/hec.ts';
import { MispData } from '../../../simulators/misp/data.ts';
import { Misp, type MispOptions } from '../../../simulators/misp/misp.ts';

export const now = 1_764_000_000;

/** A MISP whose clock stands still until `tick` moves it. */
export function still(options: MispOptions = {}): { misp: Misp; data: MispData; tick: (seconds: number) => void } {
  let time = now;
  const data = new MispData({ now: () => time });
  return { misp: new Misp({ data, ...options }), data, tick: (seconds) => (time += seconds) };
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  rows: Record<string, unknown>[];
  reply: SimReply;
}

export function post(misp: Misp, path: string, body: unknown, headers: Record<string, string> = {}): SimReply {
  return misp.handle({
    method: 'POST',
    path,
    headers: { authorization: misp.key, accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export function get(misp: Misp, path: string, headers: Record<string, string> = {}): SimReply {
  return misp.handle({
    method: 'GET',
    path,
    headers: { authorization: misp.key, accept: 'application/json', ...headers },
    body: '',
  });
}

/** A restSearch on attributes. */
export function ask(misp: Misp, body: unknown): Answer {
  const reply = post(misp, '/attributes/restSearch', body);
  let rows: Record<string, unknown>[] = [];
  try {
    rows = (JSON.parse(reply.body) as { response: { Attribute: Record<string, unknown>[] } }).response.Attribute;
  } catch {
    // No rows then.
  }
  return { status: reply.status, headers: reply.headers, rows, reply };
}

export const ids = (answer: Answer): number[] => answer.rows.map((row) => Number(row['id']));
export const values = (answer: Answer): unknown[] => answer.rows.map((row) => row['value']);

export const channel = '11111111-2222-3333-4444-555555555555';

export interface HecAnswer {
  status: number;
  json: Record<string, unknown>;
  reply: SimReply;
}

export function sender(options: HecOptions = {}): {
  hec: Hec;
  send: (body: string | Buffer, headers?: Record<string, string | undefined>, path?: string) => HecAnswer;
} {
  const hec = new Hec({ keepEvents: true, ...options });
  const send = (
    body: string | Buffer,
    headers: Record<string, string | undefined> = {},
    path = '/services/collector/event',
  ): HecAnswer => {
    const reply = hec.handle({
      method: 'POST',
      path,
      headers: {
        authorization: `Splunk ${hec.token}`,
        'user-agent': 'test',
        'x-splunk-request-channel': channel,
        ...headers,
      },
      body,
    });
    let json: Record<string, unknown> = {};
    try {
      json = JSON.parse(reply.body) as Record<string, unknown>;
    } catch {
      // HTML.
    }
    return { status: reply.status, json, reply };
  };
  return { hec, send };
}

/** One envelope. */
export const envelope = (event: unknown = 'x', more: object = {}): string => JSON.stringify({ event, ...more });
