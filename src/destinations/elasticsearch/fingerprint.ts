// The CA that a fingerprint names, out of the chain that a server shows. Only the CA is taken from there: the connections that carry
// anything check the whole chain against it, so a forged certificate beside the genuine CA is refused (elasticsearch-client).
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { PermanentError } from '../../errors.ts';
import type { TlsOptions } from '../../http.ts';
import { failureOf } from '../../http-failure.ts';

const TIMEOUT_MS = 10_000;

export interface Wanted {
  /** Of the node. */
  url: string;
  /** SHA-256 in lower case, without colons. */
  fingerprint: string;
  /** A server may want a certificate of ours before it shows its own. */
  tls?: TlsOptions | undefined;
  proxy?: string | undefined;
}

/** PEM. Nothing is sent. Throws HttpFailure, and PermanentError ELASTICSEARCH_FINGERPRINT. */
export async function caOf({ url, fingerprint, tls, proxy }: Wanted): Promise<string> {
  const { hostname, port } = new URL(url);
  const host = `${hostname}:${port || '443'}`;
  let leaf: DetailedPeerCertificate;
  try {
    const socket = proxy === undefined ? undefined : await tunnelTo(host, proxy);
    leaf = await certificateOf(hostname.replace(/^\[|\]$/g, ''), Number(port || 443), tls, socket);
  } catch (error) {
    throw failureOf(error, { host, https: true, totalTimeoutMs: TIMEOUT_MS, aborted: false });
  }
  for (const each of chainOf(leaf)) {
    if (each.fingerprint256.replaceAll(':', '').toLowerCase() === fingerprint) return pemOf(each.raw);
  }
  const message = `${host} shows no certificate with the fingerprint of caFingerprint: it must be that of the CA, and the server must show its CA (or set tls.ca to the PEM file)`;
  throw new PermanentError('ELASTICSEARCH_FINGERPRINT', message);
}

function certificateOf(
  host: string,
  port: number,
  { serverName, cert, key }: TlsOptions = {},
  socket: Socket | undefined,
): Promise<DetailedPeerCertificate> {
  const name = serverName ?? (isIP(host) ? undefined : host);
  return new Promise((resolve, reject) => {
    const tls = connect({
      ...(socket ? { socket } : { host, port }),
      ...(name === undefined ? {} : { servername: name }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    });
    tls.once('secureConnect', () => {
      resolve(tls.getPeerCertificate(true));
      tls.destroy();
    });
    tls.once('timeout', () => tls.destroy(timedOut()));
    tls.once('error', reject);
  });
}

function tunnelTo(host: string, proxy: string): Promise<Socket> {
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const asked = (protocol === 'https:' ? tlsRequest : plainRequest)({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port || (protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: host,
    headers: username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` },
    timeout: TIMEOUT_MS,
  });
  return new Promise((resolve, reject) => {
    asked.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`Proxy response (${statusCode}) !== 200 when HTTP Tunneling`));
    });
    asked.once('timeout', () => asked.destroy(timedOut()));
    asked.once('error', reject);
    asked.end();
  });
}

const timedOut = (): Error => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });

/** From the server's own up to the last that it shows, which is its own issuer. */
function* chainOf(leaf: DetailedPeerCertificate): Iterable<DetailedPeerCertificate> {
  const seen = new Set<string>();
  for (let each = leaf; each?.raw && !seen.has(each.fingerprint256); each = each.issuerCertificate) {
    seen.add(each.fingerprint256);
    yield each;
  }
}

const pemOf = (raw: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
