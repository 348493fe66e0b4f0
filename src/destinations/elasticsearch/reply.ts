// What came back from an Elasticsearch, or from whatever else answered in its place. Pure; any status and any body can be read.
import type { HttpResponse } from '../../http.ts';

/** The outcome of one action of a bulk request, unchecked but for its shape. */
export interface Item {
  action: string;
  status: number;
  error: ErrorSaid | null;
  failureStore: string;
}

export interface ErrorSaid {
  type: string;
  /** It may quote values of the document: nothing of it is shown before reasons.ts has looked at it. */
  reason: string;
  /** Types of what caused it. */
  causes: string[];
}

export interface Reply {
  status: number;
  /** Null when the body is no object in JSON, or not whole. */
  json: Record<string, unknown> | null;
  /** Null when it is not a bulk reply, or not whole. */
  items: Item[] | null;
  /** Of the whole request. */
  error: ErrorSaid | null;
  /** `X-elastic-product` is there. It is missing in a 401, and in any answer of OpenSearch. */
  branded: boolean;
  /** Who answered, when it was no Elasticsearch. */
  stranger: 'Kibana' | 'a web page' | null;
  /** From Retry-After: seconds or an HTTP date. */
  retryAfterMs: number | null;
}

const RETRY_AFTER_MS_MAX = 5 * 60_000;

/** `nowMs`: epoch milliseconds, for a Retry-After that is a date. Never throws. */
export function readReply({ status, headers, body }: HttpResponse, nowMs: number): Reply {
  const text = body.toString('utf8');
  const json = parsed(text);
  return {
    status,
    json,
    items: Array.isArray(json?.['items']) ? itemsOf(json['items']) : null,
    error: errorOf(json?.['error']),
    branded: headers['x-elastic-product'] !== undefined,
    stranger:
      headers['kbn-name'] !== undefined || headers['kbn-license-sig'] !== undefined
        ? 'Kibana'
        : /^\s*<(!doctype|html)/i.test(text)
          ? 'a web page'
          : null,
    retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Null as soon as one of them has no status. */
function itemsOf(given: readonly unknown[]): Item[] | null {
  const items: Item[] = [];
  for (const each of given) {
    const [action, said] = isObject(each) ? (Object.entries(each)[0] ?? []) : [];
    if (action === undefined || !isObject(said) || !Number.isInteger(said['status'])) return null;
    const { status, failure_store: store } = said as { status: number; failure_store?: unknown };
    items.push({ action, status, error: errorOf(said['error']), failureStore: typeof store === 'string' ? store : '' });
  }
  return items;
}

function errorOf(given: unknown): ErrorSaid | null {
  if (typeof given === 'string') return { type: '', reason: given, causes: [] };
  if (!isObject(given)) return null;
  const causes: string[] = [];
  for (let cause = given['caused_by']; isObject(cause); cause = cause['caused_by']) causes.push(textOf(cause['type']));
  return { type: textOf(given['type']), reason: textOf(given['reason']), causes };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | null {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return null;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}

/** What was answered, in short: a status and a type, and never more of a body. */
export const saidBy = (status: number, error: ErrorSaid | null): string =>
  error && TYPE.test(error.type) ? `${status}, ${error.type}` : `HTTP ${status}`;

export const TYPE = /^[a-z][a-z0-9_]{0,79}$/;
