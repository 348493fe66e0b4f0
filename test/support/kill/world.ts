// Everything that a kill test needs: the real Temporal server, a simulated MISP and HEC in this process, and the worker as a process
// of its own, started by the product's own command.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { startHec, type RunningHec } from '../../../simulators/hec/server.ts';
import { generate } from '../../../simulators/misp/generator.ts';
import { makeAttribute } from '../../../simulators/misp/invent.ts';
import { startMisp, type RunningMisp } from '../../../simulators/misp/server.ts';
import { seeded, type Random } from '../../../simulators/random.ts';
import { apply } from '../../../src/apply.ts';
import { loadConfig } from '../../../src/config.ts';
import { entityId, wakeEntity } from '../../../src/entity.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { connectClient, embeddedTarget } from '../../../src/temporal.ts';
import { ensureTemporalServer, fromEnvironment, type TemporalServer } from '../../../src/temporal-server.ts';
import type { Status } from '../../../workflows/feed.ts';
import { StoreView } from './store-view.ts';
import { Wire } from './wire.ts';

const FEED = 'kill';
const PAGE_SIZE = 250;
/** With CONCURRENCY this bounds what one crash can leave in doubt. */
export const BATCH_RECORDS = 20;
export const CONCURRENCY = 3;
const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

const STARTED = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;

/** Loaded into the worker: it ends with this process, however that ends. */
const WITH_PARENT = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.stdin.once('close', () => process.kill(process.pid, 'SIGKILL')).resume().unref();
`)}`;

