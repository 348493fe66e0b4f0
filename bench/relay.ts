// Part (a): the relay as it is, from the first request of its first poll until the feed has caught up, through a Temporal server of its own.
import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { apply } from '../src/apply.ts';
import { startRelay } from '../src/commands/up.ts';
import { loadConfig, processEnv } from '../src/config.ts';
import { entityId } from '../src/entity.ts';
import { createLog } from '../src/log.ts';
import type { Store } from '../src/store/store.ts';
import { FEED } from './simulated.ts';
import { stopwatch, type Lap } from './stopwatch.ts';

export interface RelayRun extends Lap {
  rows: number;
  pages: number;
  /** Bytes of all histories of the entity, and how many runs it had. */
  historyBytes: number;
  runs: number;
  /** The longest time in which the event loop of the worker did not turn. */
  stuckMsMax: number;
  memory: MemoryMark[];
}

export interface MemoryMark {
  /** So many rows were confirmed. */
  rows: number;
  /** MB of the whole process of the worker, since its start. */
  peak: number;
  /** The mean of the last two seconds. */
  rss: number;
  heap: number;
}

const LOOK_MS = 25;
const MEAN_OF = 2_000 / LOOK_MS;

/** `marks`: numbers of rows at which the memory is noted, and `noted` is told; the end is always noted. */
export async function runRelay(
  configPath: string,
  marks: readonly number[],
  noted: (mark: MemoryMark) => void = () => {},
): Promise<RelayRun> {
  const config = loadConfig({ path: configPath, env: processEnv(), cwd: process.cwd() });
  const firstSearch = whenFirstSearched();
  const relay = await startRelay(config, createLog('error'));
  try {
    await apply(relay.client, relay.runtime.store, config, relay.target.taskQueue, { moved: [], dryRun: false });
    const stop = stopwatch(await firstSearch);
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const { rows, pages, memory } = await caughtUp(relay.runtime.store, new Memory(marks, noted));
    const lap = stop();
    delay.disable();
    const history = await historyOf(relay.client);
    return { rows, pages, ...lap, ...history, stuckMsMax: Math.round(delay.max / 1e6), memory };
  } finally {
    await relay.stop();
  }
}

/** When the first search was sent, by the clock of performance.now(). */
function whenFirstSearched(): Promise<number> {
  return new Promise((resolve) => {
    subscribe('undici:request:create', (message) => {
      const { path } = (message as { request: { path: string } }).request;
      if (path.endsWith('/restSearch')) resolve(performance.now());
    });
  });
}

/** Looks at the checkpoint, which the last page commits: a query would make work for the workflow that is measured. */
async function caughtUp(store: Store, memory: Memory): Promise<Pick<RelayRun, 'rows' | 'pages' | 'memory'>> {
  for (;;) {
    const state = await store.readCheckpoint(entityId(FEED));
    const { rows, pages, polls } = state!.totals;
    memory.look(rows, polls > 0);
    if (state!.blocked) throw new Error(`the feed is blocked: ${state!.blocked.reason}`);
    if (polls > 0) return { rows, pages, memory: memory.noted };
    await sleep(LOOK_MS);
  }
}

class Memory {
  readonly noted: MemoryMark[] = [];
  private readonly marks: number[];
  private readonly tell: (mark: MemoryMark) => void;
  private last: number[] = [];
  private peak = 0;

  constructor(marks: readonly number[], tell: (mark: MemoryMark) => void) {
    this.marks = [...marks];
    this.tell = tell;
  }

  look(rows: number, end: boolean): void {
    const rss = process.memoryUsage.rss();
    this.peak = Math.max(this.peak, rss);
    this.last = [...this.last, rss].slice(-MEAN_OF);
    if (!end && rows < (this.marks[0] ?? Infinity)) return;
    while (rows >= (this.marks[0] ?? Infinity)) this.marks.shift();
    const mean = this.last.reduce((sum, each) => sum + each, 0) / this.last.length;
    const mark = { rows, peak: mb(this.peak), rss: mb(mean), heap: mb(process.memoryUsage().heapUsed) };
    this.noted.push(mark);
    this.tell(mark);
  }
}

const mb = (bytes: number): number => Math.round(bytes / 1e5) / 10;

/** The entity begins a new run when its history has grown; what all runs hold together was written for the pages. */
async function historyOf(client: Client): Promise<{ historyBytes: number; runs: number }> {
  let historyBytes = 0;
  let runs = 0;
  let runId: string | undefined;
  for (;;) {
    const { raw } = await client.workflow.getHandle(entityId(FEED), runId).describe();
    const info = raw.workflowExecutionInfo!;
    historyBytes += Number(info.historySizeBytes);
    runs++;
    const { events } = await client.workflow.getHandle(entityId(FEED), info.execution!.runId!).fetchHistory();
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
    if (runId === undefined) return { historyBytes, runs };
  }
}
