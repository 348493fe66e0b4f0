// What went wrong on the wire, in words that a person can act on. A message names host and port only: never headers, paths or
// credentials.
import { RetryableError } from './errors.ts';

export type HttpFailureCode =
  | 'HTTP_DNS'
  | 'HTTP_REFUSED'
  | 'HTTP_TLS_UNTRUSTED'
  | 'HTTP_TLS_NAME'
  | 'HTTP_TLS_REFUSED'
  | 'HTTP_PROXY'
  | 'HTTP_TIMEOUT_CONNECT'
  | 'HTTP_TIMEOUT_HEADERS'
  | 'HTTP_TIMEOUT_BODY'
  | 'HTTP_TIMEOUT_TOTAL'
  | 'HTTP_RESET'
  | 'HTTP_PROTOCOL'
  | 'HTTP_TOO_LARGE'
  | 'HTTP_ABORTED'
  | 'HTTP_FAILED';

export class HttpFailure extends RetryableError {
  /** Whether the server may have got the request: `no` only when no byte of it was sent. */
  readonly sent: 'no' | 'maybe';
  declare readonly code: HttpFailureCode;
  constructor(code: HttpFailureCode, sent: 'no' | 'maybe', message: string, cause?: unknown) {
    super(code, message, { cause });
    this.sent = sent;
  }
}

export interface Wire {
  host: string;
  https: boolean;
  totalTimeoutMs: number;
  /** The caller's own signal fired. */
  aborted: boolean;
}

export const tooLarge = (host: string, bytesMax: number): HttpFailure =>
  new HttpFailure(
    'HTTP_TOO_LARGE',
    'maybe',
    `${host} answered with more than ${bytesMax} bytes: ask it for less at a time.`,
  );

const ERRNO = /^E[A-Z]+$/;

/** The codes of an error, of what it wraps, and of the addresses that were tried. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return [];
  const { code, cause, errors } = error as Error & { code?: unknown; errors?: unknown };
  const inner = Array.isArray(errors) ? errors.flatMap((each) => codesOf(each, depth + 1)) : [];
  const own = typeof code === 'string' ? code : error.name === 'HTTPParserError' ? 'HPE_INVALID' : null;
  return [...(own === null ? [] : [own]), ...codesOf(cause, depth + 1), ...inner];
}

const TRUST =
  /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER|GET_CRL|DECODE)|^CERT_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH/;
const OTHER_PROTOCOL =
  /^HPE_|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_TOO|HEADERS_OVERFLOW|LENGTH_MISMATCH/;

export function failureOf(error: unknown, wire: Wire): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const { host } = wire;
  const codes = codesOf(error);
  const has = (...wanted: string[]): boolean => codes.some((code) => wanted.includes(code));
  const like = (pattern: RegExp): string | undefined => codes.find((code) => pattern.test(code));
  const text = error instanceof Error ? error.message : String(error);
  const fail = (code: HttpFailureCode, sent: 'no' | 'maybe', message: string): HttpFailure =>
    new HttpFailure(code, sent, message, scrubbed(codes));

  if (wire.aborted) return fail('HTTP_ABORTED', 'maybe', `The request to ${host} was called off.`);
  if (error instanceof Error && error.name === 'TimeoutError') {
    return fail(
      'HTTP_TIMEOUT_TOTAL',
      'maybe',
      `${host} did not finish its answer within ${wire.totalTimeoutMs / 1000} s.`,
    );
  }
  if (has('UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT')) {
    const hint = 'look for a firewall between here and there, or a wrong address';
    return fail('HTTP_TIMEOUT_CONNECT', 'no', `${host} did not take the connection in time: ${hint}.`);
  }
  if (has('UND_ERR_HEADERS_TIMEOUT')) {
    return fail(
      'HTTP_TIMEOUT_HEADERS',
      'maybe',
      `${host} took the request but did not begin to answer in time: it may be overloaded.`,
    );
  }
  if (has('UND_ERR_BODY_TIMEOUT')) {
    return fail('HTTP_TIMEOUT_BODY', 'maybe', `${host} fell silent in the middle of its answer: it may be overloaded.`);
  }
  if (has('ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL')) {
    return fail(
      'HTTP_DNS',
      'no',
      `The name of ${host} cannot be resolved (${like(ERRNO) ?? 'EAI_AGAIN'}): check url: in the config, and the DNS.`,
    );
  }
  if (has('ERR_TLS_CERT_ALTNAME_INVALID')) {
    const hint = 'use the name that is in it as the host of the URL, or set tls.serverName';
    return fail('HTTP_TLS_NAME', 'no', `${host} presents a certificate for another name: ${hint}.`);
  }
  const untrusted = like(TRUST);
  if (untrusted !== undefined) return fail('HTTP_TLS_UNTRUSTED', 'no', untrustedMessage(host, untrusted));
  if (like(OTHER_PROTOCOL) !== undefined) {
    const hint = wire.https
      ? 'write http:// in url:, if it is a plain http port.'
      : 'write https:// in url:, if it is an https port.';
    return fail(
      'HTTP_PROTOCOL',
      wire.https ? 'no' : 'maybe',
      `${host} does not speak ${wire.https ? 'TLS' : 'HTTP'} here: ${hint}`,
    );
  }
  if (/^Proxy response|HTTP Tunneling/.test(text)) {
    const status = /\((\d{3})\)/.exec(text)?.[1] ?? 'an error';
    return fail(
      'HTTP_PROXY',
      'no',
      `The proxy refused the way to ${host} (${status}): check HTTPS_PROXY and its user.`,
    );
  }
  if (has('ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL')) {
    return fail(
      'HTTP_REFUSED',
      'no',
      `${host} refuses the connection (${like(ERRNO) ?? ''}): is it running, and is the port in url: right?`,
    );
  }
  const alert = like(/^ERR_SSL_/);
  if (alert !== undefined) {
    const hint = 'it may ask for a client certificate (tls.cert, tls.key) or another TLS version';
    return fail('HTTP_TLS_REFUSED', 'maybe', `${host} refused the TLS connection (${alert}): ${hint}.`);
  }
  if (has('ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET')) {
    const early = text.includes('before secure TLS connection');
    const hint = wire.https
      ? 'a restart, a proxy or a load balancer may have cut it'
      : 'a restart may have cut it, or it is an https port';
    return fail(
      'HTTP_RESET',
      early ? 'no' : 'maybe',
      `${host} closed the connection before its answer was complete: ${hint}.`,
    );
  }
  return fail('HTTP_FAILED', 'maybe', `The request to ${host} failed (${codes[0] ?? 'no code'}).`);
}

function untrustedMessage(host: string, code: string): string {
  const reason = code.toLowerCase().replaceAll('_', ' ');
  const hint = /EXPIRED|NOT_YET_VALID/.test(code)
    ? 'renew it there, or check the clock here'
    : "set tls.ca to the CA's PEM file, and tls.serverName when the certificate carries another name";
  return `${host} presents a certificate that is not trusted (${reason}): ${hint}.`;
}

/** The cause keeps the codes only: undici's own errors may hold requests with headers. */
const scrubbed = (codes: string[]): Error | undefined => (codes.length > 0 ? new Error(codes.join(', ')) : undefined);
