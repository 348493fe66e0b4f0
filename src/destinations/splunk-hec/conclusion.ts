// What an answer means for the records that a request carried: the table of splunk-hec 3.7 as code. Pure.
import type { HecReply } from './reply.ts';

/** What becomes of the records after the prefix that was taken. */
export type Rest =
  /** There are none: all were taken. */
  | { kind: 'none' }
  /** The first of them will never be taken; those behind it were not looked at. */
  | { kind: 'refused'; code: string; reason: string }
  /** One of them, or their number, is the trouble, and it is not known which. `doubtful`: some may have been taken. */
  | { kind: 'split'; doubtful: boolean; code: string; reason: string }
  /** None of them was taken; later it may go. */
  | { kind: 'retry'; code: string; message: string; retryAfterMs?: number }
  /** Nobody can say whether they were taken. */
  | { kind: 'unknown'; code: string; message: string; retryAfterMs?: number }
  /** Somebody must help. `doubtful`: some may have been taken. */
  | { kind: 'blocked'; doubtful?: boolean; code: string; message: string };

export interface Conclusion {
  /** Length of the prefix that was taken for certain. */
  taken: number;
  /** The acknowledgement that the prefix waits for. A 400 can carry one too (T7). */
  ackId: number | null;
  rest: Rest;
}

export interface Question {
  /** How many records the request carried. */
  length: number;
  /** Host and port, for messages. */
  host: string;
  /** Whether this path has answered as a HEC before, in this process. */
  worked: boolean;
  index: string | undefined;
}

/** Codes of which HEC says that they are no acceptance; any other with HTTP 200 is one (T8: 24 and 25, and what may come). */
const NOT_ACCEPTED = new Set([...range(1, 16), ...range(18, 23), 26, 27, 28]);
/** Codes that name one bad object by its place (T1). */
const BAD_OBJECT = new Set([6, 12, 13, 15]);
const NO_CHANNEL = new Set([10, 11, 28]);
const UNWELL = new Set([18, 19, 20, 23]);
const TOKEN = new Set([1, 2, 3, 4, 21, 22]);

export function conclude(reply: HecReply, question: Question): Conclusion {
  const { status, code, ackId } = reply;
  const { length, host } = question;
  const some = (taken: number, rest: Rest): Conclusion => ({ taken, ackId: taken > 0 ? ackId : null, rest });
  const said = saidBy(reply);
  if (status === 200) {
    if (code === null ? ackId !== null : !NOT_ACCEPTED.has(code)) return some(length, { kind: 'none' });
    return some(
      0,
      unknown('HEC_UNREADABLE', `${host} answered 200, but not as a HEC does (${said})${portHint(reply)}`),
    );
  }
  if (status === 400) return badRequest(reply, question, some);
  if (status === 503 && code === 9) return busy(reply, question, some);
  if (status === 413) return some(0, tooLarge(length));
  return some(0, whole(reply, question, said));
}

