// A relay that is watched: its metrics and its health over HTTP, alarms that are posted, heartbeats in Splunk, lines in the log.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../simulators/misp/generator.ts';
import type { RunningMonitor } from '../../src/monitor/monitor.ts';
import { Scene, type SceneOptions } from '../support/e2e/scene.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';
import { until } from '../support/e2e/until.ts';
import { misprelay } from '../unit/commands/cli.ts';
import { logLines } from '../support/log-lines.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';

let temporal: TestTemporal;
let scene: Scene;
let monitor: RunningMonitor;
let receiver: Receiver | undefined;
let written = logLines();

const LOOK_MS = 100;
const ANY_PORT = { health: { address: '127.0.0.1:0' } };

/** Watched before the first poll begins. */
async function start(options: SceneOptions = {}): Promise<void> {
  written = logLines();
  scene = await Scene.open(temporal, { ...options, config: { ...ANY_PORT, ...options.config } });
  monitor = await scene.watch(written.log, LOOK_MS);
  await scene.apply();
}

const get = async (path: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(monitor.url! + path);
  return { status: answer.status, text: await answer.text() };
};
const health = async (
  query = '',
): Promise<{ status: number; body: { ok: boolean; reasons: string[]; feeds?: object[] } }> => {
  const { status, text } = await get(`/healthz${query}`);
  return { status, body: JSON.parse(text) as Awaited<ReturnType<typeof health>>['body'] };
};

