// How the parameters of a restSearch get in, and which are lost on the way (misp-api 2.1).
import { type SimRequest } from '../http.ts';

export type Parameters = Record<string, unknown>;

const common = `returnFormat value value1 value2 type category org tags from to last eventid withAttachments uuid publish_timestamp
  published timestamp enforceWarninglist to_ids deleted includeEventUuid event_timestamp threat_level_id includeEventTags
  includeProposals limit page requested_attributes includeContext headerless includeWarninglistHits attackGalaxy object_relation
  includeSightings includeCorrelations includeDecayScore decayingModel excludeDecayed modelOverrides includeFullModel score
  attribute_timestamp first_seen last_seen eventinfo sharinggroup allow_proposal_blocking flatten list event_ids includeAllTags
  includeAttributeUuid includeGalaxy order policy walled_garden ns email serial refresh retry expiry minimum_ttl ttl sign`;
const eventsOnly = `searchall metadata event_tags date tag excludeLocalTags sgReferenceOnly event_uuid distribution sharing_group_id
  idList excludeGalaxy includeAttachments`;
const known = {
  attributes: new Set(common.split(/\s+/)),
  events: new Set(`${common} ${eventsOnly}`.split(/\s+/)),
};

/**
 * The parameters of a request. A body that is not JSON by its content type is a form field of an unknown name: no filter at
 * all. `'invalid json'`: 405. `'empty'`: nothing was sent.
 */
export function parametersOf(request: SimRequest, scope: keyof typeof known): Parameters | 'invalid json' | 'empty' {
  const url = new URL(request.path, 'http://misp');
  const parameters: Parameters = Object.fromEntries(url.searchParams);
  for (const part of url.pathname.split('/').slice(3)) {
    const [name, ...rest] = decodeURIComponent(part).split(':');
    if (rest.length > 0 && known[scope].has(name!)) parameters[name!] = rest.join(':');
  }
  const text = request.body.toString();
  if (request.method !== 'POST') return parameters;
  const type = request.headers['content-type'] ?? '';
  if (type.includes('x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(text)) if (known[scope].has(name)) parameters[name] = value;
  }
  if (!type.includes('json')) return text === '' && isEmpty(parameters) ? 'empty' : parameters;
  if (text.trim() === '') return isEmpty(parameters) ? 'empty' : parameters;
  let body: unknown;
  try {
    body = JSON.parse(typeof request.body === 'string' ? text : strict.decode(request.body));
  } catch {
    return 'invalid json';
  }
  const given = Object(body) as Parameters;
  const inner = given['request'];
  const source = typeof inner === 'object' && inner !== null ? (inner as Parameters) : given;
  if (isEmpty(source) && isEmpty(parameters)) return 'empty';
  for (const [name, value] of Object.entries(source)) {
    if (known[scope].has(name) && value !== null) parameters[name] = tidy(value);
  }
  return parameters;
}

/** Bytes that are no UTF-8, and a byte order mark, are no JSON. */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

/** Strings are trimmed; one with `||` becomes a list. */
function tidy(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const trimmed = value.trim();
  return trimmed.includes('||') ? trimmed.split('||').map((part) => part.trim()) : trimmed;
}

/** PHP's array_replace_recursive: lists merge by index. */
export function replaceRecursive(under: unknown, over: unknown): unknown {
  if (typeof under !== 'object' || under === null || typeof over !== 'object' || over === null) return over;
  const merged: Record<string, unknown> = { ...(under as Parameters) };
  for (const [key, value] of Object.entries(over))
    merged[key] = key in merged ? replaceRecursive(merged[key], value) : value;
  return Array.isArray(under) && Array.isArray(over) ? Object.values(merged) : merged;
}