/** Answers that concern the whole request. */
function whole(reply: HecReply, { host, worked }: Question, said: string): Rest {
  const { status, code, stranger, retryAfterMs } = reply;
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  if (status === 401 || status === 403) return tokenRejected(reply, host, said);
  if (status === 404 && worked) {
    return {
      kind: 'retry',
      code: 'HEC_GONE',
      message: `${host} no longer knows the path of HEC: a restart? (404)`,
      ...wait,
    };
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return blocked('HEC_WRONG_URL', wrongUrl(reply, host));
  if (status === 415) {
    return blocked('HEC_ENCODING_REFUSED', `${host} does not take compressed bodies (415): set gzip: false`);
  }
  if (status === 429) {
    const full = code === 27 ? 'HEC_ACK_CHANNEL_FULL' : 'HEC_RATE_LIMITED';
    return { kind: 'retry', code: full, message: `${host} asks us to slow down (${said})`, ...wait };
  }
  if (status === 503 && code !== null && UNWELL.has(code)) {
    return { kind: 'retry', code: 'HEC_UNAVAILABLE', message: `${host} takes nothing now (${said})`, ...wait };
  }
  // 408, 500, 502, 504 and whatever stands before a HEC: it may have taken everything (splunk-hec rule 19).
  if (status === 408 || status < 200 || status >= 500 || (status > 200 && status < 300)) {
    return { ...unknown('HEC_ANSWER_LOST', `${host} did not say whether it took the records (${said})`), ...wait };
  }
  return blocked('HEC_REFUSED', `${host} refuses the request (${said})${stranger === null ? '' : portHint(reply)}`);
}

type Some = (taken: number, rest: Rest) => Conclusion;

function badRequest(reply: HecReply, { length, host, index }: Question, some: Some): Conclusion {
  const { code, n } = reply;
  const said = saidBy(reply);
  if (code !== null && BAD_OBJECT.has(code)) {
    if (n !== null && n < length) return some(n, refused(code, reply.text));
    return some(0, length === 1 ? refused(code, reply.text) : split(true, code, reply.text));
  }
  // Our own lines always hold an event, so an object without data is the trouble of one of them (T3).
  if (code === 5) return some(0, length === 1 ? refused(code, reply.text) : split(false, code, reply.text));
  if (code === 7) {
    // Off by one: the bad object is n - 1 (T2).
    const known = n !== null && n >= 1 && n <= length;
    const name = index === undefined ? "the token's default index" : `the index ${index}`;
    const message = `${host} does not let this token write to ${name}: create it there, add it to the token's allowed indexes, or change index:`;
    return some(known ? n - 1 : 0, { ...blocked('INDEX_NOT_ALLOWED', message), doubtful: !known });
  }
  if (code !== null && TOKEN.has(code)) return some(0, tokenRejected(reply, host, said));
  if (code !== null && NO_CHANNEL.has(code)) {
    const message = `${host} does not take our channel (${said}): let the load balancer keep X-Splunk-Request-Channel and its own cookie`;
    return some(0, blocked('HEC_CHANNEL_REFUSED', message));
  }
  // No verdict on a record: a proxy, a firewall, a code that nobody knows. A record must not die of it.
  const message = `${host} refuses the request (${said})${portHint(reply)}`;
  return some(0, { ...blocked('HEC_REFUSED', message), doubtful: true });
}

/** `n` objects were taken before it became busy (T9). Whatever else stands there claims too much or nothing. */
function busy(reply: HecReply, { length, host }: Question, some: Some): Conclusion {
  const { n, retryAfterMs } = reply;
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  const message = `${host} is busy (${saidBy(reply)})`;
  if (n !== null && n >= length) return some(0, { ...unknown('HEC_BUSY', message), ...wait });
  return some(n ?? 0, { kind: 'retry', code: 'HEC_BUSY', message, ...wait });
}

const refused = (code: number, text: string): Rest => ({
  kind: 'refused',
  code: `HEC_${code}`,
  reason: `Splunk refuses the record: ${text || 'no reason given'} (code ${code})`,
});
const split = (doubtful: boolean, code: number, text: string): Rest => ({
  kind: 'split',
  doubtful,
  code: `HEC_${code}`,
  reason: `Splunk refuses the request: ${text || 'no reason given'} (code ${code})`,
});
function tooLarge(length: number): Rest {
  const reason = 'the record alone is larger than a request may be (413)';
  return length === 1
    ? { kind: 'refused', code: 'HEC_413', reason }
    : { kind: 'split', doubtful: false, code: 'HEC_413', reason };
}
const unknown = (code: string, message: string): Extract<Rest, { kind: 'unknown' }> => ({
  kind: 'unknown',
  code,
  message,
});
const blocked = (code: string, message: string): Extract<Rest, { kind: 'blocked' }> => ({
  kind: 'blocked',
  code,
  message,
});

function tokenRejected(reply: HecReply, host: string, said: string): Rest {
  if (reply.stranger === 'the management port of Splunk') return blocked('HEC_WRONG_URL', wrongUrl(reply, host));
  return blocked(
    'HEC_TOKEN_REJECTED',
    `${host} rejects the HEC token (${said}): check token:, and in Splunk that it is there and enabled${reply.code === null ? "; the answer is not HEC's own, so check url: too" : ''}`,
  );
}

const wrongUrl = (reply: HecReply, host: string): string =>
  `${host} has no HEC at this address (${reply.status})${portHint(reply) || ': check url:, and that HEC is enabled (port 8088 usually)'}`;

/** The remedy, when it can be seen who answered. */
export const portHint = ({ stranger }: HecReply): string =>
  stranger === null ? '' : `: this is ${stranger}, not HEC; use the HEC port, usually 8088, in url:`;

/** What was answered, in short: never more of a body than HEC's own text. */
export const saidBy = ({ status, code, text }: HecReply): string =>
  code === null ? `HTTP ${status}` : `HTTP ${status}, code ${code}${text ? `, ${text}` : ''}`;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
