import { serve, type SimReply, type SimRequest } from '../http.ts';
import { Hec, type HecOptions } from './hec.ts';
import { type HecFault } from './fault-table.ts';
import { type HecSwitches } from './switches.ts';

export interface StartHecOptions extends HecOptions {
  port?: number | undefined;
  host?: string | undefined;
  /** PEM of a key and a certificate: HTTPS instead of HTTP. */
  tls?: { key: string; cert: string } | undefined;
  /** splunkd closes connections idle for 12 s while it is busy. */
  keepAliveMs?: number | undefined;
}

export interface RunningHec {
  url: string;
  token: string;
  hec: Hec;
  switches: HecSwitches;
  /** How many connections were opened so far. */
  connections: () => number;
  close: () => Promise<void>;
}

/** A HEC on a port of this machine. `url` is its root: the collector is at `/services/collector/event` below it. */
export async function startHec(options: StartHecOptions = {}): Promise<RunningHec> {
  const hec = new Hec(options);
  const shell = await serve({
    port: options.port,
    host: options.host,
    tls: options.tls,
    keepAliveMs: options.keepAliveMs ?? 12_000,
    admit: (request) => (isControl(request) ? 'read' : hec.admit(request)),
    handle: (request) => (isControl(request) ? controlHec(hec, request) : hec.handle(request)),
  });
  return {
    url: shell.url,
    token: hec.token,
    hec,
    switches: hec.switches,
    connections: shell.connections,
    close: shell.close,
  };
}

const isControl = (request: SimRequest): boolean => request.path.startsWith('/_control/');

/** The control API of a HEC in another process (see the README). */
function controlHec(hec: Hec, request: SimRequest): SimReply {
  try {
    const given = request.body.length > 0 ? (JSON.parse(request.body.toString()) as object) : {};
    switch (request.path) {
      case '/_control/switches':
        return ok(Object.assign(hec.switches, given));
      case '/_control/fail':
        if ('name' in given) hec.faults.plan(given as HecFault);
        else hec.faults.clear();
        return ok(hec.faults.pending);
      case '/_control/restart':
        hec.restart();
        return ok({});
      case '/_control/clear':
        hec.store.clear();
        return ok({});
      case '/_control/counts':
        return ok({ ...hec.counts(), acksPending: hec.acks.pending });
      case '/_control/truth':
        return ok(hec.truth());
      case '/_control/events':
        return ok(hec.store.events);
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
