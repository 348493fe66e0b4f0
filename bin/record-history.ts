// Records the histories of test/replay/histories anew, from real runs against the simulators: `npm run record-history`.
// Do so from a clean checkout of the commit that is released, and after each intended change of the workflows.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startHec, type RunningHec } from '../simulators/hec/server.ts';
import { startMisp, type RunningMisp } from '../simulators/misp/server.ts';
import { apply } from '../src/apply.ts';
import { command } from '../src/commands/feed-client.ts';
import { loadConfig } from '../src/config.ts';
import { entityId } from '../src/entity.ts';
import { createLog } from '../src/log.ts';
import { createRuntime } from '../src/runtime.ts';
import { connectClient, embeddedTarget, type TemporalTarget } from '../src/temporal.ts';
import { becomesHealthy } from '../src/temporal-server/health.ts';
import { launchServer, release, serverArguments } from '../src/temporal-server/launch.ts';
import { freePort } from '../src/temporal-server/ports.ts';
import { findTemporal, fromEnvironment } from '../src/temporal-server.ts';
import { startWorker } from '../src/worker.ts';
import type { Status } from '../workflows/feed.ts';
import type { MessageName } from '../workflows/messages.ts';
import {
  arrive,
  FEED,
  HEC_TOKEN,
  MISP_KEY,
  MORE_THAN_A_PAGE,
  recordedData,
  ROUNDS,
} from '../test/replay/recorded-data.ts';

const FOLDER = fileURLToPath(new URL('../test/replay/histories/', import.meta.url));
/** The server suggests to continue as new after so many events instead of 4,096, so that such a history stays small. */
const FEW_EVENTS = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=80'];

interface Scene {
  target: TemporalTarget;
  client: Client;
  misp: RunningMisp;
  hec: RunningHec;
  /** New attributes, and a poll for them. */
  arrive: (count?: number) => Promise<void>;
  say: (name: MessageName, input?: object) => Promise<Status>;
  until: (what: string, holds: (status: Status) => boolean) => Promise<Status>;
  record: (name: string, workflow?: string, runId?: string) => Promise<void>;
}

async function idle({ until, arrive: more, record }: Scene): Promise<void> {
  await until('idle', ({ mode, totals }) => mode === 'idle' && totals.polls > 0);
  await more();
  await until('idle again', ({ mode, totals }) => mode === 'idle' && totals.polls > 1);
  await record('idle');
}

async function commands({ until, say, hec, arrive: more, record }: Scene): Promise<void> {
  await until('idle', ({ mode, totals }) => mode === 'idle' && totals.polls > 0);
  await say('backfill', { since: 0, id: 'past', redeliver: true });
  await until('the backfill is done', ({ running, queued }) => running.length + queued.length === 0);
  await record('backfill', `backfill/${FEED}/past`);
  hec.switches.latencyMs = 1_500;
  await more();
  await until('a page is under way', ({ mode, poll }) => mode === 'running' && poll.rows === 0);
  await say('pause', { reason: 'recorded' });
  await until('paused', ({ mode }) => mode === 'paused');
  hec.switches.latencyMs = 0;
  await say('resume');
  await say('resetCursor', { to: 1_759_000_000, redeliver: true });
  await until('idle', ({ mode, due, epoch }) => mode === 'idle' && !due && epoch === 2);
  await record('commands');
}

async function inAPage({ until, hec, client, arrive: more, record }: Scene): Promise<void> {
  await until('idle', ({ mode, totals }) => mode === 'idle' && totals.polls > 0);
  hec.hec.fail('busy');
  await more(MORE_THAN_A_PAGE);
  for (;;) {
    const { raw } = await client.workflow.getHandle(entityId(FEED)).describe();
    const waits = raw.pendingActivities?.some(
      ({ activityType, attempt }) => activityType?.name === 'deliver' && attempt! > 2,
    );
    if (waits) break;
    await sleep(100);
  }
  await record('in-a-page');
}

async function blocked({ until, say, hec, misp, arrive: more, record }: Scene): Promise<void> {
  await until('idle', ({ mode, totals }) => mode === 'idle' && totals.polls > 0);
  misp.switches.keyValid = false;
  await more();
  await until('blocked by the source', ({ blocked: by }) => by?.by === 'source');
  misp.switches.keyValid = true;
  hec.switches.token = 'unknown';
  await say('resume');
  await until('blocked by the destination', ({ blocked: by }) => by?.by === 'destination');
  await say('resume');
  await until(
    'tried',
    ({ due, mode, savedRevision, revision }) => !due && mode === 'blocked' && savedRevision === revision,
  );
  await record('blocked');
}

async function continueAsNew({ until, arrive: more, client, record }: Scene): Promise<void> {
  const handle = client.workflow.getHandle(entityId(FEED));
  const { runId } = await handle.describe();
  let next = runId;
  for (let polls = 1; next === runId; polls++) {
    await until('idle', ({ mode, totals }) => mode === 'idle' && totals.polls >= polls);
    ({ runId: next } = await handle.describe());
    if (next === runId) await more();
  }
  await record('continue-as-new', entityId(FEED), runId);
  await more();
  await until('idle', ({ mode, due }) => mode === 'idle' && !due);
  await record('after-continue-as-new', entityId(FEED), next);
}

