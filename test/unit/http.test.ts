// Real sockets on 127.0.0.1. The certificate in fixtures is self-signed, for the name misp.test.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClient, HttpFailure, type HttpOptions, type HttpRequest, type RequestSeen } from '../../src/http.ts';

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
const cert = fixture('tls-cert.pem');
const key = fixture('tls-key.pem');

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function client(baseUrl: string, options: HttpOptions = {}): HttpClient {
  const made = new HttpClient(baseUrl, options);
  toClose.push(() => made.close());
  return made;
}

async function failureOf(made: HttpClient, request: Partial<HttpRequest> = {}): Promise<HttpFailure> {
  const outcome = await made.request({ method: 'GET', path: '/', ...request }).catch((error: unknown) => error);
  if (!(outcome instanceof HttpFailure)) throw new Error(`no failure: ${JSON.stringify(outcome)}`);
  return outcome;
}

describe('a request', () => {
  it('carries User-Agent, Accept and Content-Length, and any status is an answer', async () => {
    const port = await listen(
      http.createServer((req, res) => {
        const chunks: Buffer[] = [];
        req.on('data', (chunk: Buffer) => chunks.push(chunk));
        req.on('end', () => {
          res.writeHead(418, { 'X-Result-Count': '3', 'Set-Cookie': ['a=1', 'b=2'] });
          res.end(JSON.stringify({ headers: req.headers, url: req.url, body: Buffer.concat(chunks).toString() }));
        });
      }),
    );
    const answer = await client(`http://127.0.0.1:${port}/misp/`).request({
      method: 'POST',
      path: '/attributes/restSearch',
      headers: { 'Content-Type': 'application/json' },
      body: '{"value":"€"}',
    });
    const got = JSON.parse(answer.body.toString()) as { headers: Record<string, string>; url: string; body: string };
    expect(answer.status).toBe(418);
    expect(answer.headers['x-result-count']).toBe('3');
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(got.url).toBe('/misp/attributes/restSearch');
    expect(got.body).toBe('{"value":"€"}');
    expect(got.headers['user-agent']).toMatch(/^misp-relay\/\d+\.\d+\.\d+$/);
    expect(got.headers).toMatchObject({
      accept: 'application/json',
      'content-length': '15',
      'content-type': 'application/json',
    });
  });

  it('does not follow a redirect', async () => {
    let requests = 0;
    const port = await listen(
      http.createServer((_, res) => {
        requests++;
        res.writeHead(302, { Location: '/users/login' }).end();
      }),
    );
    expect((await client(`http://127.0.0.1:${port}`).request({ method: 'GET', path: '/' })).status).toBe(302);
    expect(requests).toBe(1);
  });

  it('goes through a proxy, in a tunnel', async () => {
    const port = await listen(http.createServer((_, res) => res.end('through')));
    const tunnels: string[] = [];
    const proxy = http.createServer();
    proxy.on('connect', (req, socket) => {
      tunnels.push(`${req.url} ${req.headers['proxy-authorization']}`);
      const there = net.connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      there.pipe(socket).pipe(there);
    });
    const proxyPort = await listen(proxy);
    const made = client(`http://127.0.0.1:${port}`, { proxy: `http://user:secret@127.0.0.1:${proxyPort}` });
    expect((await made.request({ method: 'GET', path: '/' })).body.toString()).toBe('through');
    expect(tunnels).toEqual([`127.0.0.1:${port} Basic ${Buffer.from('user:secret').toString('base64')}`]);
  });
});

describe('TLS', () => {
  const secure = (): Promise<number> => listen(https.createServer({ cert, key }, (_, res) => res.end('ok')));

  it('takes a CA of its own and another name', async () => {
    const made = client(`https://127.0.0.1:${await secure()}`, { tls: { ca: cert, serverName: 'misp.test' } });
    expect((await made.request({ method: 'GET', path: '/' })).body.toString()).toBe('ok');
  });

  it('takes any certificate when told to', async () => {
    const made = client(`https://127.0.0.1:${await secure()}`, { tls: { insecure: true } });
    expect((await made.request({ method: 'GET', path: '/' })).status).toBe(200);
  });

  it('names an untrusted certificate and the remedy', async () => {
    const port = await secure();
    const failure = await failureOf(client(`https://127.0.0.1:${port}`, { tls: { serverName: 'misp.test' } }));
    expect(failure).toMatchObject({ code: 'HTTP_TLS_UNTRUSTED', sent: 'no', kind: 'retryable' });
    expect(failure.message).toContain(`127.0.0.1:${port}`);
    expect(failure.message).toContain('tls.ca');
  });

  it('names a certificate for another name', async () => {
    const failure = await failureOf(client(`https://127.0.0.1:${await secure()}`, { tls: { ca: cert } }));
    expect(failure).toMatchObject({ code: 'HTTP_TLS_NAME', sent: 'no' });
    expect(failure.message).toContain('tls.serverName');
  });

  it('names https against a plain port', async () => {
    const port = await listen(http.createServer((_, res) => res.end('plain')));
    expect(await failureOf(client(`https://127.0.0.1:${port}`))).toMatchObject({ code: 'HTTP_PROTOCOL', sent: 'no' });
  });

  it('hints at https when a port closes on plain http', async () => {
    const failure = await failureOf(client(`http://127.0.0.1:${await secure()}`));
    expect(['HTTP_PROTOCOL', 'HTTP_RESET']).toContain(failure.code);
    expect(failure.message).toContain('https port');
  });
});

