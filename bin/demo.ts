// npm run demo: everything on this machine, with a simulated MISP and a simulated Splunk HTTP Event Collector
// or Elasticsearch.
// New, edited and deleted attributes arrive while it runs. `-- --once --json` ends when all of it has arrived, and counts.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { apply } from '../src/apply.ts';
import { explain } from '../src/commands/context.ts';
import { command } from '../src/commands/feed-client.ts';
import { LiveView } from '../src/commands/live-view.ts';
import { feedStatus } from '../src/commands/status.ts';
import { sleepUnless, stopSignal } from '../src/commands/stop.ts';
import { startRelay, type Relay } from '../src/commands/up.ts';
import { loadConfig, processEnv } from '../src/config.ts';
import { messageOf } from '../src/errors.ts';
import { beforeLogLine, createLog } from '../src/log.ts';
import { compare } from '../simulators/compare.ts';
import type { TrueAttribute } from '../simulators/misp/truth.ts';
import { FOLDER, MISP_KEY, emptyFolder, writeConfig } from './demo/config.ts';
import { startSimulator, type Simulator } from './demo/processes.ts';
import { openSink, type Sink, SINKS } from './demo/sinks.ts';

const HELP = `npm run demo [-- OPTIONS]

  --destination D  splunk (default) or elasticsearch: a simulated one, or that of ELASTICSEARCH_URL and ELASTICSEARCH_API_KEY
  --events DIR     real MISP event files instead of generated ones
  --attributes N   so many generated attributes (default 5000)
  --once           end when the changes have stopped and a whole poll came after
  --json           with --once: one JSON document on stdout (npm run --silent keeps npm's own lines away)
  --seed N         other data and other changes`;

const FEED = 'demo';
const LOOK_MS = 1_000;
/** Changes in MISP while --once runs, and how long they take. */
const CHANGES = 60;
const CHANGE_MS = 100;

