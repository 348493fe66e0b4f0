import { serve, type SimReply, type SimRequest } from '../http.ts';
import { type ElasticsearchOptions, type ElasticsearchReply, ElasticsearchSimulator } from './elasticsearch.ts';
import { type ElasticsearchFault } from './fault-table.ts';
import { type ElasticsearchSwitches } from './switches.ts';

export interface StartElasticsearchOptions extends ElasticsearchOptions {
  port?: number | undefined;
  host?: string | undefined;
  /** PEM of a key and a certificate: HTTPS instead of HTTP. */
  tls?: { key: string; cert: string } | undefined;
  keepAliveMs?: number | undefined;
  /** Goes on with what this one holds, as after a restart; the other options of the simulator are left aside. */
  simulator?: ElasticsearchSimulator | undefined;
}

export interface RunningElasticsearch {
  url: string;
  /** The value of `Authorization: ApiKey`. */
  apiKey: string;
  elasticsearch: ElasticsearchSimulator;
  switches: ElasticsearchSwitches;
  /** How many connections were opened so far. */
  connections: () => number;
  close: () => Promise<void>;
}

/** An Elasticsearch on a port of this machine. `url` is its root. */
export async function startElasticsearch(options: StartElasticsearchOptions = {}): Promise<RunningElasticsearch> {
  const elasticsearch = options.simulator ?? new ElasticsearchSimulator(options);
  const shell = await serve({
    port: options.port,
    host: options.host,
    tls: options.tls,
    keepAliveMs: options.keepAliveMs ?? 60_000,
    admit: (request) => (isControl(request) ? 'read' : elasticsearch.admit(request)),
    handle: (request) => (isControl(request) ? control(elasticsearch, request) : played(elasticsearch.handle(request))),
  });
  return {
    url: shell.url,
    apiKey: elasticsearch.apiKey,
    elasticsearch,
    switches: elasticsearch.switches,
    connections: shell.connections,
    close: shell.close,
  };
}

const played = (reply: ElasticsearchReply): SimReply => (reply.trickle ? { ...reply, transport: 'trickle' } : reply);

const isControl = (request: SimRequest): boolean => request.path.startsWith('/_control/');

/** The control API of an Elasticsearch in another process (see the README). */
function control(elasticsearch: ElasticsearchSimulator, request: SimRequest): SimReply {
  try {
    const given = request.body.length > 0 ? (JSON.parse(request.body.toString()) as object) : {};
    switch (request.path) {
      case '/_control/switches':
        return ok(Object.assign(elasticsearch.switches, given));
      case '/_control/fail':
        if ('name' in given) elasticsearch.faults.plan(given as ElasticsearchFault);
        else elasticsearch.faults.clear();
        return ok(elasticsearch.faults.pending);
      case '/_control/forget-deletes':
        elasticsearch.forgetDeletes();
        return ok({});
      case '/_control/counts':
        return ok(elasticsearch.counts());
      case '/_control/truth':
        return ok({
          ...elasticsearch.counts(),
          docs: [...elasticsearch.docs()],
          duplicates: Object.fromEntries(elasticsearch.duplicates()),
        });
      default:
        return { status: 404, headers: {}, body: 'no such control' };
    }
  } catch (error) {
    return { status: 400, headers: {}, body: String(error) };
  }
}

const ok = (body: unknown): SimReply => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