describe('failures', () => {
  /** A server that does with each connection what a test says. */
  const raw = (talk: (socket: net.Socket) => void): Promise<number> =>
    listen(
      net.createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => talk(socket));
      }),
    );

  it('refused', async () => {
    const port = await listen(net.createServer());
    await toClose.pop()!();
    expect(await failureOf(client(`http://127.0.0.1:${port}`))).toMatchObject({ code: 'HTTP_REFUSED', sent: 'no' });
  });

  it('a name that does not resolve', async () => {
    expect(await failureOf(client('http://nowhere.invalid:80'))).toMatchObject({ code: 'HTTP_DNS', sent: 'no' });
  });

  it('a body that is cut', async () => {
    const port = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"response":'));
    expect(await failureOf(client(`http://127.0.0.1:${port}`))).toMatchObject({ code: 'HTTP_RESET', sent: 'maybe' });
  });

  it('a chunked body that is cut', async () => {
    const port = await raw((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    );
    expect(await failureOf(client(`http://127.0.0.1:${port}`))).toMatchObject({ code: 'HTTP_RESET', sent: 'maybe' });
  });

  it('a port that speaks something else', async () => {
    const port = await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(await failureOf(client(`http://127.0.0.1:${port}`))).toMatchObject({ code: 'HTTP_PROTOCOL' });
  });

  it('no answer, and a body that falls silent', async () => {
    const silent = await raw(() => {});
    const options = { headersTimeoutMs: 200, bodyTimeoutMs: 200 };
    expect(await failureOf(client(`http://127.0.0.1:${silent}`, options))).toMatchObject({
      code: 'HTTP_TIMEOUT_HEADERS',
    });
    const half = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    expect(await failureOf(client(`http://127.0.0.1:${half}`, options))).toMatchObject({ code: 'HTTP_TIMEOUT_BODY' });
  });

  it('an answer that trickles for ever', async () => {
    const port = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const failure = await failureOf(client(`http://127.0.0.1:${port}`, { totalTimeoutMs: 300 }));
    expect(failure).toMatchObject({ code: 'HTTP_TIMEOUT_TOTAL', sent: 'maybe' });
  });

  it('a body above the limit is not read to its end', async () => {
    let sent = 0;
    const port = await listen(
      http.createServer((_, res) => {
        const more = (): void => {
          while (sent < 2e9 && res.write(Buffer.alloc(65_536))) sent += 65_536;
        };
        res.on('drain', more);
        more();
      }),
    );
    const failure = await failureOf(client(`http://127.0.0.1:${port}`), { bodyBytesMax: 1_000_000 });
    expect(failure.code).toBe('HTTP_TOO_LARGE');
    expect(sent).toBeLessThan(1e9);
  });

  it('called off by the caller', async () => {
    const controller = new AbortController();
    const port = await raw(() => controller.abort());
    const failure = await failureOf(client(`http://127.0.0.1:${port}`), { signal: controller.signal });
    expect(failure.code).toBe('HTTP_ABORTED');
  });

  it('a proxy that refuses', async () => {
    const proxy = http.createServer();
    proxy.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    const made = client('http://misp.test', { proxy: `http://user:secret@127.0.0.1:${await listen(proxy)}` });
    const failure = await failureOf(made);
    expect(failure).toMatchObject({ code: 'HTTP_PROXY', sent: 'no' });
    expect(failure.message).toContain('407');
  });

  it('no secret stands in a message or a cause', async () => {
    const port = await raw((socket) => socket.end('nonsense\r\n\r\n'));
    const made = client(`http://user:hunter2@127.0.0.1:${port}`);
    const failure = await failureOf(made, { path: '/?key=hunter2', headers: { Authorization: 'hunter2' } });
    expect(`${failure.message} ${failure.stack} ${String(failure.cause)} ${JSON.stringify(failure)}`).not.toContain(
      'hunter2',
    );
  });
});

describe('who is told of requests', () => {
  it('hears of each once: an answer by its status, a failure by its code', async () => {
    const port = await listen(
      http.createServer((req, res) => {
        if (req.url!.startsWith('/cut')) return void req.socket.destroy();
        res.writeHead(503).end('four');
      }),
    );
    const seen: RequestSeen[] = [];
    const told = client(`http://127.0.0.1:${port}`, { onRequest: (each) => void seen.push(each) });
    await told.request({ method: 'POST', path: '/attributes/restSearch?key=SECRET', body: '{"a":"€"}' });
    await failureOf(told, { path: '/cut/off' });
    await failureOf(told, { path: '/services/collector/event', bodyBytesMax: 1 });
    expect(seen).toMatchObject([
      { endpoint: 'restSearch', outcome: 503, requestBytes: 11, answerBytes: 4 },
      { endpoint: 'off', outcome: 'HTTP_RESET', requestBytes: 0, answerBytes: 0 },
      { endpoint: 'event', outcome: 'HTTP_TOO_LARGE', answerBytes: 0 },
    ]);
    for (const { seconds } of seen) expect(seconds).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(seen)).not.toContain('SECRET');
  });
});
