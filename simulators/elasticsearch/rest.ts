// What all routes share: a request taken apart, its parameters checked, and replies.
import { type SimReply, type SimRequest } from '../http.ts';
import { notJson } from './bulk-parse.ts';
import { type Cluster } from './cluster.ts';
import { illegal, Refused } from './errors.ts';
import { filterOf } from './filter-path.ts';
import { type Guard } from './privileges.ts';
import { type ElasticsearchSwitches } from './switches.ts';

export type Json = Record<string, unknown>;
export type Flavour = ElasticsearchSwitches['flavour'];

export interface Call {
  request: SimRequest;
  method: string;
  /** Without its query string. */
  path: string;
  parameters: URLSearchParams;
  /** Parts of the path, by the names in the pattern. */
  at: Record<string, string>;
  /** Decompressed. */
  text: string;
  cluster: Cluster;
  /** Milliseconds. */
  now: number;
}

export interface Answer {
  status: number;
  body: unknown;
  /** Answered as it stands, `filter_path` has been applied. */
  delayMs?: number;
}

export interface Route {
  methods: readonly string[];
  /** `/:index/_bulk`; a part with a colon stands for any text that does not begin with `_`. */
  pattern: string;
  /** Beyond those that every request may have. */
  parameters?: readonly string[];
  guard?: Guard;
  /** Where it is absent. */
  without?: readonly Flavour[];
  handle: (call: Call) => Answer;
}

const common = new Set(['pretty', 'human', 'error_trace', 'format', 'filter_path', 'master_timeout', 'timeout']);

/** Parameters of most requests that name indices; of no effect here, except `ignore_unavailable` of searches and `flat_settings`. */
export const expanding = [
  'ignore_unavailable',
  'allow_no_indices',
  'expand_wildcards',
  'flat_settings',
  'include_defaults',
  'local',
  'features',
];

/** Throws 400 for a parameter that the route does not know. */
export function checkParameters({ path, parameters }: Call, known: readonly string[]): void {
  const unknown = [...new Set(parameters.keys())].filter((name) => !common.has(name) && !known.includes(name)).sort();
  if (unknown.length === 0) return;
  const s = unknown.length > 1 ? 's' : '';
  throw illegal(
    `request [${path}] contains unrecognized parameter${s}: ${unknown.map((name) => `[${name}]`).join(', ')}`,
  );
}

/** A parameter without a value is true. */
export function flag(parameters: URLSearchParams, name: string, fallback = false): boolean {
  const value = parameters.get(name);
  if (value === null) return fallback;
  if (value === '' || value === 'true') return true;
  if (value === 'false') return false;
  throw illegal(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
}

/** `refresh=true` and `wait_for`: a search sees the write. */
export const refreshes = (parameters: URLSearchParams): boolean =>
  ['', 'true', 'wait_for'].includes(parameters.get('refresh') ?? 'false');

export function timeOf(parameters: URLSearchParams, name: string): void {
  const value = parameters.get(name);
  if (value === null || /^(-1|0|\d+(nanos|micros|ms|s|m|h|d))$/.test(value)) return;
  throw illegal(
    `failed to parse setting [${name}] with value [${value}] as a time value: unit is missing or unrecognized`,
  );
}

/** The body as an object; an empty one counts as `{}`. Throws 400. */
export function bodyOf({ text }: Call): Json {
  if (text.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw notJson(text, error as Error);
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Json;
  throw new Refused(400, 'parsing_exception', 'Expected [START_OBJECT]', { line: 1, col: 1 });
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const acknowledged = (more: Json = {}): Answer => ok({ acknowledged: true, ...more });
export const absent = (reason: string): Refused => new Refused(404, 'resource_not_found_exception', reason);

export function jsonReply({ status, body, delayMs }: Answer, filterPath: string | null): SimReply {
  const shown = filterPath === null ? body : filterOf(filterPath)(body);
  const reply: SimReply = { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(shown) };
  if (delayMs !== undefined) reply.delayMs = delayMs;
  return reply;
}

export const htmlReply = (status: number): SimReply => ({
  status,
  headers: { 'Content-Type': 'text/html' },
  body: `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center><hr><center>proxy</center></body></html>`,
});
