// The HTTP shell of both simulators. What is answered is decided by a pure function; here it is put on a socket, also in the
// broken ways in which real servers and what stands before them put it there.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';

export interface SimRequest {
  method: string;
  /** Path with its query string. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** As it came (perhaps compressed). A string counts as UTF-8. */
  body: Buffer | string;
}

/**
 * How an answer travels: `whole` with Content-Length; `chunked` without; `cut`: Content-Length of the whole body, half of it,
 * then the socket is destroyed; `chunked cut`: the same without a last chunk; `drop`: destroyed without a byte; `hang`: never
 * answered; `trickle`: byte by byte, and the last one never; `http/1.0`: HTTP/1.0 and the connection is closed.
 */
export type Transport = 'whole' | 'chunked' | 'cut' | 'chunked cut' | 'drop' | 'hang' | 'trickle' | 'http/1.0';

export interface SimReply {
  status: number;
  headers: Record<string, string>;
  body: string;
  transport?: Transport;
  /** Milliseconds before the first byte. */
  delayMs?: number;
}

/** What to do with a request before its body is read. */
export type Admission = 'read' | 'drop before read' | 'drop mid body';

export interface ShellOptions {
  /** 0 or left out: a free port. */
  port?: number | undefined;
  /** 127.0.0.1 unless told otherwise. */
  host?: string | undefined;
  /** PEM; with both, HTTPS. */
  tls?: { key: string; cert: string } | undefined;
  /** Idle connections are closed after this many ms. */
  keepAliveMs?: number | undefined;
  admit?: ((request: SimRequest) => Admission) | undefined;
  handle: (request: SimRequest) => SimReply | Promise<SimReply>;
}

export interface Shell {
  url: string;
  /** How many connections were opened so far. */
  connections: () => number;
  /** Ends the server and all its sockets at once. */
  close: () => Promise<void>;
}

/** Serves `handle` on a port of this machine. Rejects when the port is taken. */
export async function serve(options: ShellOptions): Promise<Shell> {
  const sockets = new Set<Socket>();
  let opened = 0;
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { socket } = incoming;
    answer(options, incoming, outgoing, socket).catch(() => socket.destroy());
  };
  const server: Server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
  server.keepAliveTimeout = options.keepAliveMs ?? 5000;
  server.requestTimeout = 0;
  server.on('connection', (socket: Socket) => {
    opened++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    connections: () => opened,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function answer(
  options: ShellOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  socket: Socket,
): Promise<void> {
  const request: SimRequest = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: flat(incoming.headers),
    body: '',
  };
  const admission = options.admit?.(request) ?? 'read';
  if (admission === 'drop before read') return void socket.destroy();
  const body = await readBody(incoming, admission === 'drop mid body');
  if (body === undefined) return void socket.destroy();
  const reply = await options.handle({ ...request, body });
  if (reply.delayMs !== undefined && reply.delayMs > 0) {
    await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
  }
  send(reply, incoming.method === 'HEAD', outgoing, socket);
}

function flat(headers: IncomingMessage['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** `undefined`: half was read, and that is all. */
async function readBody(incoming: IncomingMessage, half: boolean): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const enough = Number(incoming.headers['content-length'] ?? 2) / 2;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (half && bytes >= enough) return undefined;
  }
  return half ? undefined : chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function send(reply: SimReply, head: boolean, outgoing: ServerResponse, socket: Socket): void {
  const { transport = 'whole', status, headers } = reply;
  if (transport === 'hang') return;
  if (transport === 'drop') return void socket.destroy();
  const bytes = Buffer.from(reply.body, 'utf8');
  if (transport === 'http/1.0') {
    const lines = Object.entries({ ...headers, 'Content-Length': String(bytes.length), Connection: 'close' });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`HTTP/1.0 ${status} Status\r\n${head}\r\n`);
    return void socket.end(bytes);
  }
  outgoing.sendDate = headers['Date'] === undefined;
  if (transport === 'whole') {
    const bodiless = status === 304 || head;
    outgoing.writeHead(status, bodiless ? headers : { ...headers, 'Content-Length': String(bytes.length) });
    return void outgoing.end(bodiless ? undefined : bytes);
  }
  if (transport === 'chunked') {
    outgoing.writeHead(status, headers);
    outgoing.write(bytes.subarray(0, bytes.length >> 1));
    return void outgoing.end(bytes.subarray(bytes.length >> 1));
  }
  if (transport === 'trickle') {
    outgoing.writeHead(status, { ...headers, 'Content-Length': String(bytes.length + 1) });
    let at = 0;
    const timer = setInterval(() => outgoing.write(at < bytes.length ? bytes.subarray(at, ++at) : ''), 100);
    return void socket.on('close', () => clearInterval(timer));
  }
  outgoing.writeHead(status, transport === 'cut' ? { ...headers, 'Content-Length': String(bytes.length) } : headers);
  outgoing.write(bytes.subarray(0, bytes.length >> 1), () => socket.destroySoon());
}
