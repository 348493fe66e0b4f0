// Several nodes of one cluster as a ring: the next one is asked when one was certainly not reached, and one that fails rests for a while.
import { HttpFailure, type Http, type HttpRequest, type HttpResponse } from '../../http.ts';

/** Elastic's own clients do it so: 60 s, doubled with each failure in a row (elasticsearch-client). */
const REST_MS = 60_000;
const DOUBLINGS_MAX = 5;
/** A proxy says so of a node that it cannot reach. */
const AWAY = new Set([502, 503, 504]);

export interface Node {
  /** Made when it is first needed. Throws HttpFailure and PermanentError. */
  open: () => Promise<Http>;
}

interface Seat {
  node: Node;
  /** Being opened, or open; null: not yet, or it failed. */
  http: Promise<Http> | null;
  failures: number;
  restsUntilMs: number;
}

export class Nodes {
  private readonly seats: Seat[];
  private readonly nowMs: () => number;
  private turn = 0;

  constructor(nodes: readonly Node[], nowMs: () => number) {
    this.seats = nodes.map((node) => ({ node, http: null, failures: 0, restsUntilMs: 0 }));
    this.nowMs = nowMs;
  }

  /** The answer of the first node that was reached, whatever it says. Throws HttpFailure, and what opening throws. */
  async request(request: HttpRequest): Promise<HttpResponse & { host: string }> {
    let unreached: HttpFailure | null = null;
    for (const seat of this.inOrder()) {
      try {
        const http = await opened(seat);
        const answer = await http.request(request);
        if (AWAY.has(answer.status)) this.rest(seat);
        else seat.failures = seat.restsUntilMs = 0;
        return { ...answer, host: http.host };
      } catch (error) {
        if (!(error instanceof HttpFailure) || error.code === 'HTTP_ABORTED') throw error;
        this.rest(seat);
        if (error.sent !== 'no') throw error;
        unreached ??= error;
      }
    }
    throw unreached!;
  }

  async close(): Promise<void> {
    await Promise.all(this.seats.map(async ({ http }) => (await http?.catch(() => null))?.close()));
  }

  /** Each in turn; those that rest come last, the one that has rested longest first. */
  private inOrder(): Seat[] {
    const first = this.turn++ % this.seats.length;
    const turned = [...this.seats.slice(first), ...this.seats.slice(0, first)];
    const now = this.nowMs();
    const rests = (seat: Seat): number => (seat.restsUntilMs > now ? seat.restsUntilMs : 0);
    return turned.sort((a, b) => rests(a) - rests(b));
  }

  private rest(seat: Seat): void {
    seat.restsUntilMs = this.nowMs() + REST_MS * 2 ** Math.min(seat.failures++, DOUBLINGS_MAX);
  }
}

/** Once for all requests that want it at the same time. */
async function opened(seat: Seat): Promise<Http> {
  const opening = (seat.http ??= seat.node.open());
  try {
    return await opening;
  } catch (error) {
    if (seat.http === opening) seat.http = null;
    throw error;
  }
}