/** A translation that takes its time, so that a kill can find it. */
const SLOW_HOOK = `export default (record, { body }) => {
  for (const end = performance.now() + 0.3; performance.now() < end; );
  return body;
};
`;

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'misp-relay-kill-'));
  readonly random: Random;
  readonly store!: StoreView;
  readonly wire!: Wire;
  readonly client!: Client;
  readonly server!: TemporalServer;
  readonly misp!: RunningMisp;
  readonly hec!: RunningHec;
  private worker: ChildProcess | undefined;
  private readonly log = openSync(join(this.folder, 'worker.log'), 'a');

  private constructor(seed: number) {
    this.random = seeded(seed + 1_000_003); // not the numbers that made the data
  }

  static async open(seed: number, attributes: number): Promise<World> {
    const world = new World(seed);
    const set = <K extends keyof World>(key: K, value: World[K]): void => void Object.assign(world, { [key]: value });
    set('misp', await startMisp({ data: generate({ attributes, seed }), switches: { latencyMs: 25 } }));
    set('hec', await startHec({ switches: { latencyMs: 40 } }));
    const { env, ...found } = fromEnvironment(process.env);
    set('server', await ensureTemporalServer({ ...found, env, dataDir: world.folder }));
    set('wire', new Wire(Number(world.server.address.split(':')[1])));
    const config = world.writeConfig(await world.wire.open());
    set('client', await connectClient(embeddedTarget(world.server.address)));
    const store = openSqlite(config.storePath);
    await apply(world.client, store, config, 'misp-relay', { moved: [], dryRun: false });
    await store.close();
    set('store', new StoreView(config.storePath));
    world.startWorker();
    return world;
  }

  startWorker(): void {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
    const config = join(this.folder, 'relay.yaml');
    this.worker = spawn(process.execPath, ['--import', WITH_PARENT, CLI, 'worker', '--config', config], {
      stdio: ['pipe', this.log, this.log],
      env,
    });
  }

  /** kill -9. Resolves when it is dead, and nothing of it is on its way to the server any more. */
  async killWorker(): Promise<void> {
    const worker = this.worker!;
    const alive = worker.exitCode === null && worker.signalCode === null;
    const dead = alive ? new Promise((resolve) => worker.once('exit', resolve)) : undefined;
    worker.kill('SIGKILL');
    this.wire.cut();
    await dead;
    this.wire.release();
  }

  /** kill -9. Resolves when the supervisor has started it again. */
  async killServer(): Promise<void> {
    const { pid } = this.server;
    process.kill(pid, 'SIGKILL');
    this.wire.release();
    await until('the server runs again', async () => this.server.pid !== pid && (await this.pending()) !== null);
  }

  /** The types of the activities that the server believes to be running; null: it does not answer. */
  async pending(): Promise<string[] | null> {
    try {
      const { raw } = await this.client.connection.withDeadline(Date.now() + 5_000, () =>
        this.client.workflow.getHandle(entityId(FEED)).describe(),
      );
      return (raw.pendingActivities ?? [])
        .filter(({ state }) => state === STARTED)
        .map(({ activityType }) => activityType!.name!);
    } catch {
      return null;
    }
  }

  async status(): Promise<Status | null> {
    try {
      const handle = this.client.workflow.getHandle(entityId(FEED));
      return await this.client.connection.withDeadline(Date.now() + 30_000, () => handle.query<Status>('status'));
    } catch {
      return null;
    }
  }

  /** Some new attributes in an event of their own, some edits, some deletes; and a poll that finds them. */
  async change(): Promise<void> {
    const { random, misp } = this;
    const now = misp.data.now();
    const event = misp.data.addEvent({ info: `arrived ${random.hex(6)}` });
    for (let n = 0; n < 50 + random.int(100); n++) misp.data.addAttribute(event, makeAttribute(random, now));
    const rows = [...misp.data.byId.rows()].filter(({ deleted }) => !deleted);
    for (let n = 0; n < 20; n++) misp.data.editAttribute(random.pick(rows), { comment: `edited ${random.hex(8)}` });
    for (let n = 0; n < 5; n++) misp.data.deleteAttribute(random.pick(rows));
    misp.data.publish(event);
    await wakeEntity(this.client.workflow, FEED, 'misp-relay').catch(() => {}); // or the Schedule does
  }

  /** A poll that began after the last change has ended; one more may have been under way then. */
  async caughtUp(): Promise<Status> {
    let found: Status | null = null;
    await until('the feed answers', async () => (found = await this.status()) !== null);
    const { polls } = found!.totals;
    await until('two more polls are read', async () => {
      const { due, mode, totals } = found ?? { due: false, mode: 'idle', totals: { polls } };
      if (mode === 'idle' && !due && totals.polls < polls + 2)
        await wakeEntity(this.client.workflow, FEED, 'misp-relay');
      found = await this.status();
      return found !== null && found.totals.polls >= polls + 2;
    });
    return found!;
  }

  workerLog(): string {
    return readFileSync(join(this.folder, 'worker.log'), 'utf8').slice(-4_000);
  }

  async close(): Promise<void> {
    if (this.worker) await this.killWorker();
    this.wire?.close();
    this.store?.close();
    await this.client?.connection.close();
    await this.server?.stop();
    await Promise.all([this.misp?.close(), this.hec?.close()]);
    closeSync(this.log);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private writeConfig(address: string) {
    const path = join(this.folder, 'relay.yaml');
    writeFileSync(join(this.folder, 'slow.mjs'), SLOW_HOOK);
    writeFileSync(
      path,
      `version: 1
store: sqlite:./relay.db
logLevel: warn
temporal: { address: "${address}" }
sources:
  misp: { url: "${this.misp.url}", apiKey: "${this.misp.key}", pageSize: ${PAGE_SIZE} }
destinations:
  splunk: { type: splunk-hec, url: "${this.hec.url}", token: "${this.hec.token}", batchRecords: ${BATCH_RECORDS}, concurrency: ${CONCURRENCY} }
feeds:
  ${FEED}: { source: misp, destination: splunk, interval: 30s, since: 0, filter: { maxTlp: off }, translate: { module: ./slow.mjs } }
`,
    );
    return loadConfig({ path, env: {}, cwd: this.folder });
  }
}

/** Generous: it only says when something hangs. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 300_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await holds()); await sleep(50)) {
    if (Date.now() > end) throw new Error(`it did not come to pass: ${what}`);
  }
}
