// A small server that keeps what is posted to it, and answers what it is told to.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Posted {
  url: string;
  type: string | undefined;
  body: Record<string, unknown>;
}

export interface Receiver {
  url: string;
  posted: Posted[];
  /** Statuses of the next answers; then 200. */
  answers: number[];
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const posted: Posted[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    // A stranger, such as the client of a server that had this port before.
    if (request.method !== 'POST') return void response.writeHead(404).end();
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      posted.push({ url: request.url!, type: request.headers['content-type'], body });
      response.writeHead(answers.shift() ?? 200).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    answers,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
