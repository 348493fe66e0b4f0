// backfill: read a window of the past, beside the polls.
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { isoOf, timeOf } from '../core/times.ts';
import { statusOf } from '../entity.ts';
import { ConfigError, messageOf } from '../errors.ts';
import { countMatching } from '../misp/count.ts';
import { createRuntime } from '../runtime.ts';
import { EXIT, feedOf, openContext, withClient, type Connected, type Context, type GlobalOptions } from './context.ts';
import { command, queue, QUEUE } from './feed-client.ts';
import { modeLine } from './operate.ts';

interface Options {
  since: string;
  until?: string;
  id?: string;
  redeliver?: boolean;
  yes?: boolean;
  wait?: boolean;
  queue?: boolean;
}

interface Window {
  id: string;
  since: number;
  until: number;
}

const LOOK_MS = 1_000;
const COUNT_TIMEOUT_MS = 60_000;

export function registerBackfill(program: Command): void {
  program
    .command('backfill')
    .argument('[feed]')
    .requiredOption('--since <time>', 'epoch seconds, an ISO date, or a time ago such as 90d; 0: everything')
    .option('--until <time>', 'default: now')
    .option('--id <name>', 'a name for it; asked for again, it goes on where it was')
    .option('--redeliver', 'send again what is confirmed')
    .option('--yes', 'do not ask')
    .option('--wait', 'show its progress until it is done')
    .option(...QUEUE)
    .description('read a window of the past, beside the polls')
    .addHelpText(
      'after',
      '\nExamples:\n  npx misp-relay backfill splunk-all --since 90d --wait\n  npx misp-relay backfill splunk-all --since 2025-01-01 --until 2025-06-30 --id spring --yes',
    )
    .action(backfill);
}

async function backfill(given: string | undefined, options: Options, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  const feed = feedOf(context, given);
  const window = windowOf(options);
  const count = await howMany(context, feed, window);
  if (!(await agreed(context, window, count, options))) {
    context.answer({ feed, ...window, count, started: false }, ['nothing was started']);
    return;
  }
  await withClient(context, async (connected) => {
    const { redeliver = false, queue: queued = false } = options;
    if (queued) await queue(connected, feed, 'backfill', { ...window, redeliver });
    else await command(connected, feed, 'backfill', { ...window, redeliver });
    if (!options.wait) {
      context.answer({ feed, ...window, count, started: !queued, ...(queued ? { queued } : {}) }, [
        `${feed}: backfill ${window.id} is ${queued ? 'queued' : 'asked for'}; see \`misp-relay status\``,
      ]);
      return;
    }
    await wait(context, connected, feed, window, count);
  });
}

function windowOf({ since: from, until: to, id }: Options): Window {
  const now = Math.floor(Date.now() / 1000);
  const since = timeOf(from, now);
  const until = to === undefined ? now : timeOf(to, now);
  if (since === undefined)
    throw new ConfigError([`--since ${from} is no time: write 90d, 2026-01-31, epoch seconds, or 0`]);
  if (until === undefined) throw new ConfigError([`--until ${to} is no time: write 7d, 2026-01-31, or epoch seconds`]);
  if (since > until) throw new ConfigError([`--since ${isoOf(since)} lies after --until ${isoOf(until)}`]);
  return { id: id ?? `${since}-${until}`, since, until };
}

/** Null: MISP does not say right now; the backfill itself will wait for it. */
async function howMany({ config, log }: Context, feed: string, { since, until }: Window): Promise<number | null> {
  const runtime = await createRuntime(config, log);
  try {
    const { source, filter } = runtime.feeds.get(feed)!;
    const signal = AbortSignal.timeout(COUNT_TIMEOUT_MS);
    const from = await countMatching(source.client, filter, since, signal);
    const after = await countMatching(source.client, filter, until + 1, signal);
    return Math.max(0, from.count - after.count);
  } catch (error) {
    process.stderr.write(`how many attributes that is, is not known: ${messageOf(error)}\n`);
    return null;
  } finally {
    await runtime.close();
  }
}

async function agreed(
  { json }: Context,
  { since, until }: Window,
  count: number | null,
  { yes }: Options,
): Promise<boolean> {
  const what = `${count ?? 'an unknown number of'} attributes from ${isoOf(since)} to ${isoOf(until)} (at most: the feed's filter decides)`;
  process.stderr.write(`${what}\n`);
  if (yes) return true;
  if (json || !process.stdin.isTTY) throw new ConfigError(['not on a terminal: add --yes to start it']);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Start it? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

/** A bar with rate and time left on a terminal, a line now and then elsewhere. */
async function wait(
  context: Context,
  { client }: Connected,
  feed: string,
  window: Window,
  count: number | null,
): Promise<void> {
  const workflow = `backfill/${feed}/${window.id}`;
  const begun = Date.now();
  let rows = 0;
  for (;;) {
    const status = await statusOf(client, workflow);
    rows = Math.max(rows, status?.totals.rows ?? 0);
    const described = await client.workflow
      .getHandle(workflow)
      .describe()
      .catch(() => null);
    if (described && described.status.name !== 'RUNNING') {
      if (process.stderr.isTTY) process.stderr.write('\n');
      const done = described.status.name === 'COMPLETED';
      const seconds = Math.round((Date.now() - begun) / 1000);
      context.answer({ feed, ...window, count, done, rows, seconds }, [
        `backfill ${window.id}: ${done ? 'done' : described.status.name.toLowerCase()}, ${rows} rows in ${seconds} s`,
      ]);
      if (!done) process.exitCode = EXIT.failed;
      return;
    }
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${bar(rows, count, Date.now() - begun)} ${status ? modeLine(status) : 'waiting'}`);
    await sleep(LOOK_MS);
  }
}

const BAR_CHARACTERS = 30;

function bar(rows: number, count: number | null, ms: number): string {
  const rate = rows / Math.max(1, ms / 1000);
  if (!count) return `${rows} rows, ${Math.round(rate)}/s`;
  const share = Math.min(1, rows / count);
  const filled = Math.round(share * BAR_CHARACTERS);
  const left = rate > 0 ? `${Math.ceil(Math.max(0, count - rows) / rate)} s left` : '';
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_CHARACTERS - filled)}] ${Math.round(share * 100)} %  ${rows}/${count}  ${Math.round(rate)}/s  ${left}`;
}
