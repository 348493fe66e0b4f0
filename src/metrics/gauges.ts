// How feeds and store are, as Prometheus reads it: set anew for each scrape.
import { Gauge, type Registry } from 'prom-client';
import type { StoreSizes } from '../store/store.ts';

/** Each is 1 for the mode that a feed is in, and 0 for the others. */
export const MODES = [
  ...['starting', 'idle', 'running', 'pausing', 'paused', 'blocked', 'stalled', 'ending', 'not running', 'unknown'],
] as const;

export interface FeedNumbers {
  feed: string;
  source: string;
  destination: string;
  mode: string;
  /** Null: not known. */
  lagSeconds: number | null;
  /** Epoch seconds of the end of the last whole poll; null: there was none. */
  lastSuccess: number | null;
  /** 1 while it fires, by kind. */
  alarms: Readonly<Record<string, number>>;
}

export interface FeedCounts {
  ledger: Readonly<Record<string, number>>;
  deadLetters: number;
}

export class RelayGauges {
  private readonly gauges: ReturnType<typeof gaugesOf>;

  constructor(registry: Registry) {
    this.gauges = gaugesOf(registry);
  }

  setFeed({ feed, source, destination, mode, lagSeconds, lastSuccess, alarms }: FeedNumbers): void {
    this.gauges.info.set({ feed, source, destination }, 1);
    if (lagSeconds === null) this.gauges.lag.remove({ feed });
    else this.gauges.lag.set({ feed }, lagSeconds);
    if (lastSuccess !== null) this.gauges.success.set({ feed }, lastSuccess);
    for (const each of MODES) this.gauges.mode.set({ feed, mode: each.replace(' ', '_') }, each === mode ? 1 : 0);
    for (const [kind, fires] of Object.entries(alarms)) this.gauges.alarm.set({ feed, kind }, fires);
  }

  setCounts(feed: string, { ledger, deadLetters }: FeedCounts): void {
    this.gauges.letters.set({ feed }, deadLetters);
    for (const [status, n] of Object.entries(ledger)) this.gauges.ledger.set({ feed, status }, n);
  }

  setStore({ bytes, pages, shipments, ledger, deadLetters }: StoreSizes): void {
    this.gauges.bytes.set(bytes);
    for (const [table, n] of Object.entries({ pages, shipments, ledger, dead_letters: deadLetters }))
      this.gauges.rows.set({ table }, n);
  }
}

function gaugesOf(registry: Registry) {
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name: `misp_relay_${name}`, help, labelNames, registers: [registry] });
  const lag = "MISP's clock minus the second up to which all is confirmed; before the first whole poll, since it began";
  return {
    info: gauge('feed_info', 'Always 1: which source and destination a feed has', 'feed', 'source', 'destination'),
    lag: gauge('feed_lag_seconds', lag, 'feed'),
    success: gauge('feed_last_success_timestamp_seconds', 'When the last whole poll ended', 'feed'),
    mode: gauge('feed_mode', '1 for the mode that the feed is in', 'feed', 'mode'),
    alarm: gauge('alarm', '1 while the feed is blocked, stalled or lagging', 'feed', 'kind'),
    letters: gauge('dead_letters', 'Dead letters that wait for somebody', 'feed'),
    ledger: gauge('ledger_attributes', 'Attributes that the ledger knows', 'feed', 'status'),
    bytes: gauge('store_bytes', 'Size of the store'),
    rows: gauge('store_rows', 'Rows of the store', 'table'),
  };
}
