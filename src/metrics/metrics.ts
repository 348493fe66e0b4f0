// What this process has done, as Prometheus counts it. Counters begin at 0 with the process, and count what is committed: work that was
// tried again counts once. Labels are names of the config, rules of a filter and codes: never anything that MISP said.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import packageJson from '../../package.json' with { type: 'json' };
import type { Counts } from '../core/feed-state.ts';
import type { Receipt } from '../core/progress.ts';
import type { RequestSeen } from '../http.ts';

/** Of one HTTP peer, by its name in the config. */
export type Peer = { source: string } | { destination: string };

/** From a ping to a page of MISP that takes minutes. */
const LATENCY_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 240];

export class RelayMetrics {
  readonly registry = new Registry();
  private readonly counters = countersOf(this.registry);
  private readonly latency = new Histogram({
    name: 'misp_relay_http_request_duration_seconds',
    help: 'Time until an HTTP request was answered whole, or had failed',
    labelNames: ['source', 'destination', 'endpoint'],
    buckets: LATENCY_SECONDS,
    registers: [this.registry],
  });

  constructor(feeds: readonly string[]) {
    new Gauge({ name: 'misp_relay_info', help: 'Always 1', labelNames: ['version'], registers: [this.registry] }).set(
      { version: packageJson.version },
      1,
    );
    const { polls, pages, rows, bytes, unchanged, letters, twice, delivered } = this.counters;
    // A rate needs the 0 before the first count.
    for (const feed of feeds) {
      for (const each of [polls, pages, rows, bytes, unchanged, letters, twice]) each.inc({ feed }, 0);
      for (const action of ['upsert', 'withdraw']) delivered.inc({ feed, action }, 0);
    }
  }

  /** Of the process itself: memory, CPU, event loop. Once. */
  addProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A whole page, with the transaction that settled it behind us. */
  committed(feed: string, { filtered, unchanged }: Counts, receipt: Receipt): void {
    const { confirmed, withdrawn, rejected, bytes, possibleDuplicates } = receipt;
    const leftOut = Object.entries(filtered);
    this.counters.pages.inc({ feed });
    this.counters.rows.inc(
      { feed },
      leftOut.reduce((sum, [, n]) => sum + n, unchanged + confirmed + rejected),
    );
    this.counters.delivered.inc({ feed, action: 'upsert' }, confirmed - withdrawn);
    this.counters.delivered.inc({ feed, action: 'withdraw' }, withdrawn);
    this.counters.bytes.inc({ feed }, bytes);
    for (const [cause, n] of leftOut) this.counters.filtered.inc({ feed, cause }, n);
    this.counters.unchanged.inc({ feed }, unchanged);
    this.counters.letters.inc({ feed }, rejected);
    this.counters.twice.inc({ feed }, possibleDuplicates);
  }

  polled(feed: string): void {
    this.counters.polls.inc({ feed });
  }

  /** For `onRequest` of an HttpClient. */
  observerOf(peer: Peer): (seen: RequestSeen) => void {
    return ({ endpoint, outcome, seconds, requestBytes, answerBytes }) => {
      this.counters.requests.inc({ ...peer, endpoint, status: String(outcome) });
      this.latency.observe({ ...peer, endpoint }, seconds);
      this.counters.sent.inc(peer, requestBytes);
      this.counters.received.inc(peer, answerBytes);
    };
  }
}

function countersOf(registry: Registry) {
  const counter = (name: string, help: string, ...labelNames: string[]): Counter =>
    new Counter({ name: `misp_relay_${name}_total`, help, labelNames, registers: [registry] });
  return {
    polls: counter('polls', 'Polls that were read and confirmed to their end', 'feed'),
    pages: counter('pages', 'Pages with rows that were settled', 'feed'),
    rows: counter('rows_read', 'Rows of MISP in these pages, each time that they were read', 'feed'),
    delivered: counter('delivered', 'Records that the destination has confirmed', 'feed', 'action'),
    bytes: counter('delivered_bytes', 'Bytes that were posted for them, before compression', 'feed'),
    filtered: counter('filtered', 'Rows that a rule of the filter left out', 'feed', 'cause'),
    unchanged: counter('unchanged', 'Rows that were settled before', 'feed'),
    letters: counter('dead_letters', 'Records that were set aside', 'feed'),
    twice: counter('possible_duplicates', 'Records sent again: nobody knows whether they had arrived', 'feed'),
    requests: counter(
      'http_requests',
      'HTTP requests by status, or by the code of their failure',
      ...['source', 'destination', 'endpoint', 'status'],
    ),
    sent: counter('http_sent_bytes', 'Bodies of HTTP requests, as they were sent', 'source', 'destination'),
    received: counter('http_received_bytes', 'Bodies of HTTP answers', 'source', 'destination'),
  };
}
