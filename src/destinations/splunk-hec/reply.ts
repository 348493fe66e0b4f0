// What came back from a HEC, or from whatever else answered in its place. Pure; any status and any body can be read.
import type { HttpResponse } from '../../http.ts';

export interface HecReply {
  status: number;
  /** HEC's reply code (splunk-hec 3.7); null when the body is not HEC's. `code: 404` of splunkd is none of HEC's. */
  code: number | null;
  /** HEC's own words, or empty. */
  text: string;
  /** `invalid-event-number`, unchecked. */
  n: number | null;
  /** Both `{"text","code","ackId"}` and the bare `{"ackId":0}` are read (splunk-hec 3.6). */
  ackId: number | null;
  /** Who answered, when it was not HEC. */
  stranger: 'Splunk Web' | 'the management port of Splunk' | 'a web page' | null;
  /** From Retry-After: seconds or an HTTP date; null without one. */
  retryAfterMs: number | null;
}

const RETRY_AFTER_MS_MAX = 5 * 60_000;
const TEXT_CHARACTERS_MAX = 200;

/** `nowMs`: epoch milliseconds, for a Retry-After that is a date. Never throws. */
export function readReply({ status, headers, body }: HttpResponse, nowMs: number): HecReply {
  const text = body.toString('utf8');
  const json = parsed(text);
  const code = json && integer(json['code']);
  return {
    status,
    code: code === 404 ? null : code,
    text: typeof json?.['text'] === 'string' ? json['text'].slice(0, TEXT_CHARACTERS_MAX) : '',
    n: json && integer(json['invalid-event-number']),
    ackId: json && integer(json['ackId']),
    stranger: code === null ? strangerOf(headers, text) : null,
    retryAfterMs: retryAfterMs(first(headers['retry-after']), nowMs),
  };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

const integer = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** Splunk Web redirects into a language (`/en-US/`) and names itself; the management port speaks XML or `messages`. */
function strangerOf(headers: HttpResponse['headers'], text: string): HecReply['stranger'] {
  const start = text.slice(0, 4_000);
  if (/call not properly authenticated|<response>\s*<messages>|^\s*\{"messages":/i.test(start)) {
    return 'the management port of Splunk';
  }
  const page = /<(!doctype html|html)/i.test(start);
  if (/\/[a-z]{2}-[A-Z]{2}\//.test(first(headers['location']) ?? '') || (page && /splunk/i.test(start)))
    return 'Splunk Web';
  return page ? 'a web page' : null;
}

function retryAfterMs(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}
