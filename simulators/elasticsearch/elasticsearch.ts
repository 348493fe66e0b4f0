// The pure core: a request in, an answer out, and the documents that were indexed on the way.
import { Faults } from '../faults.ts';
import { type Admission, type SimReply, type SimRequest } from '../http.ts';
import { seeded } from '../random.ts';
import { authenticate, challengeHeader, type Credentials, defaultCredentials, encodedKey } from './auth.ts';
import { Cluster } from './cluster.ts';
import { errorBody, Refused } from './errors.ts';
import { type ElasticsearchFault, type ElasticsearchFaultName, faultShape } from './fault-table.ts';
import { type Answer, type Call, htmlReply, jsonReply } from './rest.ts';
import { Router } from './router.ts';
import { clusterRoutes } from './routes-cluster.ts';
import { aliasRoutes } from './routes-aliases.ts';
import { bulkRoutes } from './routes-bulk.ts';
import { documentRoutes } from './routes-documents.ts';
import { indexRoutes } from './routes-indices.ts';
import { searchRoutes } from './routes-search.ts';
import { Kept, templateRoutes } from './routes-templates.ts';
import { transformRoutes } from './routes-transforms.ts';
import { elasticsearchDefaults, type ElasticsearchSwitches } from './switches.ts';
import { byIndex, type Counts, documentsOf, repeatedValues, type TrueDocument } from './truth.ts';
import { checkMediaType, decode, pathOf, withoutLast } from './wire.ts';

export interface ElasticsearchOptions {
  /** What is not given is `defaultCredentials`. */
  credentials?: Partial<Credentials> | undefined;
  switches?: Partial<ElasticsearchSwitches> | undefined;
  /** Of the ids and uuids that the simulator makes. */
  seed?: number | undefined;
  /** Milliseconds; the real clock unless given. */
  now?: (() => number) | undefined;
}

/** `trickle`: the body goes out byte by byte and never ends. */
export type ElasticsearchReply = SimReply & { trickle?: boolean };

const bulkPath = /(^|\/)_bulk$/;
const drop: SimReply = { status: 0, headers: {}, body: '', transport: 'drop' };

export class ElasticsearchSimulator {
  readonly credentials: Credentials;
  readonly switches: ElasticsearchSwitches;
  readonly cluster: Cluster;
  readonly faults = new Faults<ElasticsearchFaultName, ElasticsearchFault>();
  private readonly router: Router;
  private readonly now: () => number;
  private readonly admitted = new WeakMap<object, ElasticsearchFault | undefined>();
  /** The fault of the request that is played now. */
  private playing: ElasticsearchFault | undefined;
  private readonly made = { requests: 0, bulks: 0, items: 0, lost: 0 };

  constructor(options: ElasticsearchOptions = {}) {
    this.credentials = { ...defaultCredentials, ...options.credentials };
    this.switches = { ...elasticsearchDefaults, ...options.switches };
    this.now = options.now ?? Date.now;
    this.cluster = new Cluster(this.switches, seeded(options.seed ?? 1), this.now);
    const kept = new Kept();
    const world = {
      fault: () => ({ fault: this.playing, most: this.most() }),
      hasPipeline: (name: string) => kept.pipelines.has(name),
      counted: (items: number, lost: number) => {
        this.made.items += items;
        this.made.lost += lost;
      },
    };
    const routes = [
      ...bulkRoutes(world),
      ...documentRoutes,
      ...searchRoutes,
      ...indexRoutes,
      ...aliasRoutes,
      ...templateRoutes(kept),
      ...clusterRoutes,
      ...transformRoutes(new Map()),
    ];
    this.router = new Router(routes, this.switches.flavour);
  }

  /** The value of `Authorization: ApiKey`. */
  get apiKey(): string {
    return encodedKey(this.credentials);
  }

  /** Plays a fault for the next bulk requests (or the requests whose path contains `path`). */
  fail(name: ElasticsearchFaultName, plan: Omit<ElasticsearchFault, 'name'> = {}): void {
    this.faults.plan({ name, ...plan });
  }

  /** Versions of deleted documents are forgotten, as after `index.gc_deletes`: an old version comes back. */
  forgetDeletes(): void {
    for (const index of this.cluster.indices.values()) index.shard.forgetDeletes();
  }

  /** Live documents, not copied: of all indices, or of those that `expression` means. */
  docs(expression?: string): Generator<TrueDocument> {
    return documentsOf(this.cluster, expression);
  }