/** Plays one scene with a server, a MISP, a HEC and a worker of its own. */
async function play(scene: (scene: Scene) => Promise<void>, few: readonly string[] = []): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'misp-relay-record-'));
  const environment = fromEnvironment(process.env);
  const { path } = await findTemporal(environment);
  const port = await freePort(7233);
  const args = [...serverArguments(folder, port, await freePort(8233, [port])), ...few];
  const server = await launchServer(path, args, folder, environment.env);
  const misp = await startMisp({ data: recordedData(), key: MISP_KEY });
  const hec = await startHec({ token: HEC_TOKEN });
  const target = embeddedTarget(`127.0.0.1:${port}`);
  await becomesHealthy(target.address, () => false);
  const config = loadConfig({ path: writeConfig(folder, misp.url, hec.url), env: {}, cwd: folder });
  const log = createLog('error');
  const runtime = await createRuntime(config, log);
  const client = await connectClient(target);
  const worker = await startWorker(target, runtime, log);
  try {
    const { taskQueue } = target;
    await apply(client, runtime.store, config, taskQueue, { moved: [], dryRun: false });
    const say: Scene['say'] = (name, input) => command({ client, target, uiUrl: null }, FEED, name, input);
    let rounds = 0;
    await scene({
      target,
      client,
      misp,
      hec,
      say,
      until: (what, holds) => until(client, what, holds),
      record: (name, workflow = entityId(FEED), runId) => record(client, name, workflow, runId),
      async arrive(count = 25) {
        if (rounds >= ROUNDS) throw new Error('the test does not know so many rounds');
        arrive(misp.data, rounds++, count);
        await say('poll');
      },
    });
  } finally {
    await worker.stop();
    await client.connection.close();
    await runtime.close();
    await Promise.all([misp.close(), hec.close()]);
    release(server);
    await server.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeConfig(folder: string, mispUrl: string, hecUrl: string): string {
  const path = join(folder, 'relay.yaml');
  writeFileSync(
    path,
    `version: 1
store: sqlite:./relay.db
sources:
  misp: { url: "${mispUrl}", apiKey: "${MISP_KEY}", pageSize: 20 }
destinations:
  splunk: { type: splunk-hec, url: "${hecUrl}", token: "${HEC_TOKEN}" }
feeds:
  ${FEED}: { source: misp, destination: splunk, interval: 1h, since: 0, filter: { maxTlp: off } }
`,
  );
  return path;
}

async function until(client: Client, what: string, holds: (status: Status) => boolean): Promise<Status> {
  const handle = client.workflow.getHandle(entityId(FEED));
  for (let looks = 0; looks < 3_000; looks++) {
    const status = await handle.query<Status>('status');
    if (holds(status)) return status;
    await sleep(50);
  }
  throw new Error(`it did not come to pass: ${what}`);
}

/** In the form of the CLI and the Web UI, without the names of this machine and its processes. */
async function record(client: Client, name: string, workflow: string, runId: string | undefined): Promise<void> {
  const history = await client.workflow.getHandle(workflow, runId).fetchHistory();
  const text = JSON.stringify(
    JSON.parse(historyToJSON(history)),
    (key, value: unknown) => {
      if (key === 'stackTrace') return '';
      return key === 'identity' || (key === 'name' && isQueueName(value)) ? 'recorder' : value;
    },
    1,
  );
  writeFileSync(join(FOLDER, `${name}.json`), `${text}\n`);
  process.stderr.write(`${name}: ${history.events?.length} events, ${Math.round(text.length / 1024)} KiB\n`);
}

/** A worker's own queue, `<pid>@<host>-<random>`. */
const isQueueName = (value: unknown): boolean => typeof value === 'string' && /^\d+@/.test(value);

function writeReadme(): void {
  const git = (...args: string[]): string => {
    try {
      return execFileSync('git', args, { cwd: FOLDER, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  const commit = git('rev-parse', '--short', 'HEAD') || 'unknown';
  const dirty = git('status', '--porcelain', '../../../workflows', '../../../src/core') === '' ? '' : ', with changes';
  writeFileSync(
    join(FOLDER, 'README.md'),
    `# Recorded histories

Recorded from commit ${commit}${dirty} on ${new Date().toISOString().slice(0, 10)} by \`npm run record-history\` (bin/record-history.ts),
against the simulators with generated data. \`test/replay\` replays each of them with the present workflows.

When a replay fails, a running feed would fail in the same way after an upgrade: put the change behind \`patched()\`, or take it back.
Record anew only when no feed of an older release can still be running.

| file | what |
|---|---|
| idle.json | a feed that has read everything, then some more, and waits |
| in-a-page.json | a delivery is being tried again, and the next page is fetched |
| commands.json | a backfill, a pause in a page, resume, a reset with redelivery |
| backfill.json | the backfill of that feed |
| blocked.json | by the source, then by the destination, with a try |
| continue-as-new.json, after-continue-as-new.json | a run that ends, and the one that goes on |
`,
  );
}

for (const scene of [idle, commands, inAPage, blocked]) await play(scene);
await play(continueAsNew, FEW_EVENTS);
writeReadme();
