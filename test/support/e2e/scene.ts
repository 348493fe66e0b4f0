// A relay at work in this process: simulated MISPs and HECs on sockets of this machine, a config read from YAML, a worker with a
// task queue of its own. Feed names are unique for each scene, since all scenes of a file share one Temporal server.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { compare } from '../../../simulators/compare.ts';
import { Hec } from '../../../simulators/hec/hec.ts';
import type { HecSwitches } from '../../../simulators/hec/switches.ts';
import { MispData } from '../../../simulators/misp/data.ts';
import { Misp } from '../../../simulators/misp/misp.ts';
import type { MispSwitches } from '../../../simulators/misp/switches.ts';
import { truthOf } from '../../../simulators/misp/truth.ts';
import { apply, type Applied } from '../../../src/apply.ts';
import { command } from '../../../src/commands/feed-client.ts';
import { feedStatus, type FeedStatus } from '../../../src/commands/status.ts';
import type { Connected } from '../../../src/commands/context.ts';
import { loadConfig, type RelayConfig } from '../../../src/config.ts';
import { entityId } from '../../../src/entity.ts';
import { createLog, type Logger, type LogLevel } from '../../../src/log.ts';
import { startMonitor, type RunningMonitor } from '../../../src/monitor/monitor.ts';
import { createRuntime, type Runtime } from '../../../src/runtime.ts';
import type { DeadLetter } from '../../../src/store/store.ts';
import { clusterTarget, connectClient } from '../../../src/temporal.ts';
import { startWorker, type RunningWorker } from '../../../src/worker.ts';
import type { Status } from '../../../workflows/feed.ts';
import type { MessageName } from '../../../workflows/messages.ts';
import { Box } from './box.ts';
import type { TestTemporal } from './temporal.ts';
import { until } from './until.ts';

export interface SceneOptions {
  /** Of the MISP `main`. */
  data?: MispData;
  misp?: Partial<MispSwitches>;
  /** Of the HEC `splunk`. */
  hec?: Partial<HecSwitches>;
  keepEvents?: boolean;
  /** Keys of the config, beside the usual ones. */
  source?: Record<string, unknown>;
  destination?: Record<string, unknown>;
  feed?: Record<string, unknown>;
  /** Other feeds by name, with what differs from the usual one. */
  feeds?: Record<string, Record<string, unknown>>;
  /** Names of other MISPs and HECs. */
  otherMisps?: Record<string, MispData>;
  otherHecs?: readonly string[];
  /** Blocks of other destinations, by name. */
  destinations?: Record<string, Record<string, unknown>>;
  /** Blocks of the config itself. */
  config?: Record<string, unknown>;
  /** All times of workflows/options.ts, multiplied. */
  timeScale?: number;
}

interface Simulated<S> {
  it: S;
  box: Box;
}

const MISP_KEY = 'simulatedMispKey00000000000000000000test';
let scenes = 0;

export class Scene {
  readonly feed: string;
  readonly folder: string;
  readonly misps: ReadonlyMap<string, Simulated<Misp>>;
  readonly hecs: ReadonlyMap<string, Simulated<Hec>>;
  readonly config: RelayConfig;
  readonly runtime: Runtime;
  readonly connected: Connected;
  private worker: RunningWorker | null = null;
  private monitor: RunningMonitor | null = null;
  private readonly timeScale: number;

  private constructor(
    parts: Pick<Scene, 'feed' | 'folder' | 'misps' | 'hecs' | 'config' | 'runtime' | 'connected'>,
    timeScale: number,
  ) {
    this.feed = parts.feed;
    this.folder = parts.folder;
    this.misps = parts.misps;
    this.hecs = parts.hecs;
    this.config = parts.config;
    this.runtime = parts.runtime;
    this.connected = parts.connected;
    this.timeScale = timeScale;
  }

