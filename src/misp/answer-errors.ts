// What an answer of MISP that is not 200 means, and who must act (misp-api 8).
import { PermanentError, type RelayError, RetryableError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';

const RATE_LIMIT_DEFAULT_S = 60;
/** MISP counts in fixed windows of 900 s. */
const RATE_LIMIT_MOST_S = 900;

/** `hidden` is cut out of MISP's own words, should it ever stand there. */
export function errorOf(response: HttpResponse, host: string, hidden: string): RelayError {
  const { status } = response;
  const said = wordsOf(response, hidden);
  if (status === 429) {
    const retryAfterMs =
      1000 * secondsOf(response.headers['x-rate-limit-reset'], RATE_LIMIT_DEFAULT_S, RATE_LIMIT_MOST_S);
    const message = `${host} limits the searches of this user (429): raise the limit of its role, or poll less often.`;
    return new RetryableError('MISP_RATE_LIMIT', message, { retryAfterMs });
  }
  if (status >= 300 && status < 400) {
    const hint =
      'it is in maintenance (MISP.live is off), or the URL in the config should be the one that it points to';
    return new RetryableError('MISP_MAINTENANCE', `${host} sends us elsewhere (${status}): ${hint}.`);
  }
  if (status === 401 || status === 403) {
    const hint =
      'give the source a valid key of an enabled user whose role has API access (perm_auth), allowed from this address';
    return new PermanentError('MISP_KEY_REJECTED', `${host} rejected the MISP key (${status}${said}): ${hint}.`);
  }
  if (status === 404) {
    return new PermanentError(
      'MISP_NOT_FOUND',
      `${host} has no MISP API at this URL (404${said}): check the source's url.`,
    );
  }
  if (status === 405 && /API searches are not allowed/i.test(said)) {
    const hint = "set the role's search limit above 0";
    return new PermanentError(
      'MISP_SEARCH_FORBIDDEN',
      `${host} lets this user's role make no searches (405): ${hint}.`,
    );
  }
  if (status < 500) {
    const hint = 'check the filter of the feed, under restSearch first';
    return new PermanentError('MISP_BAD_REQUEST', `${host} does not take the search (${status}${said}): ${hint}.`);
  }
  if (status === 503) {
    const retryAfterMs = 1000 * secondsOf(response.headers['retry-after'], 0, RATE_LIMIT_MOST_S);
    const message = `${host} is not available at the moment (503): it will be asked again.`;
    return new RetryableError('MISP_UNAVAILABLE', message, retryAfterMs > 0 ? { retryAfterMs } : {});
  }
  // Its own words may hold values of rows, in debug mode.
  const hint = "see MISP's error log, and its PHP memory and time limits";
  return new RetryableError('MISP_SERVER_ERROR', `${host} failed on a search (${status}): ${hint}.`);
}

/** Failures that one bad or big row can cause. A small search right after them tells whether MISP is alive. */
const MAY_BE_THE_PAGE = new Set([
  'MISP_SERVER_ERROR',
  'MISP_BAD_JSON',
  'HTTP_TOO_LARGE',
  'HTTP_RESET',
  'HTTP_TIMEOUT_HEADERS',
  'HTTP_TIMEOUT_BODY',
  'HTTP_TIMEOUT_TOTAL',
]);

export const pageMayBeUnreadable = (error: unknown): error is RetryableError =>
  error instanceof RetryableError && MAY_BE_THE_PAGE.has(error.code);

function secondsOf(header: string | string[] | undefined, otherwise: number, most: number): number {
  const seconds = typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : otherwise;
  return Math.min(seconds, most);
}

/** MISP's own message, when it is JSON: `, <message>`, at most 200 characters. */
function wordsOf({ body }: HttpResponse, hidden: string): string {
  try {
    const { message } = JSON.parse(body.subarray(0, 10_000).toString('utf8')) as { message?: unknown };
    if (typeof message !== 'string' || message === '') return '';
    const words = message.replaceAll(hidden, '***').replace(/\s+/g, ' ').slice(0, 200);
    return `, "${words}"`;
  } catch {
    return '';
  }
}
