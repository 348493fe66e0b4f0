// What is counted, as a scrape shows it.
import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../../src/core/progress.ts';
import { MODES, RelayGauges } from '../../../src/metrics/gauges.ts';
import { RelayMetrics } from '../../../src/metrics/metrics.ts';

const receipt: Receipt = { confirmed: 7, withdrawn: 2, rejected: 1, requests: 3, bytes: 4_000, possibleDuplicates: 1 };
const linesOf = async (metrics: RelayMetrics, feed = 'all'): Promise<string[]> =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line.includes(`feed="${feed}"`));

describe('counters', () => {
  it('are there from the start, at 0', async () => {
    expect(await linesOf(new RelayMetrics(['all']))).toEqual([
      'misp_relay_polls_total{feed="all"} 0',
      'misp_relay_pages_total{feed="all"} 0',
      'misp_relay_rows_read_total{feed="all"} 0',
      'misp_relay_delivered_total{feed="all",action="upsert"} 0',
      'misp_relay_delivered_total{feed="all",action="withdraw"} 0',
      'misp_relay_delivered_bytes_total{feed="all"} 0',
      'misp_relay_unchanged_total{feed="all"} 0',
      'misp_relay_dead_letters_total{feed="all"} 0',
      'misp_relay_possible_duplicates_total{feed="all"} 0',
    ]);
  });

  it('count a page by what became of its rows: each row once', async () => {
    const metrics = new RelayMetrics(['all', 'other']);
    for (let page = 0; page < 2; page++)
      metrics.committed(
        'all',
        { filtered: { 'tag !workflow:state="incomplete"': 4, maxTlp: 1 }, unchanged: 5 },
        receipt,
      );
    metrics.polled('all');
    expect(await linesOf(metrics)).toEqual([
      'misp_relay_polls_total{feed="all"} 1',
      'misp_relay_pages_total{feed="all"} 2',
      'misp_relay_rows_read_total{feed="all"} 36',
      'misp_relay_delivered_total{feed="all",action="upsert"} 10',
      'misp_relay_delivered_total{feed="all",action="withdraw"} 4',
      'misp_relay_delivered_bytes_total{feed="all"} 8000',
      'misp_relay_filtered_total{feed="all",cause="tag !workflow:state=\\"incomplete\\""} 8',
      'misp_relay_filtered_total{feed="all",cause="maxTlp"} 2',
      'misp_relay_unchanged_total{feed="all"} 10',
      'misp_relay_dead_letters_total{feed="all"} 2',
      'misp_relay_possible_duplicates_total{feed="all"} 2',
    ]);
    expect((await linesOf(metrics, 'other')).every((line) => line.endsWith(' 0'))).toBe(true);
  });

  it('count requests by their peer, and by status or code', async () => {
    const metrics = new RelayMetrics([]);
    const seen = { endpoint: 'restSearch', seconds: 0.2, requestBytes: 10, answerBytes: 500 };
    const misp = metrics.observerOf({ source: 'main' });
    misp({ ...seen, outcome: 200 });
    misp({ ...seen, outcome: 200 });
    misp({ ...seen, outcome: 'HTTP_RESET', answerBytes: 0 });
    metrics.observerOf({ destination: 'splunk' })({ ...seen, endpoint: 'event', outcome: 503 });
    const text = await metrics.registry.metrics();
    for (const line of [
      'misp_relay_http_requests_total{source="main",endpoint="restSearch",status="200"} 2',
      'misp_relay_http_requests_total{source="main",endpoint="restSearch",status="HTTP_RESET"} 1',
      'misp_relay_http_requests_total{destination="splunk",endpoint="event",status="503"} 1',
      'misp_relay_http_sent_bytes_total{source="main"} 30',
      'misp_relay_http_received_bytes_total{source="main"} 1000',
      'misp_relay_http_request_duration_seconds_count{source="main",endpoint="restSearch"} 3',
      'misp_relay_http_request_duration_seconds_bucket{le="0.1",source="main",endpoint="restSearch"} 0',
      'misp_relay_http_request_duration_seconds_bucket{le="0.25",source="main",endpoint="restSearch"} 3',
    ])
      expect(text.split('\n')).toContain(line);
  });

  it('belong to one relay: a second one in the process begins at 0', async () => {
    const first = new RelayMetrics(['all']);
    first.polled('all');
    expect(await linesOf(new RelayMetrics(['all']))).toContain('misp_relay_polls_total{feed="all"} 0');
  });
});

describe('gauges', () => {
  const feed = {
    ...{ feed: 'all', source: 'main', destination: 'splunk', mode: 'idle', lagSeconds: 12, lastSuccess: 1_764_000_000 },
    alarms: { blocked: 0, stalled: 0, lagging: 0 },
  };

  it('are 1 for one mode at a time', async () => {
    const metrics = new RelayMetrics([]);
    const gauges = new RelayGauges(metrics.registry);
    gauges.setFeed(feed);
    gauges.setFeed({ ...feed, mode: 'not running' });
    const modes = (await linesOf(metrics)).filter((line) => line.startsWith('misp_relay_feed_mode'));
    expect(modes).toHaveLength(MODES.length);
    expect(modes.filter((line) => line.endsWith(' 1'))).toEqual([
      'misp_relay_feed_mode{feed="all",mode="not_running"} 1',
    ]);
  });

  it('say nothing of a lag that is not known', async () => {
    const metrics = new RelayMetrics([]);
    const gauges = new RelayGauges(metrics.registry);
    const lag = async (): Promise<string[]> =>
      (await linesOf(metrics)).filter((line) => line.startsWith('misp_relay_feed_lag_seconds'));
    gauges.setFeed(feed);
    expect(await lag()).toEqual(['misp_relay_feed_lag_seconds{feed="all"} 12']);
    gauges.setFeed({ ...feed, lagSeconds: null });
    expect(await lag()).toEqual([]);
  });
});

it('every name follows the convention of the field', async () => {
  const metrics = new RelayMetrics(['all']);
  new RelayGauges(metrics.registry);
  for (const { name, help, type } of await metrics.registry.getMetricsAsJSON()) {
    expect(name).toMatch(/^misp_relay_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(String(type) === 'counter');
    expect(help.length).toBeGreaterThan(5);
  }
});
