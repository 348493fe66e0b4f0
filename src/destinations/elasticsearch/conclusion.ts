// What an answer means for the documents that a request carried: the table of elasticsearch-bulk 2.5 as code. Pure.
import { blockOf, type Block, type Target, wrongUrl } from './blocks.ts';
import { reasonOf } from './reasons.ts';
import { type Item, type Reply, saidBy, TYPE } from './reply.ts';

/** Later it may go. `doubtful`: it may have been taken all the same. */
export interface Again {
  kind: 'again';
  code: string;
  message: string;
  doubtful: boolean;
  retryAfterMs?: number;
}

export type Outcome =
  | { kind: 'taken' }
  /** It will never be taken. */
  | { kind: 'refused'; code: string; reason: string }
  | Again
  /** Somebody must help; it was not taken. */
  | Block;

export type Conclusion =
  /** One for each document, in order. */
  | { kind: 'items'; outcomes: Outcome[] }
  /** Nothing was taken: the request is too large. */
  | { kind: 'too large' }
  | Again
  | Block;

export interface Question {
  /** How many documents the request carried. */
  length: number;
  /** Host and port, for messages. */
  host: string;
  /** Whether an Elasticsearch has answered there before, in this process. */
  worked: boolean;
  target: Target;
}

export function conclude(reply: Reply, question: Question): Conclusion {
  const { status, items, error, retryAfterMs, stranger } = reply;
  const { length, host, worked, target } = question;
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  const said = saidBy(status, error);
  const again = (code: string, message: string, doubtful: boolean): Again => ({
    ...later(code, message, doubtful),
    ...wait,
  });
  if (status === 200) {
    // An action without its document is left out in silence, so the number is what proves that each was looked at.
    if (items?.length === length) return { kind: 'items', outcomes: items.map((item) => outcomeOf(item, question)) };
    const what = items ? `for ${items.length} of ${length} documents` : 'in a way that cannot be read';
    return again('ELASTICSEARCH_UNREADABLE', `${host} answered 200, but ${what}: does a proxy stand before it?`, true);
  }
  if (status === 413) return { kind: 'too large' };
  if (status === 429) return again('ELASTICSEARCH_BUSY', `${host} asks us to slow down (${said})`, false);
  const block = error ? blockOf(status, error, host, target) : null;
  if (block) return block;
  if (status === 401 || status === 403) return blockOf(status, NO_ERROR, host, target)!;
  if (status === 404 && worked && stranger === null)
    return again('ELASTICSEARCH_GONE', `${host} no longer knows the path: a restart? (404)`, false);
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) return wrongUrl(reply, host);
  // 408, 5xx, and whatever stands before it: everything may have been taken, and goes again under the same ids.
  if (status === 503 && error) return again('ELASTICSEARCH_UNAVAILABLE', `${host} takes nothing now (${said})`, true);
  if (status === 408 || status < 300 || status >= 500)
    return again('ELASTICSEARCH_ANSWER_LOST', `${host} did not say whether it took the documents (${said})`, true);
  const who = stranger === null ? '' : `: this is ${stranger}`;
  return { kind: 'blocked', code: 'ELASTICSEARCH_REFUSED', message: `${host} refuses the request (${said})${who}` };
}

const later = (code: string, message: string, doubtful: boolean): Again => ({ kind: 'again', code, message, doubtful });

const NO_ERROR = { type: '', reason: '', causes: [] };

function outcomeOf({ action, status, error, failureStore }: Item, { host, target }: Question): Outcome {
  const said = saidBy(status, error);
  if (failureStore === 'used') {
    const reason = 'Elasticsearch put the document into the failure store of the data stream, where no rule looks';
    return { kind: 'refused', code: 'failure_store', reason };
  }
  // `_shards.failed` beside a success: the primary has it, and brings the replicas up by itself.
  if (status >= 200 && status < 300) return { kind: 'taken' };
  // Nothing is there to be deleted, or something newer is there, or the very same.
  if ((status === 404 && action === 'delete' && error === null) || status === 409) return { kind: 'taken' };
  if (status === 429 && error?.type === 'cluster_block_exception') {
    const message = `${host} takes nothing while its disk is full (the flood-stage watermark): make room there`;
    return later('ELASTICSEARCH_DISK_FULL', message, false);
  }
  if (status === 429) return later('ELASTICSEARCH_BUSY', `${host} is busy (${said})`, false);
  if (status >= 500) return later('ELASTICSEARCH_UNAVAILABLE', `${host} cannot take documents now (${said})`, true);
  const block = blockOf(status, error ?? NO_ERROR, host, target);
  if (block) return block;
  if (status === 400 && error) {
    return { kind: 'refused', code: TYPE.test(error.type) ? error.type : 'refused', reason: reasonOf(error) };
  }
  // No verdict on a document that anybody knows: it must not die of it.
  return { kind: 'blocked', code: 'ELASTICSEARCH_REFUSED', message: `${host} refuses documents (${said})` };
}
