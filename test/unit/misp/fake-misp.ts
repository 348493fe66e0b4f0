// A MISP that answers what a test says, on a free port of 127.0.0.1.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { HttpClient, type HttpOptions } from '../../../src/http.ts';
import { MispClient, type MispClientOptions } from '../../../src/misp/client.ts';

export interface Asked {
  path: string;
  headers: http.IncomingHttpHeaders;
  body: Record<string, unknown>;
}
export interface Says {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Ends the connection in the middle of the body. */
  cut?: boolean;
}

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

/** A page as MISP sends it; X-Result-Count as for a page that is not full. */
export const page = (rows: unknown[], headers: Record<string, string> = {}): Says => ({
  headers: { 'X-Result-Count': String(Math.max(1, rows.length)), 'X-Skipped-Elements-Count': '0', ...headers },
  body: { response: { Attribute: rows } },
});

export async function fakeMisp(
  answer: (asked: Asked) => Says,
  options: Partial<MispClientOptions> = {},
  httpOptions: HttpOptions = {},
) {
  const asked: Asked[] = [];
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      asked.push({ path: req.url ?? '', headers: req.headers, body });
      const { status = 200, headers = {}, body: said = {}, cut = false } = answer(asked.at(-1)!);
      const out = Buffer.isBuffer(said) ? said : Buffer.from(typeof said === 'string' ? said : JSON.stringify(said));
      res.writeHead(status, {
        'Content-Type': 'application/json; charset=UTF-8',
        'Content-Length': out.length,
        ...headers,
      });
      if (cut) res.write(out.subarray(0, out.length / 2), () => res.destroy());
      else res.end(out);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = new HttpClient(`http://127.0.0.1:${port}`, httpOptions);
  toClose.push(async () => {
    await connection.close();
    server.close();
  });
  const client = new MispClient(connection, { apiKey: () => 'k'.repeat(40), ...options });
  return { client, asked, host: `127.0.0.1:${port}` };
}