  /** Everything but `apply`: nothing is read before that. */
  static async open(temporal: TestTemporal, options: SceneOptions = {}): Promise<Scene> {
    const number = ++scenes;
    const folder = mkdtempSync(join(tmpdir(), 'misp-relay-scene-'));
    const misps = new Map<string, Simulated<Misp>>();
    const hecs = new Map<string, Simulated<Hec>>();
    const addMisp = async (name: string, data: MispData, switches: Partial<MispSwitches> = {}): Promise<void> => {
      const it = new Misp({ data, switches, key: MISP_KEY });
      misps.set(name, { it, box: await Box.open(it) });
    };
    const addHec = async (name: string, switches: Partial<HecSwitches> = {}): Promise<void> => {
      const it = new Hec({ switches, keepEvents: options.keepEvents ?? true });
      hecs.set(name, { it, box: await Box.open(it) });
    };
    await addMisp('main', options.data ?? new MispData(), options.misp);
    await addHec('splunk', options.hec);
    for (const [name, data] of Object.entries(options.otherMisps ?? {})) await addMisp(name, data);
    for (const name of options.otherHecs ?? []) await addHec(name);
    const named = (name: string): string => `${name}-${process.pid}-${number}`;
    const feed = named('feed');
    const usual = {
      source: 'main',
      destination: 'splunk',
      interval: '12h', // a test asks for its polls itself
      since: 0,
      ...options.feed,
    };
    const feedOf = (more: Record<string, unknown> = {}): Record<string, unknown> => {
      const { filter, ...rest } = { ...usual, ...more } as Record<string, unknown>;
      return { ...rest, filter: { maxTlp: 'off', ...(filter as object | undefined) } };
    };
    const others = Object.entries(options.feeds ?? {}).map(([name, more]) => [named(name), feedOf(more)]);
    const file = {
      ...options.config,
      version: 1,
      store: 'sqlite:./relay.db',
      temporal: { address: temporal.address, taskQueue: named('e2e') },
      sources: Object.fromEntries(
        [...misps].map(([name, { it, box }]) => [name, { url: box.url, apiKey: it.key, ...options.source }]),
      ),
      destinations: {
        ...(Object.fromEntries(
          [...hecs].map(([name, { it, box }]) => [
            name,
            { type: 'splunk-hec', url: box.url, token: it.token, index: 'threat_intel', ...options.destination },
          ]),
        ) as object),
        ...options.destinations,
      },
      feeds: { [feed]: feedOf(), ...(Object.fromEntries(others) as object) },
    };
    writeFileSync(join(folder, 'relay.yaml'), stringify(file));
    const config = loadConfig({ path: 'relay.yaml', env: {}, cwd: folder });
    const runtime = await createRuntime(config, createLog(LOG_LEVEL));
    const target = clusterTarget(config, config.temporal!, {});
    const connected = { client: await connectClient(target), target, uiUrl: null };
    const parts = { feed, folder, misps, hecs, config, runtime, connected };
    const scene: Scene = new Scene(parts, options.timeScale ?? 1);
    await scene.startWorker();
    return scene;
  }

  /** With the first poll on its way. */
  static async start(temporal: TestTemporal, options: SceneOptions = {}): Promise<Scene> {
    const scene = await Scene.open(temporal, options);
    await scene.apply();
    return scene;
  }

  get misp(): Misp {
    return this.misps.get('main')!.it;
  }
  get data(): MispData {
    return this.misp.data;
  }
  get mispBox(): Box {
    return this.misps.get('main')!.box;
  }
  get hec(): Hec {
    return this.hecs.get('splunk')!.it;
  }
  get hecBox(): Box {
    return this.hecs.get('splunk')!.box;
  }

  /** Of another feed of this scene: its name in the config. */
  named(name: string): string {
    return Object.keys(this.config.feeds).find((each) => each.startsWith(`${name}-`))!;
  }

  apply(): Promise<Applied[]> {
    const { client, target } = this.connected;
    return apply(client, this.runtime.store, this.config, target.taskQueue, { moved: [], dryRun: false });
  }

  async startWorker(): Promise<void> {
    const { connected, runtime, timeScale } = this;
    this.worker ??= await startWorker(connected.target, runtime, createLog(LOG_LEVEL), { timeScale });
  }

  async stopWorker(): Promise<void> {
    await this.worker?.stop();
    this.worker = null;
  }

  /** With /healthz and /metrics, alarms and heartbeats. */
  async watch(log: Logger, lookMs: number): Promise<RunningMonitor> {
    const { config, runtime, worker } = this;
    this.monitor = await startMonitor({ config, runtime, client: this.connected.client, worker: worker!, log, lookMs });
    return this.monitor;
  }

  command(name: MessageName, input?: object, feed = this.feed): Promise<Status> {
    return command(this.connected, feed, name, input);
  }

  status(feed = this.feed): Promise<FeedStatus> {
    return feedStatus(this.connected, this.runtime.store, feed);
  }

