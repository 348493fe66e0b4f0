// The network: a request is carried to a simulator, and its answer back, or not. Each way is a gate.
import type { SimReply, SimRequest } from '../../../simulators/http.ts';
import { HttpFailure, type Http, type HttpRequest, type HttpResponse } from '../../../src/http.ts';
import { tooLarge } from '../../../src/http-failure.ts';
import { Attempt } from './attempt.ts';

export interface Network {
  /** The request gets lost before a byte of it is sent. */
  refuses(host: string): boolean;
  /** Whether this way is a gate. */
  slow(): boolean;
}

export class SimulatedHttp implements Http {
  readonly host: string;
  private readonly serve: (request: SimRequest) => SimReply;
  private readonly network: Network;

  constructor(host: string, serve: (request: SimRequest) => SimReply, network: Network) {
    this.host = host;
    this.serve = serve;
    this.network = network;
  }

  async request({ method, path, headers = {}, body = '', signal, bodyBytesMax }: HttpRequest): Promise<HttpResponse> {
    if (this.network.slow()) await Attempt.pass(`request to ${this.host}`);
    if (signal?.aborted) throw this.failure('HTTP_ABORTED', 'no');
    if (this.network.refuses(this.host)) throw this.failure('HTTP_REFUSED', 'no');
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const reply = this.serve({ method, path, headers: { 'user-agent': 'simulation', ...sent }, body });
    if (this.network.slow() || Attempt.current?.dying) await Attempt.pass(`answer of ${this.host}`);
    if (signal?.aborted) throw this.failure('HTTP_ABORTED', 'maybe');
    return this.arrived(reply, bodyBytesMax ?? Infinity);
  }

  async close(): Promise<void> {}

  private arrived({ status, headers, body, transport = 'whole' }: SimReply, bytesMax: number): HttpResponse {
    if (transport === 'drop' || transport === 'cut' || transport === 'chunked cut') {
      throw this.failure('HTTP_RESET', 'maybe');
    }
    if (transport === 'hang') throw this.failure('HTTP_TIMEOUT_TOTAL', 'maybe');
    const bytes = Buffer.from(body);
    if (bytes.length > bytesMax) throw tooLarge(this.host, bytesMax);
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    return { status, headers: Object.fromEntries(lower) as Record<string, string>, body: bytes };
  }

  private failure(code: 'HTTP_ABORTED' | 'HTTP_REFUSED' | 'HTTP_RESET' | 'HTTP_TIMEOUT_TOTAL', sent: 'no' | 'maybe') {
    return new HttpFailure(code, sent, `${this.host}: ${code}`);
  }
}
