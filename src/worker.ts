// The worker: one process that runs workflows and activities of one task queue.
import {
  NativeConnection,
  Runtime as TemporalRuntime,
  Worker,
  type Logger as TemporalLogger,
  type LogMetadata,
} from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { sweepStore } from '../activities/checkpoints.ts';
import type { Deps } from '../activities/deps.ts';
import type { Logger } from './log.ts';
import { every, sleep, type Runtime } from './runtime.ts';
import { dataConverter, unreachable, type TemporalTarget } from './temporal.ts';
import { workflowBundle, type BundleOptions } from './workflow-bundle.ts';

export interface RunningWorker {
  /** Rejects when the worker fails; resolves after `stop`. */
  done: Promise<void>;
  /** Finishes what is under way within the grace time, and gives the rest back. */
  stop(): Promise<void>;
}

const GRACE = '7s';
const HEARTBEAT = '2s';
const SWEEP_MS = 3_600_000;
/** Enough for a fetch and a delivery of some dozens of feeds. */
const ACTIVITIES_MAX = 40;

/** Connects, and works until it is stopped. Throws RetryableError TEMPORAL_UNREACHABLE. */
export async function startWorker(
  target: TemporalTarget,
  { store, feeds }: Runtime,
  log: Logger,
  bundle: BundleOptions = {},
): Promise<RunningWorker> {
  const deps: Deps = { store, feeds, log, nowMs: Date.now, sleep, every };
  installLogger(log);
  const connection = await connect(target);
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    taskQueue: target.taskQueue,
    workflowBundle: { codePath: await workflowBundle(bundle) },
    dataConverter,
    activities: createActivities(deps),
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
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await done;
    },
  };
}

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
