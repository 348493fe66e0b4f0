// Requests to a HEC: token, channel, cookies, compression. What the answers mean is decided elsewhere.
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { messageOf, PermanentError } from '../../errors.ts';
import type { Http, HttpResponse } from '../../http.ts';
import type { DestinationContext } from '../destination.ts';
import { Channels, type Channel } from './channel.ts';
import type { HecOptions } from './options.ts';
import { readReply, type HecReply } from './reply.ts';

const EVENTS = '/services/collector/event';
const ACKS = '/services/collector/ack';
const HEALTH = '/services/collector/health';
/** Smaller bodies do not gain by it (splunk-hec rule 9). */
const GZIP_BYTES_MIN = 1_500;
const GZIP_LEVEL = 4;
const REPLY_BYTES_MAX = 1024 * 1024;
const ACK_DISABLED = 14;
const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/** What a request carries: a text, or the same in gzip already. `bytes`: of the text. */
export type HecBody = { bytes: number } & ({ text: string } | { zipped: Uint8Array });

/** What is kept of a pending acknowledgement: enough for another worker to ask for it. */
export interface AckHandle {
  channel: string;
  ackId: number;
  cookies: string;
}

export class HecClient {
  readonly channels = new Channels();
  /** Whether the path has answered as a HEC does, in this process. */
  worked = false;
  private readonly http: Http;
  private readonly options: HecOptions;
  private readonly nowMs: () => number;
  private token: string | undefined;
  private opening: Promise<unknown> | null = null;

  constructor(options: HecOptions, context: DestinationContext) {
    const tls = context.readTls(options.tls);
    const { concurrency } = options;
    const proxy = context.proxyFor(options.url);
    const way = { ...(proxy === undefined ? {} : { proxy }), ...(tls ? { tls } : {}) };
    this.http = context.connect(options.url, { ...way, connections: concurrency });
    this.options = options;
    this.nowMs = context.nowMs;
  }

  get host(): string {
    return this.http.host;
  }

  /** One request with events. Throws HttpFailure, and PermanentError HEC_TOKEN_UNREADABLE. */
  async post(
    body: HecBody,
    channel: Channel,
    signal: AbortSignal,
  ): Promise<{ reply: HecReply; handle: AckHandle | null }> {
    // Until the first answer has brought its cookies, requests go one by one: indexers behind one name give out the same ids.
    while (this.opening && !this.worked) await this.opening.catch(() => {});
    const answer = this.postNow(body, channel, signal);
    if (this.worked) return answer;
    this.opening = answer;
    try {
      return await answer;
    } finally {
      this.opening = null;
    }
  }

  private async postNow(
    body: HecBody,
    channel: Channel,
    signal: AbortSignal,
  ): Promise<{ reply: HecReply; handle: AckHandle | null }> {
    this.channels.settle(channel);
    const { id, cookies } = channel;
    const zip = this.options.gzip && body.bytes > GZIP_BYTES_MIN;
    const payload = await (zip ? zippedOf(body) : textOf(body));
    const answer = await this.authorized(
      { method: 'POST', path: EVENTS, body: payload },
      { ...channelHeaders(id, cookies), ...(zip ? { 'content-encoding': 'gzip' } : {}) },
      signal,
    );
    this.channels.answered(channel, answer.headers['set-cookie']);
    const reply = readReply(answer, this.nowMs());
    if (reply.code !== null || reply.ackId !== null) this.worked = true;
    if (reply.ackId !== null) this.channels.numbered(channel, reply.ackId);
    return {
      reply,
      handle: reply.ackId === null ? null : { channel: id, ackId: reply.ackId, cookies: channel.cookies },
    };
  }

  /**
   * Asks for acknowledgements of one channel. `told`: the ids answered with `true`, or null when the answer cannot be read.
   * Throws HttpFailure.
   */
  async pollAcks(
    { id, cookies }: Pick<Channel, 'id' | 'cookies'>,
    ids: readonly number[],
    signal: AbortSignal,
  ): Promise<{ reply: HecReply; told: number[] | null; moved: boolean }> {
    const body = Buffer.from(JSON.stringify({ acks: ids }));
    const answer = await this.authorized({ method: 'POST', path: ACKS, body }, channelHeaders(id, cookies), signal);
    const channel = { id, cookies };
    this.channels.answered(channel, answer.headers['set-cookie']);
    const told = answer.status === 200 ? acksOf(answer.body, ids) : null;
    return { reply: readReply(answer, this.nowMs()), told, moved: this.channels.isLost(id) };
  }

  /** One request beside all others: nobody waits for its acknowledgement, and its answer changes nothing of what is known of channels. */
  async tell(text: string, signal: AbortSignal): Promise<HecReply> {
    const request = { method: 'POST', path: EVENTS, body: Buffer.from(text) } as const;
    return readReply(await this.authorized(request, channelHeaders(randomUUID(), ''), signal), this.nowMs());
  }

  /** Whether the token has acknowledgements; null when HEC does not say. The id was never given out, so nothing is used up. */
  async givesAcks(signal: AbortSignal): Promise<boolean | null> {
    const { reply, told } = await this.pollAcks(this.channels.open(), [0], signal);
    return reply.code === ACK_DISABLED ? false : told === null ? null : true;
  }

  /** HEC's word on its own state; no token is needed for it. */
  async health(signal: AbortSignal): Promise<HecReply> {
    const answer = await this.http.request({ method: 'GET', path: HEALTH, signal, bodyBytesMax: REPLY_BYTES_MAX });
    return readReply(answer, this.nowMs());
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  /** A rejected token is read again once: it may have been changed in its file. */
  private async authorized(
    request: { method: 'POST'; path: string; body: Buffer },
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const send = async (token: string): Promise<HttpResponse> =>
      this.http.request({
        ...request,
        headers: { 'content-type': 'application/json', authorization: `Splunk ${token}`, ...headers },
        signal,
        bodyBytesMax: REPLY_BYTES_MAX,
      });
    const token = (this.token ??= this.readToken());
    const answer = await send(token);
    if (answer.status !== 401 && answer.status !== 403) return answer;
    const fresh = this.readToken();
    this.token = fresh;
    return fresh === token ? answer : send(fresh);
  }

  private readToken(): string {
    try {
      return this.options.token.reveal().trim();
    } catch (error) {
      throw new PermanentError('HEC_TOKEN_UNREADABLE', messageOf(error), { cause: error });
    }
  }
}

async function zippedOf(body: HecBody): Promise<Buffer> {
  return 'zipped' in body ? viewOf(body.zipped) : deflate(body.text, { level: GZIP_LEVEL });
}

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function textOf(body: HecBody): Promise<Buffer> {
  return 'zipped' in body ? inflate(body.zipped) : Buffer.from(body.text);
}

const channelHeaders = (id: string, cookies: string): Record<string, string> => ({
  'x-splunk-request-channel': id,
  ...(cookies === '' ? {} : { cookie: cookies }),
});

/** `{"acks":{"0":true}}`. Only a literal `true` for an id that was asked for counts. */
function acksOf(body: Buffer, ids: readonly number[]): number[] | null {
  try {
    const { acks } = JSON.parse(body.toString('utf8')) as { acks?: Record<string, unknown> };
    return typeof acks === 'object' && acks !== null ? ids.filter((id) => acks[id] === true) : null;
  } catch {
    return null;
  }
}