process.umask(0o077);
const options = optionsOf();
/** Ends with exit code 2, and nothing started, when they are wrong. */
function optionsOf() {
  try {
    const { values } = parseArgs({
      options: {
        destination: { type: 'string', default: 'splunk' },
        events: { type: 'string' },
        attributes: { type: 'string', default: '5000' },
        seed: { type: 'string', default: '1' },
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    for (const name of ['attributes', 'seed'] as const) {
      if (!/^\d{1,7}$/.test(values[name])) throw new Error(`--${name} ${values[name]} is no number`);
    }
    const destination = SINKS.find((name) => name === values.destination);
    if (!destination) throw new Error(`--destination ${values.destination} is none of ${SINKS.join(', ')}`);
    if (values.events !== undefined && !existsSync(values.events))
      throw new Error(`--events ${values.events}: there is no such folder`);
    return { ...values, destination };
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${HELP}\n`);
    process.exit(2);
  }
}

async function main(): Promise<void> {
  const begun = Date.now();
  await emptyFolder();
  const data = options.events === undefined ? ['--attributes', options.attributes] : ['--events', options.events];
  const misp = await startSimulator('misp', ['--key', MISP_KEY, '--seed', options.seed, ...data]);
  const sink = await openSink(options.destination);
  const path = writeConfig(misp.url, options.destination, sink);
  const config = loadConfig({ path, env: processEnv(), cwd: FOLDER });
  const log = createLog(config.logLevel);
  const end = (): Promise<unknown> => Promise.all([misp.stop(), sink.stop()]);
  const relay = await sink
    .prepare(config, log)
    .then(() => startRelay(config, log))
    .catch(async (error: unknown) => {
      await end();
      throw error;
    });
  const stopped = stopSignal();
  try {
    await apply(relay.client, relay.runtime.store, config, relay.target.taskQueue, { moved: [], dryRun: false });
    welcome(relay);
    const view = new LiveView(process.stderr);
    beforeLogLine(() => view.stepAside());
    if (options.once)
      await once({
        relay,
        misp,
        view,
        stopped,
        begun,
        holdings: () => sink.holdings(config, log),
        isCopy: sink.isCopy,
      });
    else await forEver(relay, misp, view, stopped);
  } finally {
    await relay.stop();
    await end();
  }
}

function welcome({ uiUrl, healthUrl }: Relay): void {
  process.stderr.write(`
  Web UI          ${uiUrl}/namespaces/default/workflows/sync%2F${FEED}
  pause it        npx misp-relay pause ${FEED} --reason "having a look"    (and: npx misp-relay resume ${FEED})
  read it again   npx misp-relay backfill ${FEED} --since 90d --redeliver --yes --wait
  how it is       npx misp-relay status
  metrics         ${healthUrl}/metrics

`);
}

const change = (misp: Simulator): Promise<unknown> => misp.ask('change', { op: 'activity' });
const show = async (relay: Relay, view: LiveView) => {
  const status = await feedStatus(relay, relay.runtime.store, FEED);
  view.show([status]);
  return status;
};

async function forEver(relay: Relay, misp: Simulator, view: LiveView, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await change(misp).catch(() => {}); // the next one will do
    await show(relay, view).catch(() => {}); // a server that is being restarted answers again soon
    await sleepUnless(stopped, LOOK_MS);
  }
}

interface Once {
  relay: Relay;
  misp: Simulator;
  view: LiveView;
  stopped: AbortSignal;
  begun: number;
  holdings: () => ReturnType<Sink['holdings']>;
  isCopy: boolean;
}

async function once({ relay, misp, view, stopped, begun, holdings, isCopy }: Once): Promise<void> {
  for (let n = 0; n < CHANGES && !stopped.aborted; n++) {
    await change(misp);
    await sleepUnless(stopped, CHANGE_MS);
  }
  await wholePoll(relay, view, stopped);
  if (stopped.aborted) return;
  const letters = await relay.runtime.store.listDeadLetters({ feed: FEED, limit: 1_000_000 });
  const set = new Set(letters.flatMap(({ uuid }) => uuid ?? []));
  const mispTruth = await misp.ask<{ byUuid: Record<string, TrueAttribute> }>('truth');
  const held = await holdings();
  // What goes there is what the filter lets pass: in a copy, the rest must not stand there.
  const { missing, duplicates, stale } = compare(mispTruth, held, set, (row) => !isCopy || row.toIds);
  const lost = isCopy ? missing.filter((uuid) => !stale.includes(uuid)) : missing;
  const { state } = await feedStatus(relay, relay.runtime.store, FEED);
  const document = {
    read: state!.totals.rows,
    delivered: state!.totals.confirmed,
    withdrawn: state!.totals.withdrawn,
    filtered: state!.totals.filtered,
    deadLetters: letters.length,
    missing: lost.length,
    ...(isCopy ? { stale: stale.length } : {}),
    duplicates,
    attributes: Object.keys(mispTruth.byUuid).length,
    events: held.events,
    polls: state!.totals.polls,
    seconds: Math.round((Date.now() - begun) / 100) / 10,
  };
  const lines = Object.entries(document).map(([key, value]) => `${key.padEnd(12)} ${value}\n`);
  process.stdout.write(options.json ? `${JSON.stringify(document)}\n` : lines.join(''));
  for (const uuid of lost.slice(0, 5)) process.stderr.write(`missing: ${uuid}\n`);
  for (const uuid of isCopy ? stale.slice(0, 5) : []) {
    const why = mispTruth.byUuid[uuid]
      ? ''
      : ' (deleted for good in MISP, which shows that to nobody: docs/guarantees.md)';
    process.stderr.write(`stale: ${uuid}${why}\n`);
  }
  if (missing.length > 0 || stale.some((uuid) => isCopy && mispTruth.byUuid[uuid])) process.exitCode = 1;
}

/** Until a poll that began after this moment has been read to its end. Changes of this very second are in it. */
async function wholePoll(relay: Relay, view: LiveView, stopped: AbortSignal): Promise<void> {
  const since = Math.floor(Date.now() / 1000) + 1;
  const { state: before } = await show(relay, view);
  while (!stopped.aborted) {
    await sleepUnless(stopped, LOOK_MS);
    const { mode, state } = await show(relay, view);
    if (!state) continue;
    if (mode === 'blocked') return; // it will not go on by itself; what is missing is counted
    // Polls that take longer than the interval follow each other without a rest: then the second end is that of a whole one.
    if (state.totals.polls >= (before?.totals.polls ?? 0) + 2) return;
    if (mode === 'idle' && state.poll.startedAt >= since && state.poll.endedAt !== null) return;
    if (mode === 'idle') await command(relay, FEED, 'poll');
  }
}

function fail(error: unknown): void {
  const { lines, exitCode } = explain(error);
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  process.exitCode = exitCode;
}

if (options.help) console.log(HELP);
else await main().catch(fail);
