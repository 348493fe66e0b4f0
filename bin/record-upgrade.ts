// Records what an upgrade must go on from: the store, Temporal's own data and the histories of a relay that was killed in the middle of
// its work, against the simulators. `npm run record-upgrade`, in a clean checkout of the release; it writes test/upgrade/from-<version>.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startHec, type RunningHec } from '../simulators/hec/server.ts';
import type { MispData } from '../simulators/misp/data.ts';
import { generate } from '../simulators/misp/generator.ts';
import { makeAttribute } from '../simulators/misp/invent.ts';
import { startMisp, type RunningMisp } from '../simulators/misp/server.ts';
import { seeded } from '../simulators/random.ts';
import { apply } from '../src/apply.ts';
import { command } from '../src/commands/feed-client.ts';
import { loadConfig } from '../src/config.ts';
import { entityId } from '../src/entity.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { connectClient, embeddedTarget, type TemporalTarget } from '../src/temporal.ts';
import { ensureTemporalServer, fromEnvironment } from '../src/temporal-server.ts';
import type { Status } from '../workflows/feed.ts';
import {
  BACKFILL,
  deliveredTo,
  EVENT_BYTES_MAX,
  feedNames,
  FEEDS,
  HEC_TOKEN,
  MISP_KEY,
  writeConfig,
  type FeedName,
  type Recorded,
} from '../test/upgrade/recorded-world.ts';
import { savedMisp } from '../test/upgrade/saved-misp.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8')) as { version: string };
const FOLDER = here(`../test/upgrade/from-${version}/`);
const SEED = 11;
const DAY = 86_400;
/** An answer of MISP. A fetch goes on for two minutes before it leaves the rest to the next page: two answers of 20 rows. */
const SLOW_MS = 61_000;

interface Relay {
  folder: string;
  misp: RunningMisp;
  hecs: Record<FeedName, RunningHec>;
  client: Client;
  target: TemporalTarget;
  worker: ChildProcess;
}

const random = seeded(SEED + 1);

/** Until `holds`, with the status of a feed. */
async function until(relay: Relay, feed: FeedName, what: string, holds: (status: Status) => boolean): Promise<void> {
  const handle = relay.client.workflow.getHandle(entityId(feed));
  for (let looks = 0; looks < 6_000; looks++) {
    const status = await handle.query<Status>('status').catch(() => null);
    if (status && holds(status)) return;
    await sleep(50);
  }
  throw new Error(`it did not come to pass: ${feed} ${what}`);
}

const completed = (relay: Relay, feed: FeedName, polls: number): Promise<void> =>
  until(
    relay,
    feed,
    `has completed ${polls} polls`,
    ({ mode, totals, due, revision, savedRevision }) =>
      mode === 'idle' && !due && totals.polls >= polls && revision === savedRevision,
  );

const say = (relay: Relay, feed: FeedName, name: 'poll' | 'pause' | 'backfill', input?: object): Promise<Status> =>
  command({ client: relay.client, target: relay.target, uiUrl: null }, feed, name, input);

const hasPageBehind = ({ reading, poll }: Status): boolean => reading !== null && poll.confirmed > 0;

/** The first page of `begun` is delivered, the next one is not taken. */
async function playBegun(relay: Relay): Promise<void> {
  const { hecs, misp } = relay;
  misp.switches.latencyMs = SLOW_MS;
  await until(relay, 'begun', 'has a page behind it', hasPageBehind);
  hecs.begun.hec.fail('busy');
  misp.switches.latencyMs = 0;
}

