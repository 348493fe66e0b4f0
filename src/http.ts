// The only caller of undici. One client for one server: no redirects, no retries (Temporal alone retries), a limit on what is
// read, and failures that say what happened, whether the server may have got the request, and what to do.
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import packageJson from '../package.json' with { type: 'json' };
import { type HttpFailure, type HttpFailureCode, failureOf, tooLarge } from './http-failure.ts';

export { HttpFailure, type HttpFailureCode } from './http-failure.ts';

export interface TlsOptions {
  /** PEM texts. */
  ca?: string;
  cert?: string;
  key?: string;
  /** The name that the certificate must carry, when it is not the host of the URL. */
  serverName?: string;
  /** Accept any certificate. */
  insecure?: boolean;
}

export interface HttpOptions {
  tls?: TlsOptions;
  /** `http://[user:password@]proxy:port`: requests go through a CONNECT tunnel. */
  proxy?: string;
  connectTimeoutMs?: number;
  headersTimeoutMs?: number;
  /** The longest silence inside a body. */
  bodyTimeoutMs?: number;
  totalTimeoutMs?: number;
  /** Splunk closes idle connections after 12 s, so this must stay below. */
  keepAliveMs?: number;
  connections?: number;
  /** Told of each request when it is over. */
  onRequest?: (seen: RequestSeen) => void;
}

/** A request as it went: for counting. */
export interface RequestSeen {
  /** The last part of its path, such as `restSearch`. */
  endpoint: string;
  /** The status, or the code of the failure. */
  outcome: number | HttpFailureCode;
  seconds: number;
  /** Of the bodies, as they were sent; of an answer that was not whole: 0. */
  requestBytes: number;
  answerBytes: number;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Appended to the path of the base URL; begins with `/`. */
  path: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
  signal?: AbortSignal;
  /** A longer body fails with HTTP_TOO_LARGE, unread. */
  bodyBytesMax?: number;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | string[]>;
  body: Buffer;
}

const BODY_BYTES_MAX = 256 * 1024 * 1024;
const DEFAULTS = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 120_000,
  bodyTimeoutMs: 60_000,
  totalTimeoutMs: 300_000,
  keepAliveMs: 10_000,
  connections: 4,
};

/** What the rest of the code needs of a client: simulations bring their own. */
export type Http = Pick<HttpClient, 'host' | 'request' | 'close'>;

export const USER_AGENT = `misp-relay/${packageJson.version}`;

export class HttpClient {
  /** Host and port, for messages. */
  readonly host: string;
  private readonly base: URL;
  private readonly dispatcher: Dispatcher;
  private readonly totalTimeoutMs: number;
  private readonly onRequest: HttpOptions['onRequest'];

  constructor(baseUrl: string, options: HttpOptions = {}) {
    this.base = new URL(baseUrl);
    const defaultPort = this.base.protocol === 'https:' ? '443' : '80';
    this.host = `${this.base.hostname}:${this.base.port || defaultPort}`;
    const settings = { ...DEFAULTS, ...options };
    this.totalTimeoutMs = settings.totalTimeoutMs;
    this.onRequest = options.onRequest;
    this.dispatcher = dispatcherOf(settings);
  }

  /**
   * One request, as it is; any status is an answer. Always sends User-Agent, Accept and, with a body, Content-Length.
   * Throws `HttpFailure` only.
   */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const startedMs = performance.now();
    const seen = (outcome: RequestSeen['outcome'], answerBytes: number): void =>
      this.onRequest?.({
        endpoint: endpointOf(request.path),
        outcome,
        seconds: (performance.now() - startedMs) / 1000,
        requestBytes: Buffer.byteLength(request.body ?? ''),
        answerBytes,
      });
    try {
      const response = await this.send(request);
      seen(response.status, response.body.length);
      return response;
    } catch (error) {
      const failure = this.failure(error, request.signal);
      seen(failure.code, 0);
      throw failure;
    }
  }

  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }

  private async send(request: HttpRequest): Promise<HttpResponse> {
    const signals = [AbortSignal.timeout(this.totalTimeoutMs), ...(request.signal ? [request.signal] : [])];
    const answer = await this.dispatcher.request({
      origin: this.base.origin,
      path: this.base.pathname.replace(/\/$/, '') + request.path,
      method: request.method,
      headers: { 'user-agent': USER_AGENT, accept: 'application/json', ...lowerCased(request.headers) },
      body: typeof request.body === 'string' ? Buffer.from(request.body) : (request.body ?? null),
      signal: AbortSignal.any(signals),
    });
    const body = await this.read(answer.body, request.bodyBytesMax ?? BODY_BYTES_MAX);
    return { status: answer.statusCode, headers: present(answer.headers), body };
  }

  private async read(stream: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.length;
      // Leaving the loop destroys the stream and its connection.
      if (bytes > bytesMax) throw tooLarge(this.host, bytesMax);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes);
  }

  private failure(error: unknown, signal: AbortSignal | undefined): HttpFailure {
    return failureOf(error, {
      host: this.host,
      https: this.base.protocol === 'https:',
      totalTimeoutMs: this.totalTimeoutMs,
      aborted: signal?.aborted === true,
    });
  }
}

function dispatcherOf(settings: HttpOptions & typeof DEFAULTS): Dispatcher {
  const { tls = {} } = settings;
  const connect = {
    timeout: settings.connectTimeoutMs,
    rejectUnauthorized: tls.insecure !== true,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
  const common = {
    headersTimeout: settings.headersTimeoutMs,
    bodyTimeout: settings.bodyTimeoutMs,
    keepAliveTimeout: settings.keepAliveMs,
    keepAliveMaxTimeout: settings.keepAliveMs,
    connections: settings.connections,
    pipelining: 1,
  };
  if (settings.proxy === undefined) return new Agent({ ...common, connect });
  const connectToProxy = { timeout: settings.connectTimeoutMs };
  return new ProxyAgent({ ...common, uri: settings.proxy, requestTls: connect, connect: connectToProxy });
}

const endpointOf = (path: string): string => path.split('?', 1)[0]!.split('/').at(-1)!;

const lowerCased = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const present = (headers: Record<string, string | string[] | undefined>): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined),
  );