  entity(feed = this.feed) {
    return this.connected.client.workflow.getHandle(entityId(feed));
  }

  backfill(id: string, feed = this.feed) {
    return this.connected.client.workflow.getHandle(`backfill/${feed}/${id}`);
  }

  /** The status as soon as it is as wanted. */
  async reaches(
    what: string,
    wanted: (status: FeedStatus) => boolean,
    feed = this.feed,
    limitMs?: number,
  ): Promise<FeedStatus> {
    let last: FeedStatus | undefined;
    const look = async (): Promise<FeedStatus | null> => {
      last = await this.status(feed);
      return wanted(last) ? last : null;
    };
    return until(`${feed} ${what}`, look, { said: () => last, ...(limitMs === undefined ? {} : { limitMs }) });
  }

  mode(wanted: FeedStatus['mode'], feed = this.feed): Promise<FeedStatus> {
    return this.reaches(`is ${wanted}`, ({ mode }) => mode === wanted, feed);
  }

  /** Until a whole poll that began after this moment has ended and the feed is at rest, its backfills too. */
  async settled(feed = this.feed, limitMs?: number): Promise<FeedStatus> {
    await this.reaches('runs', ({ mode }) => !['starting', 'not running', 'unknown'].includes(mode), feed);
    const { reading, totals } = await this.command('poll', undefined, feed);
    const polls = totals.polls + (reading ? 2 : 1);
    return this.reaches(
      `has made poll ${polls} and is idle`,
      ({ mode, state }) =>
        mode === 'idle' &&
        state!.totals.polls >= polls &&
        !state!.due &&
        state!.queued.length + state!.running.length === 0,
      feed,
      limitMs,
    );
  }

  letters(feed = this.feed): Promise<DeadLetter[]> {
    return this.runtime.store.listDeadLetters({ feed, limit: 100_000 });
  }

  /** What MISP shows and neither the sink nor the dead letters have. */
  async missing({ feed = this.feed, hec = this.hec, misp = this.misp } = {}): Promise<string[]> {
    const letters = new Set((await this.letters(feed)).flatMap(({ uuid }) => uuid ?? []));
    return compare(truthOf(misp.data), sinkOf(hec), letters).missing;
  }

  /** Counted by what the two simulators hold, never by our own counters; each value must have come unharmed. */
  async expectComplete(
    duplicates: number | { atMost: number } = 0,
    where: Parameters<Scene['missing']>[0] = {},
  ): Promise<void> {
    const { hec = this.hec, misp = this.misp } = where;
    expect(await this.missing(where)).toEqual([]);
    const truth = hec.truth();
    if (typeof duplicates === 'number') expect(truth.duplicates).toBe(duplicates);
    else expect(truth.duplicates).toBeLessThanOrEqual(duplicates.atMost);
    expect(truth.lost).toBe(0);
    const wrong = [...misp.data.byId.rows()].filter(({ uuid, value, deleted }) => {
      const seen = truth.byUuid[uuid];
      return !deleted && seen?.action === 'upsert' && seen.value !== value;
    });
    expect(wrong.map(({ uuid, value }) => ({ uuid, value, got: truth.byUuid[uuid]?.value }))).toEqual([]);
  }

  async close(): Promise<void> {
    const { client } = this.connected;
    for (const feed of Object.keys(this.config.feeds)) {
      await client.schedule
        .getHandle(`poll/${feed}`)
        .delete()
        .catch(() => {});
      await this.entity(feed)
        .terminate('the test is over')
        .catch(() => {});
    }
    await this.stopWorker();
    await this.monitor?.stop();
    await this.runtime.close();
    await client.connection.close();
    await Promise.all([...this.misps.values(), ...this.hecs.values()].map(({ box }) => box.away()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const LOG_LEVEL = (process.env['E2E_LOG_LEVEL'] ?? 'silent') as LogLevel;

const sinkOf = (hec: Hec) => {
  const { byUuid, duplicates } = hec.truth();
  return {
    duplicates,
    byUuid: Object.fromEntries(
      Object.entries(byUuid).map(([uuid, { action, attribute_time }]) => [
        uuid,
        { action, attribute_time: attribute_time as number | null },
      ]),
    ),
  };
};

/** The events that came for one attribute, in order. */
export const eventsOf = (hec: Hec, uuid: string): Record<string, unknown>[] =>
  hec.store.events.map(({ event }) => event as Record<string, unknown>).filter((event) => event['uuid'] === uuid);
