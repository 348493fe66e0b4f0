// Requests to a simulated Elasticsearch, as a client makes them, without sockets.
import {
  ElasticsearchSimulator,
  type ElasticsearchOptions,
  type ElasticsearchReply,
} from '../../../simulators/elasticsearch/elasticsearch.ts';

export interface Reply {
  status: number;
  json: Record<string, unknown>;
  reply: ElasticsearchReply;
}

export interface Asking {
  es: ElasticsearchSimulator;
  ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Reply;
  /** Creates documents by id in `index`; each answer is the status of an item. */
  post: (index: string, ids: readonly string[], query?: string) => Reply;
}

export function asking(options: ElasticsearchOptions = {}): Asking {
  const es = new ElasticsearchSimulator({ now: () => 1_764_000_000_000, ...options });
  const ask: Asking['ask'] = (method, path, body, headers = {}) => {
    const text =
      body === undefined ? '' : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const reply = es.handle({ method, path, headers: { 'content-type': 'application/json', ...headers }, body: text });
    let json: Record<string, unknown> = {};
    try {
      json = JSON.parse(reply.body) as Record<string, unknown>;
    } catch {
      // HTML, or cut.
    }
    return { status: reply.status, json, reply };
  };
  const post: Asking['post'] = (index, ids, query = '') => ask('POST', `/${index}/_bulk${query}`, lines(ids));
  return { es, ask, post };
}

export const lines = (ids: readonly string[]): string =>
  ids
    .map(
      (id) =>
        `{"create":{"_id":"${id}"}}\n{"@timestamp":"2026-01-01T00:00:00Z","misp":{"attribute":{"uuid":"${id}"}}}\n`,
    )
    .join('');

export interface SeenItem {
  status: number;
  _index?: string;
  error?: { type: string };
  failure_store?: string;
  _shards?: { failed: number };
}

export const itemsOf = ({ json }: Reply): SeenItem[] =>
  ((json['items'] ?? []) as Record<string, SeenItem>[]).map((item) => Object.values(item)[0]!);
