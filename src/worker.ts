// The worker: one process that runs workflows and activities of one task queue.
import { setFlagsFromString } from 'node:v8';
import {
  NativeConnection,
  Runtime as TemporalRuntime,
  Worker,
  type Logger as TemporalLogger,
  type InjectedSinks,
  type LogMetadata,
} from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { sweepStore } from '../activities/checkpoints.ts';
import type { Deps } from '../activities/deps.ts';
import type { Logger } from './log.ts';
import { every, sleep, type Runtime } from './runtime.ts';
import { dataConverter, unreachable, type TemporalTarget } from './temporal.ts';
import type { RelaySinks } from '../workflows/ports.ts';
import type { Status } from '../workflows/feed.ts';
import { workflowBundle, type BundleOptions } from './workflow-bundle.ts';

/** What a feed says of itself when it has read a poll to its end. */
export type PolledState = Status;

export interface RunningWorker {
  /** Rejects when the worker fails; resolves after `stop`. */
  done: Promise<void>;
  /** Finishes what is under way within the grace time, and gives the rest back. */
  stop(): Promise<void>;
  /** `RUNNING` when it works. */
  state(): string;
  /** Calls the listener at the end of each poll of a feed, also when it found nothing. Mostly once; never from a replay. */
  onPolled(listener: (feed: string, state: PolledState) => void): void;
}

const GRACE = '7s';
const HEARTBEAT = '2s';
const SWEEP_MS = 3_600_000;
/** Enough for a fetch and a delivery of some dozens of feeds. */
const ACTIVITIES_MAX = 40;

/** Connects, and works until it is stopped. Throws RetryableError TEMPORAL_UNREACHABLE. */
export async function startWorker(
  target: TemporalTarget,
  { store, feeds, metrics }: Runtime,
  log: Logger,
  bundle: BundleOptions = {},
): Promise<RunningWorker> {
  // A page makes tens of megabytes of garbage that live for a second: left to itself, the heap grows to twice of what is in use.
  setFlagsFromString('--heap-growing-percent=25');
  const committed: Deps['committed'] = (...page) => metrics.committed(...page);
  const listeners: ((feed: string, state: PolledState) => void)[] = [];
  const deps: Deps = { store, feeds, log, nowMs: Date.now, sleep, every, committed };
  installLogger(log);
  await applyExpiry(deps);
  const connection = await connect(target);
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    taskQueue: target.taskQueue,
    workflowBundle: { codePath: await workflowBundle(bundle) },
    dataConverter,
    activities: createActivities(deps),
    sinks: sinksOf((feed, state) => listeners.forEach((listener) => listener(feed, state))),
    // An activity learns with its heartbeats that its result is no longer wanted: a paused feed must let go of MISP soon.
    maxHeartbeatThrottleInterval: HEARTBEAT,
    defaultHeartbeatThrottleInterval: HEARTBEAT,
    shutdownGraceTime: GRACE,
    shutdownForceTime: '9s',
    maxConcurrentActivityTaskExecutions: ACTIVITIES_MAX,
    maxCachedWorkflows: 200,
  });
  const sweep = setInterval(
    () => void sweepStore(deps).catch((error: unknown) => log.warn({ error }, 'the store could not be swept')),
    SWEEP_MS,
  );
  const done = worker.run().finally(async () => {
    clearInterval(sweep);
    await connection.close();
  });
  done.catch(() => {}); // whoever awaits it sees the failure
  return {
    done,
    state: () => worker.getState(),
    onPolled: (listener) => void listeners.push(listener),
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await done;
    },
  };
}

/** What is live ends when the config says so now, whatever it said when it was delivered. */
async function applyExpiry({ store, feeds, log }: Deps): Promise<void> {
  for (const name of feeds.names()) {
    if (await store.setExpiry(name, feeds.get(name)!.lifetime.expiry))
      log.info({ feed: name }, 'expireAfter has changed: what is live gets its new end');
  }
}

/** What workflows call outside their history. */
const sinksOf = (polled: (feed: string, state: PolledState) => void): InjectedSinks<RelaySinks> => ({
  relay: { polled: { fn: (_, feed, state) => polled(feed, state), callDuringReplay: false } },
});

async function connect({ address, options: { tls, apiKey } }: TemporalTarget): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({
      address,
      ...(tls === undefined || tls === null ? {} : { tls }),
      ...(typeof apiKey === 'string' ? { apiKey } : {}),
    });
  } catch (error) {
    throw unreachable(address, error);
  }
}

let installed = false;

/** Once in a process, before anything else of Temporal. */
function installLogger(log: Logger): void {
  if (installed) return;
  installed = true;
  TemporalRuntime.install({ logger: new BridgedLogger(log), shutdownSignals: [] });
}

/** Workflow logs that are ours (`feed.blocked`) keep their level; what the SDK says of itself is for debugging, unless it is a warning. */
class BridgedLogger implements TemporalLogger {
  private readonly target: Logger;
  constructor(target: Logger) {
    this.target = target;
  }
  log(level: string, message: string, meta?: LogMetadata): void {
    if (level === 'ERROR') this.error(message, meta);
    else if (level === 'WARN') this.warn(message, meta);
    else this.target.debug(chosen(meta), message);
  }
  trace(message: string, meta?: LogMetadata): void {
    this.target.trace(chosen(meta), message);
  }
  debug(message: string, meta?: LogMetadata): void {
    this.target.debug(chosen(meta), message);
  }
  info(message: string, meta?: LogMetadata): void {
    this.target.debug(chosen(meta), message);
  }
  warn(message: string, meta?: LogMetadata): void {
    this.target.warn(chosen(meta), message);
  }
  error(message: string, meta?: LogMetadata): void {
    this.target.error(chosen(meta), message);
  }
}

const SHOWN = ['feed', 'by', 'reason', 'until', 'mode', 'activityType', 'workflowId', 'attempt', 'error'] as const;

/** The SDK adds a dozen ids to each line. */
const chosen = (meta: LogMetadata = {}): Record<string, unknown> =>
  Object.fromEntries(SHOWN.filter((key) => meta[key] !== undefined).map((key) => [key, shown(meta[key])]));

const shown = (value: unknown): unknown =>
  value instanceof Error ? (value.cause instanceof Error ? value.cause.message : value.message) : value;
