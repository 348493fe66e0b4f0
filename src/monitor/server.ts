// /healthz and /metrics over HTTP. It holds no threat data and no secret, and asks for no password: by default it is bound to loopback.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { durationOf } from '../core/times.ts';
import { messageOf } from '../errors.ts';

export interface HealthAddress {
  host: string;
  /** 0: any that is free. */
  port: number;
}

export interface Pages {
  healthz(maxLagSeconds: number | undefined): Promise<{ ok: boolean; body: object }>;
  metrics(): Promise<{ type: string; text: string }>;
}

export interface HealthServer {
  /** Without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** Rejects with the system's error when the address cannot be used. */
export async function serveHealth({ host, port }: HealthAddress, pages: Pages): Promise<HealthServer> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    request.resume();
    answer(request.method ?? '', request.url ?? '', pages, response).catch((error: unknown) =>
      send(response, 500, 'text/plain', `${messageOf(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.unref();
  const { address, port: bound, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(method: string, url: string, pages: Pages, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://relay');
  if (pathname !== '/healthz' && pathname !== '/metrics') {
    return send(response, 404, 'text/plain', 'here are /healthz and /metrics\n');
  }
  if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'text/plain', 'GET only\n');
  if (pathname === '/metrics') {
    const { type, text } = await pages.metrics();
    return send(response, 200, type, text);
  }
  const unknown = [...searchParams.keys()].find((name) => name !== 'max-lag');
  if (unknown !== undefined) return send(response, 400, 'text/plain', `${unknown}: only max-lag is known here\n`);
  const given = searchParams.get('max-lag');
  const maxLag = given === null ? undefined : durationOf(given);
  if (given !== null && maxLag === undefined) {
    return send(response, 400, 'text/plain', 'max-lag is no time span: write 30s, 5m or 1h\n');
  }
  const { ok, body } = await pages.healthz(maxLag);
  send(response, ok ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
