// The pure core: a request in, an answer out. No sockets and no timers.
import { gunzipSync } from 'node:zlib';
import { Faults } from '../faults.ts';
import { type SimReply, type SimRequest } from '../http.ts';
import { userOf, versionOf } from './account.ts';
import { MispData } from './data.ts';
import { eventIndex, eventSearch, eventView } from './events.ts';
import { faultShape, type MispFault, type MispFaultName } from './fault-table.ts';
import { parametersOf } from './parameters.ts';
import { RateLimit } from './rate-limit.ts';
import { authMessage, htmlReply, internalError, jsonError, jsonReply, proxyError } from './replies.ts';
import { restSearch } from './restsearch.ts';
import { mispDefaults, type MispSwitches } from './switches.ts';
import { describeTypes } from './types.ts';

export interface MispOptions {
  data?: MispData | undefined;
  switches?: Partial<MispSwitches> | undefined;
  /** Epoch seconds. Given `data` keeps its own clock unless this is given. */
  now?: (() => number) | undefined;
  /** The one valid key: 40 letters and digits. */
  key?: string | undefined;
}

/** What was asked, for tests and for looking on. */
export interface Asked {
  method: string;
  path: string;
  /** The JSON body, or its text when it is none. */
  body: unknown;
  status: number;
}

const hint =
  'Invalid JSON input. Make sure that the JSON input is a correctly formatted JSON string. This request has been blocked to avoid an unfiltered request.';

const getHint =
  'Restsearch queries using GET and no parameters are not allowed. If you have passed parameters via a JSON body, make sure you use POST requests.';

export class Misp {
  readonly data: MispData;
  readonly switches: MispSwitches;
  readonly key: string;
  readonly faults = new Faults<MispFaultName, MispFault>();
  /** The last 1,000 requests. */
  readonly log: Asked[] = [];
  /** restSearch requests on attributes so far. */
  searches = 0;
  private readonly limit = new RateLimit();
  private scripted: { after: number; run: () => void }[] = [];

  constructor(options: MispOptions = {}) {
    this.data = options.data ?? new MispData();
    this.switches = { ...mispDefaults, ...options.switches };
    this.key = options.key ?? 'simulatedMispKey00000000000000000000test';
    const clock = options.now ?? this.data.now;
    this.data.now = () => clock() + this.switches.clockSkew;
  }

  /** Plays a fault for the next restSearch requests (or those whose path contains `path`). */
  fail(name: MispFaultName, plan: Omit<MispFault, 'name'> = {}): void {
    this.faults.plan({ name, ...plan });
  }

  /** Runs a change after `searches` more attribute searches were answered: rows that move between two pages. */
  after(searches: number, run: () => void): void {
    this.scripted.push({ after: this.searches + searches, run });
  }

  /** Answers one request. Never throws. */
  handle(sent: SimRequest): SimReply {
    const request = unpacked(sent);
    const reply = inTheFormAsked(this.answer(request), request);
    reply.headers['Date'] = new Date(this.data.now() * 1000).toUTCString();
    reply.delayMs = (reply.delayMs ?? 0) + this.switches.latencyMs;
    this.note(request, reply.status);
    if (isAttributeSearch(request.path)) this.runScripts();
    return reply;
  }

  private answer(request: SimRequest): SimReply {
    const url = request.path.split('?')[0]!;
    const fault = this.faults.take(request.path, isSearch);
    const shape = fault && faultShape(fault.name);
    if (shape?.status !== undefined) return this.errorReply(shape.status, url, fault);
    const reply = this.checked(request, url);
    if (!shape) return reply;
    if (shape.transport) return { ...reply, transport: shape.transport };
    return { ...htmlOrJson(reply, shape.body), transport: 'whole' };
  }

  private errorReply(status: number, url: string, fault?: MispFault): SimReply {
    if (status === 302)
      return { status, headers: { Location: '/users/login', 'Content-Type': 'text/html; charset=UTF-8' }, body: '' };
    if (status === 403) return jsonError(403, authMessage, url);
    if (status === 404) return jsonError(404, 'Not Found', url);
    if (status === 429)
      return jsonError(429, 'Rate limit exceeded.', url, RateLimit.headers(1, 0, fault?.resetAfter ?? 5));
    if (status === 500) return internalError(url);
    return proxyError(
      status,
      status === 502 ? 'Bad Gateway' : status === 503 ? 'Service Temporarily Unavailable' : 'Gateway Time-out',
    );
  }

  private checked(request: SimRequest, url: string): SimReply {
    const path = url.replace(/\.json$/, '').replace(/(.)\/$/, '$1');
    if (path === '/users/login') return htmlReply(200, '<form id="UserLoginForm"></form>');
    const given = request.headers['authorization'] ?? request.headers['x-misp-auth'];
    if (!this.switches.keyValid || given?.trim() !== this.key) {
      return jsonError(403, authMessage, url);
    }
    if (this.switches.maintenance) return this.errorReply(302, url);
    return isSearch(path) ? this.limited(request, path, url) : this.route(request, path, url);
  }