/** Brings each feed to what recorded-world.ts says of it. `delivering` comes last: its kill is everybody's. */
async function playOthers(relay: Relay, pausedSince: number): Promise<void> {
  const { misp, hecs, worker } = relay;
  const { data } = misp;
  const others = feedNames.filter((feed) => feed !== 'begun');
  const { delivering } = hecs;
  for (const feed of others) await completed(relay, feed, 1);
  await until(relay, 'refused', 'has a dead letter', ({ totals }) => totals.rejected === 1);

  const rows = data.byId.rows().filter(({ deleted }) => !deleted);
  for (let n = 0; n < 8; n++) data.editAttribute(random.pick(rows), { comment: `edited ${random.hex(8)}` });
  for (let n = 0; n < 8; n++) data.deleteAttribute(random.pick(rows));
  for (const feed of others) await say(relay, feed, 'poll');
  for (const feed of others) await completed(relay, feed, 2);

  await say(relay, 'paused', 'pause', { reason: 'before the upgrade' });
  await say(relay, 'paused', 'backfill', { since: 0, until: pausedSince, id: BACKFILL });
  await until(relay, 'paused', 'is saved', ({ mode, queued, revision, savedRevision }) => {
    return mode === 'paused' && queued.length === 1 && revision === savedRevision;
  });

  arrive(data, 100);
  misp.switches.latencyMs = SLOW_MS;
  delivering.switches.latencyMs = 400;
  await say(relay, 'delivering', 'poll');
  // This poll has a page behind it, the next one is fetched, and of this page one batch is confirmed and another one on its way.
  const view = new DatabaseSync(join(relay.folder, 'relay.db'), { readOnly: true });
  view.exec('PRAGMA busy_timeout = 5000');
  const inTheMiddle = view.prepare(`
    SELECT 1 FROM shipments WHERE owner = 'sync/delivering' AND claim > 0 AND receipt IS NULL
    AND EXISTS (SELECT 1 FROM batches WHERE shipment = ref AND json_extract(progress, '$.posting') IS NOT NULL)
    AND EXISTS (SELECT 1 FROM batches WHERE shipment = ref AND progress IS NOT NULL
                AND json_extract(progress, '$.posting') IS NULL AND json_array_length(progress, '$.todo') = 0)`);
  await until(relay, 'delivering', 'has a page behind it', hasPageBehind);
  await sleepUntil('a page is half delivered', () => inTheMiddle.get() !== undefined);
  const dead = once(worker, 'exit');
  worker.kill('SIGKILL');
  await dead;
  if (inTheMiddle.get() === undefined) throw new Error('the kill came too late: once more');
  view.close();
  await sleep(500); // what was on its way has arrived
}

function arrive(data: MispData, count: number): void {
  const event = data.addEvent({ info: `Arrived ${random.hex(8)}`, uuid: random.uuid() });
  for (let n = 0; n < count; n++) data.addAttribute(event, makeAttribute(random, data.now()));
  data.publish(event);
}

async function sleepUntil(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 300_000; !holds(); await sleep(5)) {
    if (Date.now() > end) throw new Error(`it did not come to pass: ${what}`);
  }
}

/** In the form of the CLI and the Web UI, without the names of this machine and its processes. */
async function historyOf(client: Client, feed: FeedName): Promise<string> {
  const history = await client.workflow.getHandle(entityId(feed)).fetchHistory();
  return JSON.stringify(JSON.parse(historyToJSON(history)), (key, value: unknown) => {
    if (key === 'stackTrace') return '';
    const queue = key === 'name' && typeof value === 'string' && /^\d+@/.test(value);
    return key === 'identity' || queue ? 'recorder' : value;
  });
}

const keep = (name: string, content: string | Uint8Array): void => {
  const bytes = gzipSync(content, { level: 9 });
  writeFileSync(join(FOLDER, `${name}.gz`), bytes);
  process.stderr.write(`${name}.gz: ${Math.ceil(bytes.length / 1024)} KiB\n`);
};

/** The file with all that lies in its log, and nothing of what was deleted from it. */
function keepDatabase(path: string, name: string): void {
  const copy = `${path}.copy`;
  const db = new DatabaseSync(path, { enableDoubleQuotedStringLiterals: true }); // Temporal's schema has some
  db.prepare('VACUUM INTO ?').run(copy);
  db.close();
  keep(name, readFileSync(copy));
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: here('..'), encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', 'src', 'workflows', 'activities') === '' ? '' : ', with changes';
  return `${git('rev-parse', '--short', 'HEAD')}${changed}`;
}

