// Errors as Elasticsearch words them: the type and the reason are measured on 8.19, and what stands around them is put on here.

/** The `error` of an item, or of a whole reply. */
export interface EsError {
  type: string;
  reason: string;
  [more: string]: unknown;
}

/** Thrown where a request, or one item of a bulk request, ends with an error. */
export class Refused extends Error {
  readonly status: number;
  readonly error: EsError;
  constructor(status: number, type: string, reason: string, more: Record<string, unknown> = {}) {
    super(reason);
    this.status = status;
    this.error = { type, reason, ...more };
  }
}

/** The body of a reply that failed as a whole: `{ error: { root_cause, type, reason, … }, status }`. */
export const errorBody = (status: number, error: EsError): unknown => {
  const { caused_by: _, ...root } = error;
  return { error: { root_cause: [root], ...error }, status };
};

export const illegal = (reason: string): Refused => new Refused(400, 'illegal_argument_exception', reason);

/** Several wrong things of one request, counted from 1. */
export const invalid = (reasons: readonly string[]): Refused =>
  new Refused(
    400,
    'action_request_validation_exception',
    `Validation Failed: ${reasons.map((reason, i) => `${i + 1}: ${reason};`).join('')}`,
  );

/** `stream`: a data stream of that name exists, but the operation leaves data streams out. */
export const noIndex = (name: string, stream = false): Refused =>
  new Refused(404, 'index_not_found_exception', `no such index [${name}]`, {
    'resource.type': 'index_or_alias',
    ...(stream ? { excluded_ds: 'true' } : {}),
    'resource.id': name,
    index_uuid: '_na_',
    index: name,
  });

/** The short form, for writes that may not create the index. `rest`: what follows the name. */
export const mayNotCreate = (name: string, rest = ''): Refused =>
  new Refused(404, 'index_not_found_exception', `no such index [${name}]${rest}`, { index_uuid: '_na_', index: name });

/** A search whose shards all failed, with the reason of the first. */
export const shardsFailed = (index: string, uuid: string, error: EsError): Refused => {
  const named = error.type === 'query_shard_exception' ? { ...error, index_uuid: uuid, index } : error;
  const more = error.type === 'query_shard_exception' ? {} : { caused_by: { ...error, caused_by: error } };
  return new Refused(400, 'search_phase_execution_exception', 'all shards failed', {
    phase: 'query',
    grouped: true,
    failed_shards: [{ shard: 0, index, node: 'simulated', reason: named }],
    ...more,
  });
};
