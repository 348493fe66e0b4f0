// up: everything on one machine: the embedded Temporal server, a worker, the feeds of the config, a live view.
import type { Command } from 'commander';
import { apply } from '../apply.ts';
import { processEnv, type RelayConfig } from '../config.ts';
import { beforeLogLine, type Logger } from '../log.ts';
import { RetryableError } from '../errors.ts';
import { startMonitor } from '../monitor/monitor.ts';
import { createRuntime, type Runtime } from '../runtime.ts';
import { clusterTarget, connectClient, embeddedTarget } from '../temporal.ts';
import { ensureTemporalServer, fromEnvironment, showProgress, type TemporalServer } from '../temporal-server.ts';
import type { RunningWorker } from '../worker.ts';
import { lineOf } from './apply.ts';
import { checkLines } from './check.ts';
import { EXIT, openContext, type Connected, type Context, type GlobalOptions } from './context.ts';
import { firstPollLines } from './first-poll.ts';
import { installLines } from './install.ts';
import { LiveView } from './live-view.ts';
import { feedStatus, linesOf, type FeedStatus } from './status.ts';
import { sleepUnless, stopSignal } from './stop.ts';

interface Options {
  once?: boolean;
  initial?: boolean;
}

const LOOK_MS = 1_000;
/** So long a feed that was blocked before has to read and deliver its page. */
const TRIAL_MS = 15_000;

export function registerUp(program: Command): void {
  program
    .command('up')
    .option('--once', 'end when every feed has caught up')
    .option('--initial', 'begin with everything that MISP has (since 0), for feeds that are new')
    .description('run everything on this machine: Temporal, a worker, the feeds of the config, a live view')
    .addHelpText('after', '\nExamples:\n  npx misp-relay up\n  npx misp-relay up --once --initial --json')
    .action(run);
}

async function run({ once = false, initial = false }: Options, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>(), { demo: false });
  const config = initial ? withEverything(context.config) : context.config;
  say(await installLines(config, context.log)); // before the check, which would miss what is made here
  say(await checkLines(config, context.log)); // it stops nothing: an outage passes, and a feed that is blocked says so
  const relay = await startRelay(config, context.log);
  const stopped = stopSignal();
  try {
    const plan = { moved: [], dryRun: false };
    const known = await apply(relay.client, relay.runtime.store, config, relay.target.taskQueue, plan);
    say(known.map(lineOf));
    if (relay.uiUrl) say([`Web UI: ${relay.uiUrl}`]);
    if (relay.healthUrl) say([`Health: ${relay.healthUrl}/healthz, metrics: ${relay.healthUrl}/metrics`]);
    const fresh = known.filter(({ change }) => change === 'new').map(({ feed }) => feed);
    // A MISP that is slow to count must not keep anybody waiting.
    const told = firstPollLines(relay.runtime, config, fresh).then((lines) =>
      stopped.aborted ? undefined : say(lines),
    );
    await (once ? untilCaughtUp(context, relay, stopped) : watch(context, relay, stopped));
    if (once && !stopped.aborted) await told;
  } finally {
    await relay.stop();
  }
}

const say = (lines: readonly string[]): void => {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
};

const withEverything = (config: RelayConfig): RelayConfig => ({
  ...config,
  feeds: Object.fromEntries(Object.entries(config.feeds).map(([name, feed]) => [name, { ...feed, since: 0 }])),
});

export interface Relay extends Connected {
  runtime: Runtime;
  worker: RunningWorker;
  server: TemporalServer | null;
  /** Where /healthz and /metrics are; null: nowhere. */
  healthUrl: string | null;
  /** Finishes what is under way; safe to call twice. */
  stop(): Promise<void>;
}

