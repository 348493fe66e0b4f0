// Answers that concern no single document: somebody must help, and here is how. Pure.
import { HOW_TO_MAKE_IT } from './names.ts';
import { type ErrorSaid, type Reply, saidBy } from './reply.ts';

export interface Block {
  kind: 'blocked';
  code: string;
  message: string;
}

/** Where documents go, for messages. */
export interface Target {
  mode: 'index' | 'data_stream';
  /** The write alias, or the data streams. */
  names: readonly string[];
  pipeline: string | undefined;
}

const blocked = (code: string, message: string): Block => ({ kind: 'blocked', code, message });

/** What writing needs. The metadata are looked at before a delete: a missing alias must be seen before Elasticsearch makes an index of its name. */
export const PRIVILEGES: Readonly<Record<Target['mode'], readonly string[]>> = {
  index: ['index', 'delete', 'view_index_metadata'],
  data_stream: ['create_doc', 'auto_configure', 'view_index_metadata'],
};

/** Null: a verdict on the document, or nothing that is known. The status may be that of an item or of the whole. */
export function blockOf(status: number, error: ErrorSaid, host: string, target: Target): Block | null {
  const { type, reason } = error;
  const said = saidBy(status, error);
  if (status === 401) return rejected(host, said);
  if (type === 'cluster_block_exception' && status === 403) return readOnly(host, target);
  if (status === 403) return forbidden(host, said, target);
  if (type === 'index_closed_exception') {
    const message = `${host} has closed the index behind ${target.names.join(', ')}: open it (POST <index>/_open)`;
    return blocked('ELASTICSEARCH_INDEX_CLOSED', message);
  }
  if (type === 'index_not_found_exception') return missing(host, target);
  if (type === 'resource_not_found_exception' && reason.startsWith('[require_data_stream]')) {
    return notAStream(host, target);
  }
  if (status !== 400) return null;
  if (/^pipeline with id \[.*\] does not exist$/s.test(reason)) {
    const message = `${host} has no ingest pipeline ${target.pipeline ?? 'of that name'}: create it there, or take pipeline: out`;
    return blocked('ELASTICSEARCH_PIPELINE_MISSING', message);
  }
  if (/^no write index is defined for alias /.test(reason)) {
    const message = `${host} does not know which index of ${target.names.join(', ')} to write to: give one of them is_write_index: true (POST _aliases)`;
    return blocked('ELASTICSEARCH_WRONG_TARGET', message);
  }
  return reason === ONLY_CREATE ? notAnIndex(host, target) : null;
}

const ONLY_CREATE = 'only write ops with an op_type of create are allowed in data streams';

const rejected = (host: string, said: string): Block =>
  blocked(
    'ELASTICSEARCH_AUTH',
    `${host} rejects the credentials (${said}): check apiKey:, username: or bearer:, and in Elasticsearch that they are valid and not expired`,
  );

const forbidden = (host: string, said: string, { mode, names }: Target): Block =>
  blocked(
    'ELASTICSEARCH_FORBIDDEN',
    `${host} does not let us write (${said}): give the key or its role the index privileges ${PRIVILEGES[mode].join(', ')} on ${names.join(', ')}`,
  );

export const readOnly = (host: string, { names }: Target): Block =>
  blocked(
    'ELASTICSEARCH_READ_ONLY',
    `${host} has made ${names.join(', ')} or the cluster read-only: take the block away (index.blocks.*, cluster.blocks.read_only)`,
  );

export function missing(host: string, { mode, names }: Target): Block {
  const [code, what] =
    mode === 'index'
      ? ['ELASTICSEARCH_ALIAS_MISSING', `write alias ${names.join(', ')}`]
      : ['ELASTICSEARCH_STREAM_MISSING', `data stream ${names.join(', ')}, nor a template for it`];
  return blocked(code, `${host} has no ${what}: ${HOW_TO_MAKE_IT} makes it`);
}

const notAStream = (host: string, { names }: Target): Block =>
  blocked(
    'ELASTICSEARCH_WRONG_TARGET',
    `${host} has an index where a data stream should be (${names.join(', ')}): delete or rename it, then run ${HOW_TO_MAKE_IT}`,
  );

const notAnIndex = (host: string, { names }: Target): Block =>
  blocked(
    'ELASTICSEARCH_WRONG_TARGET',
    `${host} has a data stream where an index should be (${names.join(', ')}): choose another alias:, or mode: data_stream`,
  );

export function wrongUrl({ status, stranger }: Reply, host: string): Block {
  const who = stranger === 'Kibana' ? 'this is Kibana: use the port of Elasticsearch, usually 9200' : 'check url:';
  return blocked('ELASTICSEARCH_WRONG_URL', `${host} has no Elasticsearch at this address (HTTP ${status}): ${who}`);
}