  private limited(request: SimRequest, path: string, url: string): SimReply {
    const { rateLimit, rateWindow } = this.switches;
    if (rateLimit === null) return this.route(request, path, url);
    if (rateLimit === 0) return jsonError(405, 'API searches are not allowed for this user role.', url);
    const { allowed, headers } = this.limit.take(this.data.now(), rateLimit, rateWindow);
    if (!allowed) return jsonError(429, 'Rate limit exceeded.', url, headers);
    const reply = this.route(request, path, url);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  }

  private route(request: SimRequest, path: string, url: string): SimReply {
    const { data, switches } = this;
    if (isSearch(path)) return this.search(request, path, url);
    if (path === '/servers/getVersion') return jsonReply(200, versionOf(switches));
    if (path === '/users/view/me') return jsonReply(200, userOf(data, switches, this.key));
    if (path === '/attributes/describeTypes') return jsonReply(200, describeTypes());
    if (path.startsWith('/events/index')) return eventIndex(data, switches, request, url);
    if (path === '/user_settings/getSetting') {
      const value = switches.defaultParameters;
      return value
        ? jsonReply(200, { UserSetting: { setting: 'default_restsearch_parameters', value } })
        : jsonError(404, 'Invalid setting', url);
    }
    const view = /^\/events\/view\/([\w-]+)$/.exec(path);
    return view ? eventView(data, switches, view[1]!, url) : jsonError(404, 'Not Found', url);
  }

  private search(request: SimRequest, path: string, url: string): SimReply {
    const onEvents = path.startsWith('/events/');
    if (!onEvents) this.searches++;
    let given = parametersOf(request, onEvents ? 'events' : 'attributes');
    if (given === 'invalid json') return jsonError(405, hint, url);
    if (request.method === 'GET' && Object.keys(given).length === 0) {
      return jsonError(400, getHint, url);
    }
    if (given === 'empty') {
      if (this.switches.emptyBody === '400')
        return jsonError(400, 'Restsearch queries without parameters are not allowed.', url);
      given = {};
    }
    return onEvents
      ? eventSearch(this.data, this.switches, given, url)
      : restSearch(this.data, this.switches, given, url);
  }

  private note(request: SimRequest, status: number): void {
    let body: unknown = request.body.toString();
    try {
      body = JSON.parse(body as string);
    } catch {
      // Its text is what was asked.
    }
    this.log.push({ method: request.method, path: request.path, body, status });
    if (this.log.length > 1000) this.log.shift();
  }

  private runScripts(): void {
    const due = this.scripted.filter(({ after }) => after <= this.searches);
    this.scripted = this.scripted.filter(({ after }) => after > this.searches);
    for (const { run } of due) run();
  }
}

/** MISP takes requests in gzip (`request_encoding` of getVersion). What is none counts as an empty body. */
function unpacked(request: SimRequest): SimRequest {
  if (request.headers['content-encoding'] !== 'gzip') return request;
  try {
    return { ...request, body: gunzipSync(request.body) };
  } catch {
    return { ...request, body: '' };
  }
}

/** An error is a web page for whoever does not ask for JSON (misp-live 0). */
function inTheFormAsked(reply: SimReply, request: SimRequest): SimReply {
  const json = reply.headers['Content-Type']?.includes('json') === true;
  if (reply.status < 400 || !json || (request.headers['accept'] ?? '').includes('json')) return reply;
  const page = htmlReply(reply.status, 'An error has occurred.');
  return { ...reply, headers: { ...reply.headers, ...page.headers }, body: page.body };
}

const isAttributeSearch = (path: string): boolean => /^\/attributes\/restsearch/i.test(path);
const isSearch = (path: string): boolean => /^\/(attributes|events)\/restsearch(\/|\.json|\?|$)/i.test(path);

function htmlOrJson(reply: SimReply, body: ReturnType<typeof faultShape>['body']): SimReply {
  switch (body) {
    case 'login page':
      return htmlReply(200, '<form id="UserLoginForm"></form>');
    case 'html error':
      return htmlReply(200, '<h1>Fatal error</h1>');
    case 'half':
      return { ...reply, body: reply.body.slice(0, reply.body.length >> 1) };
    case 'list':
      return { ...reply, body: '[]' };
    case 'object for list':
      return { ...reply, body: '{"response": {"Attribute": {}}}' };
    case 'null':
      return { ...reply, body: 'null' };
    case 'no rows':
      return {
        ...reply,
        body: '{"response": {"Attribute": []}}',
        headers: { ...reply.headers, 'X-Result-Count': '1' },
      };
    case 'empty':
      return { ...reply, body: '' };
    case undefined:
      return reply;
  }
}
