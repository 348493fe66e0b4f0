// The servers that the suite runs over: the simulator as a full and as a minimal distribution, and a real Elasticsearch at
// ELASTICSEARCH_TEST_URL. All names that a test makes begin with the prefix of its world, and are removed with it.
import { gzipSync } from 'node:zlib';
import { startElasticsearch } from '../../../simulators/elasticsearch/server.ts';
import { realServers } from '../../support/real-elasticsearch.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** `{}` where the body is no object. */
  json: Json;
}

export interface Item {
  _index: string;
  _id: string;
  status: number;
  _version?: number;
  result?: string;
  error?: { type: string; reason: string; caused_by?: { type: string; reason: string } };
}

export interface Server {
  /** Begins all names, unlike any other run's. */
  prefix: string;
  /** GET /, ILM, transforms and the data stream APIs are there. */
  full: boolean;
  send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Posts lines to `_bulk` of `index`, and gives the items without their action. */
  bulk: (index: string, lines: readonly unknown[], query?: string) => Promise<Item[]>;
  close: () => Promise<void>;
}

export const servers: { name: string; start: () => Promise<Server> }[] = [
  { name: 'the simulator', start: () => simulated('elasticsearch') },
  { name: 'the simulator as the minimal distribution', start: () => simulated('minimal') },
  ...realServers.map((real) => ({
    name: `a real server at ${real.url}`,
    start: () => at(real.url, async () => {}, real.headers),
  })),
];

async function simulated(flavour: 'elasticsearch' | 'minimal'): Promise<Server> {
  const running = await startElasticsearch({ switches: { flavour, refreshMs: 60_000 } });
  return at(running.url, running.close);
}

/** An action and its document for `bulk`. */
export const index = (id: string, document: unknown, more: Json = {}): unknown[] => [
  { index: { _id: id, ...more } },
  document,
];
export const create = (id: string, document: unknown): unknown[] => [{ create: { _id: id } }, document];

export const ndjson = (lines: readonly unknown[]): string =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

async function at(url: string, end: () => Promise<void>, credentials: Record<string, string> = {}): Promise<Server> {
  const prefix = `relay-test-${process.pid}-${Date.now().toString(36)}`;
  const send: Server['send'] = async (method, path, body, headers = {}) => {
    const type = path.includes('_bulk') ? 'application/x-ndjson' : 'application/json';
    const given = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const response = await fetch(url + path, {
      method,
      headers: { ...(given === undefined ? {} : { 'content-type': type }), ...credentials, ...headers },
      ...(given === undefined ? {} : { body: given }),
    });
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = {};
    }
    return { status: response.status, headers: response.headers, text, json: json as Json };
  };
  const bulk: Server['bulk'] = async (name, lines, query = '') => {
    const { json, text } = await send('POST', `/${name}/_bulk${query}`, ndjson(lines));
    if (!Array.isArray(json['items'])) throw new Error(`no items: ${text}`);
    return (json['items'] as Record<string, Item>[]).map((item) => Object.values(item)[0]!);
  };
  const { status } = await send('GET', '/');
  return {
    prefix,
    full: status === 200,
    send,
    bulk,
    close: async () => {
      await send('DELETE', `/_data_stream/${prefix}*`); // The minimal distribution cannot, and keeps an empty stream.
      await send('DELETE', `/${prefix}*?expand_wildcards=all`);
      await send('DELETE', `/_index_template/${prefix}*`);
      await end();
    },
  };
}

export const gzipped = (text: string): Buffer => gzipSync(text);
