// The pure core: a request in, an answer out, and the events that were indexed on the way.
import { gunzipSync } from 'node:zlib';
import { Faults } from '../faults.ts';
import { type Admission, type SimReply, type SimRequest } from '../http.ts';
import { Acks } from './acks.ts';
import { codes } from './codes.ts';
import { judge } from './envelope.ts';
import { faultShape, type HecFault, type HecFaultName } from './fault-table.ts';
import { objectsOf } from './parse.ts';
import { Store, type Counts, type Truth } from './store.ts';
import { hecDefaults, type HecSwitches } from './switches.ts';

export interface HecOptions {
  /** The one valid token. */
  token?: string | undefined;
  switches?: Partial<HecSwitches> | undefined;
  /** Keep every envelope in `store.events`. */
  keepEvents?: boolean | undefined;
  /** Count by delivery_id; on unless false. */
  keepDeliveries?: boolean | undefined;
  /** Milliseconds; the real clock unless given. */
  now?: (() => number) | undefined;
}

interface Outcome {
  code: number;
  n?: number;
  /** Objects passed before the end, as far as acks count: 0 means that nothing waits. */
  accepted: number;
  objects: number;
}

const paths = /^\/services\/collector(\/event(\/1\.0)?)?$/;
const guid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export class Hec {
  readonly token: string;
  readonly switches: HecSwitches;
  readonly store: Store;
  readonly acks = new Acks();
  readonly faults = new Faults<HecFaultName, HecFault>();
  private readonly now: () => number;
  private readonly admitted = new WeakMap<object, HecFault | undefined>();

  constructor(options: HecOptions = {}) {
    this.token = options.token ?? '11111111-2222-3333-4444-555555555555';
    this.switches = { ...hecDefaults, ...options.switches };
    this.store = new Store(options.keepEvents ?? false, options.keepDeliveries ?? true);
    this.now = options.now ?? Date.now;
  }

  /** Plays a fault for the next requests that carry events (or those whose path contains `path`). */
  fail(name: HecFaultName, plan: Omit<HecFault, 'name'> = {}): void {
    this.faults.plan({ name, ...plan });
  }

  /** splunkd starts again: all channels and ack ids are forgotten, what was indexed stays. */
  restart(): void {
    this.acks.forget();
  }

  truth(): Truth {
    return this.store.truth();
  }

  counts(): Counts {
    return this.store.counts();
  }

  /** Called by the shell with the head of a request; the fault taken here is played by `handle` for the same headers. */
  admit(request: SimRequest): Admission {
    const fault = this.takeFault(request);
    this.admitted.set(request.headers, fault);
    return (fault && faultShape(fault.name).before) ?? 'read';
  }

  /** Answers one request. Never throws. In process, a dropped connection is an answer with `transport: 'drop'`. */
  handle(request: SimRequest): SimReply {
    const fault = this.admitted.has(request.headers) ? this.admitted.get(request.headers) : this.takeFault(request);
    const reply = this.route(request, fault);
    if (this.switches.http10WithoutUserAgent && request.headers['user-agent'] === undefined) {
      reply.transport ??= 'http/1.0';
    }
    reply.delayMs = (reply.delayMs ?? 0) + this.switches.latencyMs;
    return reply;
  }

  private takeFault(request: SimRequest): HecFault | undefined {
    if (request.method !== 'POST') return undefined;
    return this.faults.take(pathOf(request), (path) => paths.test(path));
  }

  private route(request: SimRequest, fault: HecFault | undefined): SimReply {
    const path = pathOf(request);
    const health = /^\/services\/collector\/health(\/1\.0)?$/.test(path);
    const events = paths.test(path);
    if (!health && !events && path !== '/services/collector/ack') return notFound(404);
    if (request.method === 'OPTIONS') {
      return { status: 200, headers: { Allow: health ? 'GET,HEAD,OPTIONS' : 'POST,OPTIONS' }, body: '' };
    }
    if (health) return request.method === 'POST' ? notFound(405) : coded(this.switches.health);
    if (request.method !== 'POST') return notFound(405);
    return events ? this.collect(request, fault) : this.pollAcks(request, fault);
  }

  private collect(request: SimRequest, fault: HecFault | undefined): SimReply {
    this.store.requests++;
    const shape = fault && faultShape(fault.name);
    if (shape?.before) return { status: 0, headers: {}, body: '', transport: 'drop' };
    const refused = this.authorize(request) ?? this.checkChannel(request);
    if (refused) return refused;
    const text = this.decode(request);
    if (typeof text !== 'string') return text;
    if (!fault || !shape) return this.reply(request, this.index(text, Infinity));

    const taken = fault.taken ?? shape.taken;
    const most = taken === 'all' ? Infinity : taken === 'none' ? 0 : taken;
    const outcome = most === 0 ? { code: 0, accepted: 0, objects: 0 } : this.index(text, most);
    const reply = this.faultReply(request, fault, outcome);
    if (fault.retryAfter !== undefined) reply.headers['Retry-After'] = String(fault.retryAfter);
    return reply;
  }

  private faultReply(request: SimRequest, fault: HecFault, outcome: Outcome): SimReply {
    const { code, status, transport } = faultShape(fault.name);
    if (code === 24 || code === 25)
      return outcome.code === 0 ? this.reply(request, { ...outcome, code }) : this.reply(request, outcome);
    if (code !== undefined) {
      const n = fault.n ?? (typeof fault.taken === 'number' ? outcome.objects : undefined);
      return coded(code, n === undefined ? {} : { 'invalid-event-number': n });
    }
    if (status === 404) return notFound(404);
    if (status !== undefined) return html(status);
    return { ...this.reply(request, outcome), transport: transport ?? 'whole' };
  }

  /** Indexes objects in order up to the first bad one, at most `most`. */
  private index(text: string, most: number): Outcome {
    let position = 0;
    let accepted = 0;
    for (const { value, size } of objectsOf(text)) {
      if (position >= most) return { code: 0, accepted, objects: position };
      const verdict =
        value === undefined || size > this.switches.maxEventSize
          ? ({ kind: 'bad', code: 6 } as const)
          : judge(value, (index) => this.mayUse(index));
      if (verdict.kind === 'bad') {
        // Code 7 is off by one (T2).
        return { code: verdict.code, n: position + (verdict.code === 7 ? 1 : 0), accepted, objects: position };
      }
      if (verdict.kind === 'stop') {
        this.store.lost++;
        break;
      }
      position++;
      if (verdict.kind === 'skip') {
        this.store.lost++;
        continue;
      }
      accepted++;
      if (this.exists(verdict.envelope.index)) this.store.add(verdict.envelope);
      else this.store.lost++;
    }
    return { code: position === 0 ? 5 : 0, accepted, objects: position };
  }

  private exists(index: string | undefined): boolean {
    const { existing } = this.switches;
    return existing === null || index === undefined || existing.includes(index);
  }

  private mayUse(index: string | undefined): boolean {
    const { indexes, missingIndex } = this.switches;
    if (indexes !== null && index !== undefined && !indexes.includes(index)) return false;
    return missingIndex === 'vanish' || this.exists(index);
  }

  private reply(request: SimRequest, outcome: Outcome): SimReply {
    const { useAck, ackReply, ackDelayMs, ackNever, ackIdleMs, msPer1000Events } = this.switches;
    const extra: Record<string, unknown> = {};
    if (outcome.n !== undefined) extra['invalid-event-number'] = outcome.n;
    if (useAck && outcome.accepted > 0 && ackReply !== 'none') {
      const delay = ackNever ? Infinity : ackDelayMs;
      extra['ackId'] = this.acks.issue(this.channelKey(request), this.now(), delay, ackIdleMs);
    }
    const reply = coded(outcome.code, extra);
    if (ackReply === 'bare' && outcome.code === 0 && 'ackId' in extra)
      reply.body = JSON.stringify({ ackId: extra['ackId'] });
    reply.delayMs = (msPer1000Events * outcome.objects) / 1000;
    return reply;
  }

  private pollAcks(request: SimRequest, fault: HecFault | undefined): SimReply {
    if (fault && faultShape(fault.name).before) return { status: 0, headers: {}, body: '', transport: 'drop' };
    const refused = this.authorize(request);
    if (refused) return refused;
    if (!this.switches.useAck) return coded(14);
    const channel = this.checkChannel(request);
    if (channel) return channel;
    const shape = fault && faultShape(fault.name);
    if (shape?.code !== undefined) return coded(shape.code);
    if (shape?.status !== undefined) return shape.status === 404 ? notFound(404) : html(shape.status);
    let ids: unknown;
    try {
      ids = (JSON.parse(request.body.toString()) as { acks?: unknown }).acks;
    } catch {
      return coded(6);
    }
    if (!Array.isArray(ids)) return coded(6);
    const acks = this.acks.poll(this.channelKey(request), ids.map(Number), this.now(), this.switches.ackIdleMs);
    return { ...json(200, { acks }), ...(shape?.transport && { transport: shape.transport }) };
  }

  private authorize(request: SimRequest): SimReply | undefined {
    const given = request.headers['authorization'];
    const query = urlOf(request).searchParams.get('token');
    if (query !== null) {
      // The token is checked first (splunk-hec 3.2).
      const wrong = this.checkToken(query);
      return wrong ?? (this.switches.allowQueryToken ? undefined : coded(16));
    }
    if (given === undefined || given === '') return coded(2);
    const [scheme, credentials] = given.split(' ');
    if (scheme === 'Basic') {
      const password = Buffer.from(credentials ?? '', 'base64')
        .toString()
        .split(':')[1];
      return this.checkToken(password ?? '');
    }
    if (scheme !== 'Splunk' || !credentials) return coded(3);
    return this.checkToken(credentials);
  }

  private checkToken(token: string): SimReply | undefined {
    if (token !== this.token || this.switches.token === 'unknown') return coded(4);
    return this.switches.token === 'disabled' ? coded(1) : undefined;
  }

  private checkChannel(request: SimRequest): SimReply | undefined {
    if (!this.switches.useAck) return undefined;
    const channel = channelOf(request);
    if (!channel) return coded(this.switches.cloud ? 28 : 10);
    return guid.test(channel) ? undefined : coded(11);
  }

  private channelKey(request: SimRequest): string {
    return `${this.token} ${channelOf(request)}`;
  }

  private decode(request: SimRequest): string | SimReply {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity' && encoding !== 'gzip') return html(415);
    let bytes: Buffer | string = request.body;
    if (encoding === 'gzip') {
      try {
        bytes = gunzipSync(bytes);
      } catch {
        return coded(6);
      }
    }
    return Buffer.byteLength(bytes) > this.switches.maxContentLength ? html(413) : bytes.toString('utf8');
  }
}

const urlOf = (request: SimRequest): URL => new URL(request.path, 'http://hec');
const pathOf = (request: SimRequest): string => urlOf(request).pathname;
const channelOf = (request: SimRequest): string =>
  request.headers['x-splunk-request-channel'] ?? urlOf(request).searchParams.get('channel') ?? '';

const json = (status: number, body: unknown): SimReply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=UTF-8' },
  body: JSON.stringify(body),
});
const coded = (code: number, extra: Record<string, unknown> = {}): SimReply => {
  const [status, text] = codes[code]!;
  return json(status, { text, code, ...extra });
};
/** `code` is not a HEC code here (splunk-hec 3.1). */
const notFound = (status: number): SimReply =>
  json(status, { text: 'The requested URL was not found on this server.', code: 404 });
const html = (status: number): SimReply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=UTF-8' },
  body: `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`,
});
