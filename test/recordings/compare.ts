// What the simulator answered beside what the real MISP answered.
import { isDeepStrictEqual } from 'node:util';
import { type SimReply } from '../../simulators/http.ts';
import { pageOf, resultCountOf } from '../../simulators/misp/restsearch.ts';
import { type MispSwitches } from '../../simulators/misp/switches.ts';
import { attributesOf, lists, short } from './compare-rows.ts';
import { countOf, isJson, listOf, parametersOf, scopeOf, type Json, type Recording } from './recording.ts';

/** Headers of the server in front, of the connection, of web pages, and the clock. */
const IGNORED = new Set(['server', 'date', 'content-length', 'connection', 'transfer-encoding', 'set-cookie', 'link']);

export interface Setting {
  switches: MispSwitches;
  /** Events that the real MISP may have had beyond those that are known. */
  hiddenEvents: number;
  /** The simulator's answer to the same request without limit and page. */
  unlimited: () => SimReply;
}

/** What differs, in words; empty when the simulator's answer is that of the real MISP as far as it can be known. */
export function differences(recording: Recording, reply: SimReply, setting: Setting): string[] {
  const { response } = recording;
  if (reply.status !== response.status) return [`status ${reply.status}, not ${response.status}`];
  const scope = scopeOf(recording);
  const real = listOf(response.body, scope);
  const told = [...headers(recording, reply, setting)];
  if (recording.request.method === 'HEAD') return told;
  if (real === undefined) return [...told, ...bodies(recording, reply)];
  const ours = listOf(parsed(reply.body), scope);
  if (ours === undefined) return [...told, 'no list of rows'];
  const all = (): Json[] => listOf(parsed(setting.unlimited().body), scope) ?? [];
  told.push(...lists(recording, ours, real, all));
  if (scope === 'events') for (const event of real) told.push(...attributesOf(event, ours));
  return told;
}

// ---- headers

function* headers(recording: Recording, reply: SimReply, setting: Setting): Generator<string> {
  const ours = lowered(reply.headers);
  const real = lowered(recording.response.headers);
  const scope = scopeOf(recording);
  const whole = recording.trimmed === undefined && recording.request.method !== 'HEAD';
  for (const name of new Set([...Object.keys(ours), ...Object.keys(real)])) {
    if (IGNORED.has(name)) continue;
    const [our, their] = [ours[name], real[name]];
    if (our === undefined || their === undefined) {
      yield `header ${name}: ${our ?? 'absent'}, not ${their ?? 'absent'}`;
    } else if (name === 'x-result-count' && scope === 'events') {
      // Here it is the number of all events that match, so those that are not known are missing in it,
      // and with a filter on attributes also those of which no attribute is known.
      const missing = Number(their) - Number(our);
      const byRows = ['tags', 'tag', 'type', 'value', 'to_ids'].some((filter) => filter in parametersOf(recording));
      if (missing < 0 || (missing > setting.hiddenEvents && !byRows)) yield `header ${name}: ${our}, not ${their}`;
    } else if (name === 'x-result-count' && scope === 'attributes' && !whole) {
      const by = resultCountFor(recording, setting.switches);
      if (String(by) !== their) yield `header ${name}: by its rule ${by}, not ${their}`;
    } else if (name === 'x-skipped-elements-count' && !whole) {
      // Which rows were skipped is known of those only that are shown.
      if (Number(our) > Number(their)) yield `header ${name}: ${our}, not ${their}`;
    } else if (name === 'location') {
      if (!their.endsWith(our)) yield `header ${name}: ${our}, not ${their}`;
    } else if (our !== their) yield `header ${name}: ${our}, not ${their}`;
  }
}

/** The simulator's rule for X-Result-Count, given the number of rows that the real answer had before it was trimmed. */
function resultCountFor(recording: Recording, switches: MispSwitches): number {
  const skipped = Number(recording.response.headers['X-Skipped-Elements-Count'] ?? 0);
  const told =
    recording.request.method === 'HEAD' ? Number(recording.response.headers['X-Result-Count']) : countOf(recording);
  const json =
    recording.request.headers['Content-Type']?.includes('json') === true && recording.request.method === 'POST';
  const asked = Object.entries(json ? parametersOf(recording) : {}).filter(([, value]) => value !== null);
  const page = pageOf(Object.fromEntries(asked), switches.roleLimit);
  return resultCountOf(switches, { raw: told + skipped, shown: told, skipped, ...page, total: told });
}

const lowered = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

// ---- bodies without rows

function bodies({ response }: Recording, reply: SimReply): string[] {
  const { body } = response;
  if (isJson(body) || Array.isArray(body)) {
    const ours = parsed(reply.body);
    return isDeepStrictEqual(ours, body) ? [] : [`body ${short(ours)}, not ${short(body)}`];
  }
  // What a web page says is nobody's business.
  if (reply.headers['Content-Type']?.startsWith('text/html')) return [];
  return reply.body === String(body) ? [] : [`body ${short(reply.body)}, not ${short(body)}`];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