/** Value by name and labels; of our own metrics only. */
async function scrape(): Promise<Map<string, number>> {
  const { text } = await get('/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith('misp_relay_'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}
const named = (name: string, labels = ''): string => `misp_relay_${name}{feed="${scene.feed}"${labels}}`;
const linesCalled = (msg: string) => written.lines.filter((line) => line.msg === msg);
const heartbeats = () => scene.hec.store.events.filter(({ sourcetype }) => sourcetype === 'misp:relay');

beforeAll(async () => {
  temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(async () => {
  await scene?.close();
  await receiver?.close();
  receiver = undefined;
});
afterAll(() => temporal?.stop());

describe('/metrics', () => {
  it('counts what MISP has, and what the HEC got', async () => {
    const data = generate({ attributes: 1_500, seed: 11 });
    await start({ data, source: { pageSize: 400 }, feed: { filter: { types: ['!domain'] } } });
    await scene.settled();
    const [gone] = [...scene.data.byId.rows()].filter(({ deleted, type }) => !deleted && type !== 'domain');
    scene.data.deleteAttribute(gone!);
    const { state } = await scene.settled();
    const { events, withdrawals } = scene.hec.counts();
    const domains = [...data.byId.rows()].filter(({ deleted, type }) => !deleted && type === 'domain').length;
    expect(withdrawals).toBe(1);
    expect(domains).toBeGreaterThan(10);

    await until('the last look is at rest', async () => (await scrape()).get(named('feed_mode', ',mode="idle"')) === 1);
    const seen = await scrape();
    expect(seen.get(named('delivered_total', ',action="upsert"'))).toBe(events - withdrawals);
    expect(seen.get(named('delivered_total', ',action="withdraw"'))).toBe(withdrawals);
    expect(seen.get(named('rows_read_total'))).toBe(state!.totals.rows);
    expect(seen.get(named('filtered_total', ',cause="type"'))).toBe(state!.totals.filtered);
    expect(state!.totals.filtered).toBeGreaterThanOrEqual(domains);
    expect(seen.get(named('polls_total'))).toBe(state!.totals.polls);
    expect(seen.get(named('dead_letters_total'))).toBe(0);
    expect(seen.get(named('dead_letters'))).toBe(0);
    expect(seen.get(named('possible_duplicates_total'))).toBe(0);
    expect(seen.get(named('feed_lag_seconds'))).toBeLessThan(600);
    const success = seen.get(named('feed_last_success_timestamp_seconds'))!;
    expect(success).toBeGreaterThanOrEqual(state!.poll.startedAt);
    expect(success).toBeLessThanOrEqual(Date.now() / 1000);
    for (const kind of ['blocked', 'stalled', 'lagging']) expect(seen.get(named('alarm', `,kind="${kind}"`))).toBe(0);
    expect(seen.get('misp_relay_store_bytes')).toBeGreaterThan(10_000);
    const searches = seen.get('misp_relay_http_requests_total{source="main",endpoint="restSearch",status="200"}')!;
    const posts = seen.get('misp_relay_http_requests_total{destination="splunk",endpoint="event",status="200"}')!;
    expect(searches).toBeGreaterThan(4);
    expect(posts).toBe(scene.hec.counts().requests);
    expect(seen.get('misp_relay_http_request_duration_seconds_count{source="main",endpoint="restSearch"}')).toBe(
      searches,
    );
  });

  it('holds no credential, and nothing of an attribute', async () => {
    await start({
      data: generate({ attributes: 300, seed: 5 }),
      config: { alerts: { webhook: 'https://hooks.example.org/SECRET' } },
    });
    await scene.settled();
    const { text } = await get('/metrics');
    expect(text).toContain('process_resident_memory_bytes');
    const rows = [...scene.data.byId.rows()];
    expect(rows.length).toBeGreaterThan(200);
    const all = text + (await get('/healthz?max-lag=1h')).text + JSON.stringify(written.lines);
    for (const each of [scene.misp.key, scene.hec.token, 'SECRET']) expect(all).not.toContain(each);
    for (const { uuid, value } of rows) {
      expect(all).not.toContain(uuid);
      if (value.length > 6) expect(all).not.toContain(value);
    }
  });
});

describe('/healthz', () => {
  it('is well while the worker runs, and says what is wrong', async () => {
    await start();
    await scene.settled();
    expect(await health()).toMatchObject({ status: 200, body: { ok: true, reasons: [] } });
    await until('the feed is seen', async () => (await health('?max-lag=30m')).status === 200);
    expect((await health('?max-lag=30m')).body.feeds).toMatchObject([{ feed: scene.feed }]);
    await scene.stopWorker();
    const { status, body } = await health();
    expect(status).toBe(503);
    expect(body).toMatchObject({ ok: false, reasons: ['the worker is STOPPED'] });
  });

  it('a port that is taken stops nothing: a warning names the remedy', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await start({ config: { health: { address: `127.0.0.1:${port}` } } });
      expect(monitor.url).toBeNull();
      expect(written.lines).toMatchObject([
        { level: 40, address: `127.0.0.1:${port}`, reason: 'another process has this port' },
      ]);
      expect(written.lines[0]!.msg).toContain('health: off');
      await scene.settled();
    } finally {
      other.close();
    }
  });

  it('is nowhere when it is off', async () => {
    await start({ config: { health: 'off' } });
    expect(monitor.url).toBeNull();
    expect(written.lines).toEqual([]);
  });
});

it('status --check says nothing of feeds that are well, and ends with 2 when nobody answers', async () => {
  await start();
  await scene.settled();
  const check = ['status', '--check', '--max-lag', '30m'];
  expect(await misprelay(check, { cwd: scene.folder })).toEqual({ code: 0, stdout: '', stderr: '' });
  const json = await misprelay([...check, '--json'], { cwd: scene.folder });
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, notWell: {}, feeds: [{ feed: scene.feed, mode: 'idle' }] });

  await scene.command('resetCursor', { to: Math.floor(Date.now() / 1000) - 86_400 });
  await scene.mispBox.away();
  await scene.command('resetCursor', { to: Math.floor(Date.now() / 1000) - 7_200 });
  const late = await misprelay([...check, '--json'], { cwd: scene.folder });
  expect(late.code).toBe(2);
  const { ok, notWell } = JSON.parse(late.stdout) as { ok: boolean; notWell: Record<string, string[]> };
  expect(ok).toBe(false);
  expect(notWell[scene.feed]).toEqual([expect.stringMatching(/^its lag of \d+ s is more than 1800 s$/)]);
  expect((await misprelay(['status', '--check'], { cwd: scene.folder })).code).toBe(0); // it goes on by itself

  await scene.stopWorker();
  const gone = await misprelay(['status', '--check'], { cwd: scene.folder });
  expect(gone.code).toBe(2);
  expect(gone.stdout).toContain(`${scene.feed} is not well: it does not run, or no worker answers\n`);
});