  counts(): Counts {
    const each = byIndex(this.cluster);
    const documents = Object.values(each).reduce((a, b) => a + b, 0);
    return { ...this.made, documents, byIndex: each };
  }

  /** Attributes that are live more than once, with how often: what a reader of a data stream must bear. */
  duplicates(expression?: string, path = 'misp.attribute.uuid'): Map<string, number> {
    return repeatedValues(this.docs(expression), path);
  }

  /** Called by the shell with the head of a request; the fault taken here is played by `handle` for the same headers. */
  admit(request: SimRequest): Admission {
    const fault = this.takeFault(request);
    this.admitted.set(request.headers, fault);
    return (fault && faultShape(fault.name).before) ?? 'read';
  }

  /** Answers one request. Never throws. In process, a dropped connection is an answer with `transport: 'drop'`. */
  handle(request: SimRequest): ElasticsearchReply {
    const fault = this.admitted.has(request.headers) ? this.admitted.get(request.headers) : this.takeFault(request);
    this.made.requests++;
    if (bulkPath.test(pathOf(request))) this.made.bulks++;
    this.playing = fault;
    const reply = this.withFault(request, fault);
    if (fault?.retryAfter !== undefined) reply.headers['Retry-After'] = String(fault.retryAfter);
    reply.delayMs = (reply.delayMs ?? 0) + this.switches.latencyMs;
    return reply;
  }

  private takeFault(request: SimRequest): ElasticsearchFault | undefined {
    return this.faults.take(pathOf(request), (path) => bulkPath.test(path));
  }

  private most(): number {
    const taken = this.playing?.taken;
    return typeof taken === 'number' ? taken : Infinity;
  }

  private withFault(request: SimRequest, fault: ElasticsearchFault | undefined): ElasticsearchReply {
    const shape = fault && faultShape(fault.name);
    if (fault === undefined || shape === undefined || shape.item) return this.answer(request);
    if (shape.before) return { ...drop };
    const taken = fault.taken ?? shape.taken ?? 'none';
    const real: ElasticsearchReply =
      taken === 'none' || taken === 0 ? jsonReply({ status: 200, body: {} }, null) : this.answer(request);
    if (shape.body === 'fewer items') return withoutLast(real);
    if (shape.body === 'cut') return { ...real, body: real.body.slice(0, real.body.length >> 1) };
    if (shape.trickle) return { ...real, trickle: true };
    if (shape.transport) return { ...real, transport: shape.transport };
    const status = shape.status ?? 200;
    if (shape.body === 'html') return htmlReply(status);
    if (shape.body === 'empty') return { status, headers: {}, body: '' };
    return this.refused(new Refused(status, shape.type ?? 'exception', shape.reason ?? fault.name));
  }

  private answer(request: SimRequest): SimReply {
    const { flavour, maxContentLength } = this.switches;
    let text: string | undefined;
    try {
      text = decode(request, maxContentLength);
    } catch {
      return { ...drop }; // A body that is no gzip ends the connection.
    }
    if (text === undefined) return { status: 413, headers: {}, body: '' };
    const at = request.path.indexOf('?');
    const parameters = new URLSearchParams(at < 0 ? '' : request.path.slice(at + 1));
    let reply: SimReply;
    try {
      const unsupported = checkMediaType(request, text, flavour === 'opensearch');
      if (unsupported) return this.branded(unsupported);
      authenticate(request, this.credentials, this.switches);
      const call: Call = {
        request,
        method: request.method,
        path: pathOf(request),
        parameters,
        at: {},
        text,
        cluster: this.cluster,
        now: this.now(),
      };
      const answer: Answer | SimReply = this.router.answer(call);
      reply = 'headers' in answer ? answer : jsonReply(answer, parameters.get('filter_path'));
    } catch (error) {
      return this.refused(error instanceof Refused ? error : new Refused(500, 'exception', String(error)));
    }
    return this.branded(reply);
  }

  private refused({ status, error }: Refused): SimReply {
    const reply = jsonReply({ status, body: errorBody(status, error) }, null);
    if (status !== 401) return this.branded(reply);
    reply.headers['WWW-Authenticate'] = challengeHeader;
    return reply;
  }

  private branded(reply: SimReply): SimReply {
    if (this.switches.flavour !== 'opensearch') reply.headers['X-elastic-product'] = 'Elasticsearch';
    return reply;
  }
}
