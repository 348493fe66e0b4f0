import { serve, type SimReply, type SimRequest } from '../http.ts';
import { applyChange, type Change } from './changes.ts';
import { type MispData } from './data.ts';
import { type MispFault } from './fault-table.ts';
import { Misp, type MispOptions } from './misp.ts';
import { type MispSwitches } from './switches.ts';
import { truthOf } from './truth.ts';

export interface StartMispOptions extends MispOptions {
  /** 0 or left out: a free port. */
  port?: number | undefined;
  /** 127.0.0.1 unless told otherwise. */
  host?: string | undefined;
  /** PEM of a key and a certificate: HTTPS instead of HTTP. */
  tls?: { key: string; cert: string } | undefined;
}

export interface RunningMisp {
  url: string;
  key: string;
  data: MispData;
  switches: MispSwitches;
  /** Faults, scripts and the log of requests. */
  control: Misp;
  connections: () => number;
  close: () => Promise<void>;
}

/** A MISP on a port of this machine, empty unless `data` is given. */
export async function startMisp(options: StartMispOptions = {}): Promise<RunningMisp> {
  const misp = new Misp(options);
  const shell = await serve({
    port: options.port,
    host: options.host,
    tls: options.tls,
    handle: (request) => (request.path.startsWith('/_control/') ? controlMisp(misp, request) : misp.handle(request)),
  });
  return {
    url: shell.url,
    key: misp.key,
    data: misp.data,
    switches: misp.switches,
    control: misp,
    connections: shell.connections,
    close: shell.close,
  };
}

/** The control API of a MISP in another process (see the README). */
function controlMisp(misp: Misp, request: SimRequest): SimReply {
  try {
    const given = request.body.length > 0 ? (JSON.parse(request.body.toString()) as object) : {};
    switch (request.path) {
      case '/_control/switches':
        return ok(Object.assign(misp.switches, given));
      case '/_control/fail':
        if ('name' in given) misp.faults.plan(given as MispFault);
        else misp.faults.clear();
        return ok(misp.faults.pending);
      case '/_control/change':
        return ok(change(misp, given as Change | { after: number; changes: Change[] }));
      case '/_control/counts':
        return ok({
          events: misp.data.events.size,
          attributes: misp.data.size,
          live: misp.data.byId.rows().filter(({ deleted }) => !deleted).length,
          changes: misp.data.changes,
          searches: misp.searches,
        });
      case '/_control/truth':
        return ok(truthOf(misp.data));
      case '/_control/log':
        return ok(misp.log);
      default:
        return { status: 404, headers: {}, body: 'no such control' };
    }
  } catch (error) {
    return { status: 400, headers: {}, body: String(error) };
  }
}

/** One change, a list of them, or `{after, changes}`: once that many more searches were answered. */
function change(misp: Misp, given: Change | Change[] | { after: number; changes: Change[] }): unknown {
  if ('after' in given) {
    misp.after(given.after, () => given.changes.forEach((one) => applyChange(misp.data, one)));
    return null;
  }
  const results = [given].flat().map((one) => applyChange(misp.data, one) ?? null);
  return Array.isArray(given) ? results : results[0];
}

const ok = (body: unknown): SimReply => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body ?? null),
});
