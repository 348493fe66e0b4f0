// Requests to an Elasticsearch: nodes, credentials, compression, parameters that some servers do not know. What the answers mean is
// decided elsewhere.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpOptions, HttpRequest, HttpResponse } from '../../http.ts';
import type { DestinationContext } from '../destination.ts';
import { Credentials } from './credentials.ts';
import { caOf } from './fingerprint.ts';
import { type Node, Nodes } from './nodes.ts';
import { type ElasticsearchOptions, nodeUrls } from './options.ts';
import { readReply, type Reply } from './reply.ts';

/** Smaller bodies do not gain by it. */
const GZIP_BYTES_MIN = 1_500;
/** Level 6 costs a third of the speed (elasticsearch-client). */
const GZIP_LEVEL = 1;
const REPLY_BYTES_MAX = 64 * 1024 * 1024;
const SHOWN = 'errors,items.*.status,items.*.error,items.*.failure_store';
const deflate = promisify(gzip);

export type Answered = Reply & {
  /** Host and port of the node that answered. */
  host: string;
};

export class ElasticsearchClient {
  /** Of the first node, for messages when nobody answered. */
  readonly host: string;
  /** Whether an Elasticsearch has answered, in this process. */
  worked = false;
  private readonly options: ElasticsearchOptions;
  private readonly context: DestinationContext;
  private readonly credentials: Credentials;
  private readonly nodes: Nodes;
  /** OpenSearch and older versions refuse a request with a parameter that they do not know (elasticsearch-client). */
  private readonly unknown = new Set<string>();

  constructor(options: ElasticsearchOptions, context: DestinationContext) {
    const urls = nodeUrls(options);
    this.options = options;
    this.context = context;
    this.credentials = new Credentials(options);
    this.host = urls.map((url) => new URL(url).host).join(', ');
    const tls = context.readTls(options.tls);
    this.nodes = new Nodes(
      urls.map((url) => this.nodeAt(url, tls)),
      context.nowMs,
    );
  }

  /**
   * One bulk request. `alias`: every index is this one; null: each action names its own. Throws HttpFailure, and PermanentError
   * ELASTICSEARCH_CREDENTIALS_UNREADABLE and ELASTICSEARCH_FINGERPRINT.
   */
  async bulk(alias: string | null, text: string, signal: AbortSignal): Promise<Answered> {
    const zip = this.options.gzip && text.length > GZIP_BYTES_MIN;
    const body = zip ? await deflate(text, { level: GZIP_LEVEL }) : Buffer.from(text);
    const headers = { 'content-type': 'application/x-ndjson', ...(zip ? { 'content-encoding': 'gzip' } : {}) };
    const path = alias === null ? '/_bulk' : `/${encodeURIComponent(alias)}/_bulk`;
    for (;;) {
      const known = Object.entries(this.parameters(alias)).filter(([name]) => !this.unknown.has(name));
      const query = known.map(([name, value]) => `${name}=${value}`).join('&');
      const answer = await this.send({ method: 'POST', path: `${path}?${query}`, headers, body, signal });
      // Whoever does not know a parameter has not looked at the body: the request is made again without it.
      if (!this.learns(answer)) {
        if (answer.items) this.worked = true;
        return answer;
      }
    }
  }

  /** Throws as `bulk` does. */
  async get(path: string, signal: AbortSignal): Promise<Answered> {
    return this.send({ method: 'GET', path, signal });
  }

  /** Throws as `bulk` does. */
  async ask(path: string, question: unknown, signal: AbortSignal): Promise<Answered> {
    const headers = { 'content-type': 'application/json' };
    return this.send({ method: 'POST', path, headers, body: JSON.stringify(question), signal });
  }

  /** Throws as `bulk` does. */
  async put(path: string, body: unknown, signal: AbortSignal): Promise<Answered> {
    const headers = { 'content-type': 'application/json' };
    return this.send({ method: 'PUT', path, headers, body: JSON.stringify(body), signal });
  }

  /** DELETE. Throws as `bulk` does. */
  async remove(path: string, signal: AbortSignal): Promise<Answered> {
    return this.send({ method: 'DELETE', path, signal });
  }

  close(): Promise<void> {
    return this.nodes.close();
  }

  private parameters(alias: string | null): Record<string, string> {
    // The pipeline of Elastic's own integration wants MISP's JSON, and a stream of its making may be there: our documents are whole.
    const pipeline = this.options.pipeline ?? (alias === null ? '_none' : undefined);
    return {
      filter_path: SHOWN,
      ...(alias === null ? { require_data_stream: 'true' } : { require_alias: 'true' }),
      // Values of documents stay out of the answers, and of the server's log.
      include_source_on_error: 'false',
      ...(pipeline === undefined ? {} : { pipeline: encodeURIComponent(pipeline) }),
    };
  }

  /** Whether the answer names a parameter that can be left out. */
  private learns({ status, error }: Reply): boolean {
    if (status !== 400 || !error?.reason.includes('unrecognized parameter')) return false;
    const named = ['require_data_stream', 'include_source_on_error'].filter(
      (name) => error.reason.includes(`[${name}]`) && !this.unknown.has(name),
    );
    for (const name of named) this.unknown.add(name);
    return named.length > 0;
  }

  /** Rejected credentials are read again once: they may have been changed in their file. */
  private async send(request: HttpRequest): Promise<Answered> {
    const once = (): Promise<HttpResponse & { host: string }> =>
      this.nodes.request({
        ...request,
        headers: { ...request.headers, ...this.credentials.headers() },
        bodyBytesMax: REPLY_BYTES_MAX,
      });
    let answer = await once();
    if (answer.status === 401 && this.credentials.readAgain()) answer = await once();
    return { ...readReply(answer, this.context.nowMs()), host: answer.host };
  }

  private nodeAt(url: string, tls: HttpOptions['tls']): Node {
    const { caFingerprint, concurrency, timeout } = this.options;
    const proxy = this.context.proxyFor(url);
    return {
      open: async () => {
        const ca = caFingerprint === undefined ? null : await caOf({ url, fingerprint: caFingerprint, tls, proxy });
        const trusted = ca === null ? tls : { ...tls, ca };
        const totalTimeoutMs = timeout * 1000;
        return this.context.connect(url, {
          ...(proxy === undefined ? {} : { proxy }),
          ...(trusted ? { tls: trusted } : {}),
          connections: concurrency,
          totalTimeoutMs,
          headersTimeoutMs: totalTimeoutMs,
        });
      },
    };
  }
}