const folder = mkdtempSync(join(tmpdir(), 'misp-relay-upgrade-'));
const now = Math.floor(Date.now() / 1000);
const recorded: Recorded = { version, commit: commit(), at: now, pausedSince: now - 45 * DAY };
const data = generate({ attributes: 140, seed: SEED, now });
data.editAttribute(data.byId.rows()[90]!, { comment: 'x'.repeat(2 * EVENT_BYTES_MAX) });
const misp = await startMisp({ data, key: MISP_KEY });
const hecs = {} as Record<FeedName, RunningHec>;
for (const feed of feedNames)
  hecs[feed] = await startHec({ token: HEC_TOKEN, keepEvents: true, switches: { latencyMs: 5 } });
hecs.begun.switches.latencyMs = 100;
hecs.refused.switches.maxEventSize = EVENT_BYTES_MAX;
const urls = Object.fromEntries(feedNames.map((feed) => [feed, hecs[feed].url])) as Record<FeedName, string>;
const server = await ensureTemporalServer({ ...fromEnvironment(process.env), dataDir: folder });
const addresses = { misp: misp.url, hecs: urls, temporal: { address: server.address, taskQueue: 'misp-relay' } };
const target = embeddedTarget(server.address);
const client = await connectClient(target);
let worker: ChildProcess | undefined;

/** With these feeds in the config. */
async function start(feeds: readonly FeedName[]): Promise<Relay> {
  const path = writeConfig(folder, addresses, recorded.pausedSince, { feeds });
  const config = loadConfig({ path, env: {}, cwd: folder });
  const store = openSqlite(config.storePath);
  await apply(client, store, config, target.taskQueue, { moved: [], dryRun: false });
  await store.close();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
  worker = spawn(process.execPath, [here('../src/cli.ts'), 'worker', '--config', path], { stdio: 'inherit', env });
  return { folder, misp, hecs, client, target, worker };
}

async function stop(): Promise<void> {
  if (!worker || worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
}

try {
  await playBegun(await start(['begun']));
  await stop();
  await playOthers(await start(feedNames), recorded.pausedSince);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const feed of feedNames) keep(`history-${feed}.json`, await historyOf(client, feed));
  keep('misp.json', savedMisp(data));
  keep(
    'delivered.json',
    JSON.stringify(Object.fromEntries(feedNames.map((feed) => [feed, deliveredTo(hecs[feed].hec)]))),
  );
  await client.connection.close();
  await server.stop();
  keepDatabase(join(folder, 'relay.db'), 'relay.db');
  keepDatabase(join(folder, 'temporal.db'), 'temporal.db');
  writeFileSync(join(FOLDER, 'recorded.json'), `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(join(FOLDER, 'README.md'), readme());
} finally {
  await stop();
  await server.stop();
  await Promise.all([misp.close(), ...feedNames.map((feed) => hecs[feed].close())]);
  rmSync(folder, { recursive: true, force: true });
}

function readme(): string {
  return `# A relay of release ${version}, killed in the middle of its work

Recorded from commit ${recorded.commit} on ${new Date(now * 1000).toISOString().slice(0, 10)} by \`npm run record-upgrade\` (bin/record-upgrade.ts), against the simulators with generated data.
\`test/upgrade\` goes on from it with the present code. One relay with five feeds, each with a HEC of its own; the worker was killed with signal 9.

| feed | |
|---|---|
${feedNames.map((feed) => `| ${feed} | ${FEEDS[feed]} |`).join('\n')}

| file | |
|---|---|
| relay.db.gz | the store, \`VACUUM INTO\` a copy after the kill |
| temporal.db.gz | the data of the Temporal server, in the same way after its end |
| history-*.json.gz | the history of each feed's workflow at the kill |
| misp.json.gz | what the MISP held (test/upgrade/saved-misp.ts) |
| delivered.json.gz | what each HEC had been given, in order: delivery_id, uuid, action, attribute_time |
| recorded.json | version, commit, time, and where \`paused\` began |
`;
}
