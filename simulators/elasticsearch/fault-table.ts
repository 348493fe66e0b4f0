import { type Transport } from '../http.ts';
import { type Planned } from '../faults.ts';

/** What one item says instead of being played. `taken`: the document is stored all the same. */
interface ItemFault {
  status: number;
  type?: string;
  reason?: string;
  failureStore?: 'not_applicable_or_unknown' | 'used' | 'not_enabled' | 'failed';
  shardsFailed?: number;
  taken?: boolean;
}

interface ElasticsearchFaultShape {
  /** Items that fail inside a 200 (elasticsearch-bulk 2.5). */
  item?: ItemFault;
  /** A whole reply: with a type as JSON, else HTML, or nothing with `body: 'empty'`. */
  status?: number;
  type?: string;
  reason?: string;
  body?: 'html' | 'empty' | 'cut' | 'fewer items';
  /** How many items are played before the reply. */
  taken?: 'none' | 'all';
  transport?: Transport;
  /** The connection is dropped before, or in the middle of, reading the body. */
  before?: 'drop before read' | 'drop mid body';
  /** The body comes byte by byte and never ends. */
  trickle?: boolean;
}

const rejected = 'rejected execution of coordinating operation [coordinating_and_primary_bytes=0, replica_bytes=0]';
const circuit = '[parent] Data too large, data for [<http_request>] would be larger than the limit';
const flood =
  'blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];';

/** Faults by name. `taken` of a plan overrides the one here. */
export const elasticsearchFaults = {
  'rejected items': { item: { status: 429, type: 'es_rejected_execution_exception', reason: rejected } },
  'circuit breaking items': { item: { status: 429, type: 'circuit_breaking_exception', reason: circuit } },
  'flood stage items': { item: { status: 429, type: 'cluster_block_exception', reason: flood } },
  'unavailable items': {
    item: { status: 503, type: 'unavailable_shards_exception', reason: 'primary shard is not active' },
  },
  'unavailable items after taking': {
    item: { status: 503, type: 'unavailable_shards_exception', reason: 'primary shard is not active', taken: true },
  },
  'bad items': { item: { status: 400, type: 'document_parsing_exception', reason: '[1:1] failed to parse' } },
  'unauthorized items': { item: { status: 401, type: 'security_exception', reason: 'token expired' } },
  'forbidden items': {
    item: { status: 403, type: 'security_exception', reason: 'action [indices:data/write/bulk] is unauthorized' },
  },
  'read-only items': {
    item: { status: 403, type: 'cluster_block_exception', reason: 'blocked by: [FORBIDDEN/8/index write (api)];' },
  },
  'missing index items': { item: { status: 404, type: 'index_not_found_exception', reason: 'no such index' } },
  'internal error items': { item: { status: 500, type: 'exception', reason: 'something broke' } },
  'failure store used': { item: { status: 201, failureStore: 'used' } },
  'failure store not enabled': {
    item: {
      status: 400,
      type: 'document_parsing_exception',
      reason: '[1:1] failed to parse',
      failureStore: 'not_enabled',
    },
  },
  'failure store failed': {
    item: { status: 400, type: 'document_parsing_exception', reason: '[1:1] failed to parse', failureStore: 'failed' },
  },
  'failure store not applicable': { item: { status: 201, failureStore: 'not_applicable_or_unknown', taken: true } },
  'replica failed': { item: { status: 201, shardsFailed: 1, taken: true } },
  'fewer items': { taken: 'all', body: 'fewer items' },

  'too many requests': { status: 429, type: 'es_rejected_execution_exception', reason: rejected },
  'circuit breaking': { status: 429, type: 'circuit_breaking_exception', reason: circuit },
  'bad request': { status: 400, type: 'illegal_argument_exception', reason: 'not like this' },
  unauthorized: { status: 401, type: 'security_exception', reason: 'unable to authenticate with provided credentials' },
  forbidden: { status: 403, type: 'security_exception', reason: 'action [indices:data/write/bulk] is unauthorized' },
  'not found': { status: 404, type: 'index_not_found_exception', reason: 'no such index' },
  'not found as html': { status: 404, body: 'html' },
  'too large': { status: 413, body: 'empty' },
  'too large as html': { status: 413, body: 'html' },
  'internal error': { status: 500, type: 'exception', reason: 'something broke' },
  'no master': { status: 503, type: 'master_not_discovered_exception', reason: 'no master' },
  'not recovered': {
    status: 503,
    type: 'cluster_block_exception',
    reason: 'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];',
  },
  'bad gateway': { status: 502, body: 'html' },
  'bad gateway after taking': { status: 502, body: 'html', taken: 'all' },
  unavailable: { status: 503, body: 'html' },
  'gateway timeout': { status: 504, body: 'html' },
  'gateway timeout after taking': { status: 504, body: 'html', taken: 'all' },
  'success as html': { status: 200, body: 'html' },
  'success as html after taking': { status: 200, body: 'html', taken: 'all' },
  'empty success': { status: 200, body: 'empty' },
  'empty success after taking': { status: 200, body: 'empty', taken: 'all' },
  'cut json after taking': { taken: 'all', body: 'cut' },
  'cut reply after taking': { taken: 'all', transport: 'cut' },
  'cut chunked reply after taking': { taken: 'all', transport: 'chunked cut' },
  'drop before read': { before: 'drop before read' },
  'drop mid body': { before: 'drop mid body' },
  'drop without taking': { transport: 'drop' },
  'drop after taking': { taken: 'all', transport: 'drop' },
  'hang without taking': { transport: 'hang' },
  'hang after taking': { taken: 'all', transport: 'hang' },
  'trickle after taking': { taken: 'all', trickle: true },
} as const satisfies Record<string, ElasticsearchFaultShape>;

export type ElasticsearchFaultName = keyof typeof elasticsearchFaults;
export const faultShape = (name: ElasticsearchFaultName): ElasticsearchFaultShape => elasticsearchFaults[name];

export interface ElasticsearchFault extends Planned<ElasticsearchFaultName> {
  /** How many items are played before it strikes; items that fail: left out. */
  taken?: number | 'all' | undefined;
  /** Which items fail: every n-th from the first; left out: 2. */
  every?: number | undefined;
  /** Which items fail, by their place from 0, instead of `every`. */
  items?: number[] | undefined;
  /** Seconds or an HTTP date. */
  retryAfter?: string | number | undefined;
}