describe('an alarm', () => {
  it('is posted when a feed is blocked, although the receiver fails at first, and once more when it is well again', async () => {
    receiver = await openReceiver();
    receiver.answers.push(500);
    await start({
      data: generate({ attributes: 50, seed: 3 }),
      hec: { token: 'disabled' },
      config: { alerts: { webhook: `${receiver.url}/SECRET` } },
    });
    await scene.mode('blocked');
    await until('it is posted twice', () => receiver!.posted.length >= 2);
    expect(receiver.posted[1]!.body).toMatchObject({
      feed: scene.feed,
      kind: 'blocked',
      status: 'firing',
      mode: 'blocked',
    });
    expect(receiver.posted[1]!.body['text']).toContain('rejects the HEC token');
    expect((await scrape()).get(named('alarm', ',kind="blocked"'))).toBe(1);
    expect((await health()).status).toBe(200); // starting the worker again would not help
    const { status, body } = await health('?max-lag=30m');
    expect(status).toBe(503);
    expect(body.reasons[0]).toContain(`${scene.feed}: blocked by the destination`);

    scene.hec.switches.token = 'valid';
    await scene.command('resume');
    await scene.settled();
    await until('its end is posted', () => receiver!.posted.length >= 3);
    expect(receiver.posted.map(({ body: { status: told } }) => told)).toEqual(['firing', 'firing', 'resolved']);
    expect((await scrape()).get(named('alarm', ',kind="blocked"'))).toBe(0);
    expect(linesCalled('feed.recovered')).toMatchObject([{ feed: scene.feed, kind: 'blocked', level: 30 }]);
    expect(JSON.stringify(written.lines)).not.toContain('SECRET');
    expect(linesCalled('the alarm could not be posted (alerts.webhook)')).toHaveLength(1);
    await scene.expectComplete(0);
  });

  it('by lag is one line and one post', async () => {
    receiver = await openReceiver();
    await start({ config: { alerts: { webhook: receiver.url, maxLag: '1m' } } });
    await scene.settled();
    expect(receiver.posted).toEqual([]);
    const past = Math.floor(Date.now() / 1000) - 3_600;
    await scene.mispBox.away(); // the feed is sent an hour back, and cannot read
    await scene.command('resetCursor', { to: past });
    await until('it is told', () => receiver!.posted.length > 0);
    expect(receiver.posted[0]!.body).toMatchObject({ kind: 'lagging', status: 'firing' });
    await scene.mispBox.back();
    await until('its end is told', () => receiver!.posted.length > 1);
    expect(receiver.posted.map(({ body: { status } }) => status)).toEqual(['firing', 'resolved']);
    expect(linesCalled('feed.lagging')).toMatchObject([{ feed: scene.feed, level: 50 }]);
    expect(linesCalled('feed.recovered')).toMatchObject([{ kind: 'lagging' }]);
  });
});

describe('after each poll', () => {
  it('one heartbeat, without anything of an attribute', async () => {
    await start({ data: generate({ attributes: 40, seed: 9 }), destination: { heartbeat: true } });
    await scene.settled();
    const { state } = await scene.settled();
    const { polls } = state!.totals;
    const beats = await until('each poll is told', () => heartbeats().length >= polls && heartbeats());
    expect(beats.map(({ event }) => (event as { polls: number }).polls)).toEqual(
      Array.from({ length: polls }, (_, n) => n + 1),
    );
    const sum = (key: string): number =>
      beats.reduce((all, { event }) => all + ((event as Record<string, number>)[key] ?? NaN), 0);
    expect([sum('rows'), sum('delivered')]).toEqual([state!.totals.rows, state!.totals.confirmed]);
    expect(beats.at(-1)).toMatchObject({
      event: { feed: scene.feed, misp: 'main', dead_letters: 0, ledger_live: state!.totals.confirmed },
      fields: { feed: scene.feed },
    });
    for (const { uuid, value } of scene.data.byId.rows()) {
      expect(JSON.stringify(beats)).not.toContain(uuid);
      if (value.length > 6) expect(JSON.stringify(beats)).not.toContain(value);
    }
    await scene.expectComplete(0);
  });

  it('a poll that found nothing is told as well', async () => {
    await start({ destination: { heartbeat: true } });
    await scene.settled();
    const { state } = await scene.settled();
    const { polls, rows } = state!.totals;
    const beats = await until('each poll is told', () => heartbeats().length >= polls && heartbeats());
    expect(rows).toBe(0);
    expect(polls).toBeGreaterThan(1);
    expect(beats.map(({ event }) => event)).toMatchObject(
      Array.from({ length: polls }, (_, n) => ({ polls: n + 1, rows: 0, delivered: 0 })),
    );
  });

  it('a heartbeat that fails holds up nothing, and is one warning', async () => {
    await start({ destination: { heartbeat: true }, hec: { token: 'disabled' } });
    await scene.settled();
    const { state } = await scene.settled();
    expect(state!.blocked).toBeNull();
    await until('both have failed', () => linesCalled('a heartbeat was not taken').length >= state!.totals.polls);
    const levels = linesCalled('a heartbeat was not taken').map(({ level }) => level);
    expect(levels).toEqual([40, ...levels.slice(1).map(() => 20)]);
    expect(heartbeats()).toEqual([]);
  });

  it('one line in the log: info when something was sent, debug when not', async () => {
    await start({ data: generate({ attributes: 40, seed: 9 }) });
    await scene.settled();
    const { state } = await scene.settled();
    const lines = await until('all polls are told', () => {
      const told = linesCalled('feed.polled');
      return told.length >= state!.totals.polls && told;
    });
    const told = lines.map(({ level, delivered }) => ({ level, sent: Number(delivered) > 0 }));
    expect(told).toEqual([{ level: 30, sent: true }, ...told.slice(1).map(() => ({ level: 20, sent: false }))]);
    const rows = lines.reduce((sum, line) => sum + Number(line['rows']), 0);
    expect(rows).toBe(state!.totals.rows);
    expect(lines[0]).toMatchObject({
      feed: scene.feed,
      delivered: rows > 0 && state!.totals.confirmed,
      deadLetters: 0,
    });
  });
});