/** Server (unless the config names one), worker and client. What was started is stopped when a later part fails. */
export async function startRelay(
  config: RelayConfig,
  log: Logger,
  ports?: { port?: number; uiPort?: number },
): Promise<Relay> {
  const runtime = await createRuntime(config, log);
  const closers: (() => Promise<unknown>)[] = [() => runtime.close()];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= closeAll(closers));
  try {
    const server = config.temporal ? null : await startServer(config, log, ports);
    if (server) closers.unshift(() => server.stop());
    const target = config.temporal
      ? clusterTarget(config, config.temporal, processEnv())
      : embeddedTarget(server!.address);
    const client = await connectClient(target);
    closers.unshift(() => client.connection.close());
    const { startWorker } = await import('../worker.ts'); // it loads a second's worth of code that no other command needs
    const worker = await startWorker(target, runtime, log);
    closers.unshift(() => worker.stop());
    const monitor = await startMonitor({ config, runtime, client, worker, log });
    closers.splice(1, 0, () => monitor.stop()); // the last poll of the worker is told
    const uiUrl = server?.uiUrl ?? null;
    return { runtime, worker, server, client, target, uiUrl, healthUrl: monitor.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function closeAll(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const close of closers) await close().catch(() => {}); // one that fails must not keep the others open
}

async function startServer(
  config: RelayConfig,
  log: Logger,
  ports: { port?: number; uiPort?: number } | undefined,
): Promise<TemporalServer> {
  const progress = showProgress(process.stderr);
  try {
    const server = await ensureTemporalServer({
      ...fromEnvironment(processEnv()),
      dataDir: config.dataDir,
      ...(ports ? { ports } : {}),
      onProgress: progress.report,
      onEvent: (event) => log.warn({ event }, 'the Temporal server'),
    });
    if (server.owned) return server;
  } finally {
    progress.end();
  }
  // Its server would end with the other relay, and two workers do not share a store that is a file.
  throw new RetryableError(
    'RELAY_RUNS_ALREADY',
    `another relay runs on ${config.dataDir}: stop it first, or give this one a store of its own (store: sqlite:./other/relay.db)`,
  );
}

function liveView(): LiveView {
  const view = new LiveView(process.stderr);
  beforeLogLine(() => view.stepAside());
  return view;
}

/** Runs until it is stopped. */
async function watch(context: Context, relay: Relay, stopped: AbortSignal): Promise<void> {
  const view = liveView();
  const failure = failureOf(relay);
  while (!stopped.aborted && !failure.met) {
    // A server that is being restarted answers again soon.
    const feeds = await statuses(context, relay).catch(() => null);
    if (feeds && !stopped.aborted) view.show(feeds);
    await sleepUnless(stopped, LOOK_MS);
  }
  if (failure.met) await relay.worker.done;
}

/** Ends when every feed is at rest after a whole poll; a feed that is blocked has not caught up. */
async function untilCaughtUp(context: Context, relay: Relay, stopped: AbortSignal): Promise<void> {
  const view = liveView();
  const begun = Date.now();
  const failure = failureOf(relay);
  const before = await statuses(context, relay);
  const pollsBefore = new Map(before.map((feed) => [feed.feed, pollsOf(feed)]));
  const heldBefore = new Set(before.filter(isHeld).map(({ feed }) => feed));
  // A block from before is tried first: the Schedule, or `apply`, asks for a poll.
  const isTried = (): boolean => Date.now() - begun > TRIAL_MS;
  const caughtUpOrHeld = (feed: FeedStatus): boolean =>
    (isHeld(feed) && (feed.mode === 'paused' || !heldBefore.has(feed.feed) || isTried())) ||
    isCaughtUp(feed, pollsBefore.get(feed.feed)!);
  let feeds: FeedStatus[] = [];
  while (!stopped.aborted && !failure.met) {
    feeds = await statuses(context, relay);
    view.show(feeds);
    if (feeds.every(caughtUpOrHeld)) break;
    await sleepUnless(stopped, LOOK_MS);
  }
  if (failure.met) await relay.worker.done;
  const caughtUp = feeds.length > 0 && feeds.every((feed) => caughtUpOrHeld(feed) && !isHeld(feed));
  const seconds = Math.round((Date.now() - begun) / 100) / 10;
  context.answer({ caughtUp, seconds, feeds }, feeds.flatMap(linesOf));
  if (!caughtUp) process.exitCode = EXIT.failed;
}

const pollsOf = ({ state }: FeedStatus): number => state?.totals.polls ?? 0;

/** Somebody must help, or has paused it. */
const isHeld = ({ mode }: FeedStatus): boolean => mode === 'blocked' || mode === 'paused';

/** A whole poll has ended. A feed whose polls take longer than its interval is never idle: there the second end counts. */
const isCaughtUp = (feed: FeedStatus, pollsBefore: number): boolean =>
  (feed.mode === 'idle' && pollsOf(feed) > 0) || pollsOf(feed) >= pollsBefore + 2;

/** `met` as soon as the worker has failed. */
function failureOf({ worker }: Relay): { met: boolean } {
  const failure = { met: false };
  worker.done.catch(() => (failure.met = true));
  return failure;
}

const statuses = ({ config }: Context, relay: Relay): Promise<FeedStatus[]> =>
  Promise.all(Object.keys(config.feeds).map((feed) => feedStatus(relay, relay.runtime.store, feed)));
