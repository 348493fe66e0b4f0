// status: what each feed is doing, how far it has come, what it needs.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { Status } from '../../workflows/feed.ts';
import { isoOf } from '../core/times.ts';
import { entityId } from '../entity.ts';
import { ConfigError } from '../errors.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { scheduleId } from '../schedules.ts';
import { EXIT, feedOf, openContext, withClient, type Connected, type Context, type GlobalOptions } from './context.ts';
import { statusOf, troubleOf, type Trouble } from './feed-client.ts';
import { modeLine } from './operate.ts';

export interface FeedStatus {
  feed: string;
  /** `not running`: the answer comes from the checkpoint. */
  mode: Status['mode'] | 'not running' | 'unknown';
  state: Omit<Status, 'mode' | 'outbox'> | null;
  /** Seconds between now and the second up to which all is confirmed. */
  lagSeconds: number | null;
  ledger: { live: number; withdrawn: number; rejected: number };
  deadLetters: number;
  nextPoll: string | null;
  schedulePaused: boolean;
  /** What is being tried again, and why. */
  trouble: Trouble | null;
}

const WATCH_MS = 2_000;

export function registerStatus(program: Command): void {
  program
    .command('status')
    .argument('[feed]')
    .option('--watch', 'again every two seconds')
    .option('--check', 'say nothing when all is well; otherwise name the feeds that need somebody, and exit 1')
    .description('what each feed is doing, how far it has come, what it needs')
    .addHelpText(
      'after',
      '\nExamples:\n  npx misp-relay status\n  npx misp-relay status splunk-all --json\n  npx misp-relay status --check',
    )
    .action(run);
}

interface Options {
  watch?: boolean;
  check?: boolean;
}

async function run(given: string | undefined, { watch = false, check = false }: Options, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  if (watch && (context.json || check)) throw new ConfigError(['--watch goes neither with --json nor with --check']);
  const names = given === undefined ? Object.keys(context.config.feeds) : [feedOf(context, given)];
  await withClient(context, async (connected) => {
    const store = openSqlite(context.config.storePath);
    try {
      do {
        const feeds = await Promise.all(names.map((name) => feedStatus(connected, store, name)));
        if (watch && process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H');
        const ill = feeds.filter(needsSomebody);
        const shown = check ? ill.flatMap(linesOf) : textOf(context, connected, feeds);
        context.answer({ temporal: connected.target.address, ui: connected.uiUrl, feeds }, shown);
        if (check && ill.length > 0) process.exitCode = EXIT.failed;
        if (watch) await sleep(WATCH_MS);
      } while (watch);
    } finally {
      await store.close();
    }
  });
}

/** A feed that goes on by itself needs nobody, and neither does one that somebody has paused. */
const needsSomebody = ({ mode, nextPoll, schedulePaused }: FeedStatus): boolean =>
  ['blocked', 'stalled', 'not running', 'unknown'].includes(mode) || (nextPoll === null && !schedulePaused);

const isRunning = (client: Client, workflow: string): Promise<boolean> =>
  client.workflow
    .getHandle(workflow)
    .describe()
    .then(
      ({ status }) => status.name === 'RUNNING',
      () => false,
    );

export async function feedStatus({ client }: Connected, store: Store, feed: string): Promise<FeedStatus> {
  // One that has ended still answers queries, with the state in which it ended.
  const answered = (await isRunning(client, entityId(feed))) ? await statusOf(client, entityId(feed)) : null;
  const kept = answered ?? (await store.readCheckpoint(entityId(feed)));
  const schedule = await client.schedule
    .getHandle(scheduleId(feed))
    .describe()
    .catch(() => null);
  const now = Math.floor(Date.now() / 1000);
  const { outbox: _, ...state } = kept ?? { outbox: [] };
  return {
    feed,
    mode: answered ? answered.mode : kept ? 'not running' : 'unknown',
    state: kept ? (state as FeedStatus['state']) : null,
    lagSeconds: kept && kept.totals.polls > 0 ? Math.max(0, now - kept.cursor.second) : null,
    ledger: await store.countLedger(feed),
    deadLetters: await store.countDeadLetters(feed),
    nextPoll: schedule?.info.nextActionTimes[0]?.toISOString() ?? null,
    schedulePaused: schedule?.state.paused ?? false,
    trouble: await troubleOf(client, entityId(feed)),
  };
}

function textOf({ config }: Context, { target, uiUrl }: Connected, feeds: readonly FeedStatus[]): string[] {
  const head = `${config.name} · Temporal ${target.address}${uiUrl ? ` · Web UI ${uiUrl}` : ''}`;
  return [head, ...feeds.flatMap(linesOf)];
}

export function linesOf({
  feed,
  mode,
  state,
  lagSeconds,
  ledger,
  deadLetters,
  nextPoll,
  schedulePaused,
  trouble,
}: FeedStatus): string[] {
  if (!state) return [`${feed}: unknown: run \`misp-relay apply\``];
  const { poll, totals, cursor, reading, notes, queued, running } = state;
  const how =
    mode === 'not running'
      ? 'not running, or no worker answers; from its checkpoint:'
      : modeLine({ ...state, outbox: [], mode } as Status);
  const filtered = Object.entries(poll.filtered).map(([rule, n]) => `${n} ${rule}`);
  const lines = [
    `${feed}: ${how}`,
    `  confirmed up to  ${totals.polls > 0 ? `${isoOf(cursor.second)} (lag ${lagSeconds} s)` : 'nothing yet'}${reading?.until ? `, reading up to ${isoOf(reading.until)}` : ''}`,
    `  ${reading ? 'this poll      ' : 'last poll      '}  ${poll.pages} pages, ${poll.rows} rows: ${poll.confirmed} confirmed, ${poll.unchanged} unchanged, ${poll.rejected} dead letters${filtered.length > 0 ? `, filtered: ${filtered.join(', ')}` : ''}`,
    `  at the destination  ${ledger.live} live, ${ledger.withdrawn} withdrawn; ${totals.confirmed} sent in all, ${totals.possibleDuplicates} perhaps twice`,
    `  dead letters     ${deadLetters}`,
    `  next poll        ${schedulePaused ? 'the Schedule is paused' : (nextPoll ?? 'no Schedule: run `misp-relay apply`')}`,
  ];
  if (trouble) lines.push(`  trying again     ${trouble.activity}, attempt ${trouble.attempt}: ${trouble.reason}`);
  for (const { id, since, until } of running)
    lines.push(`  backfill ${id}  running, ${isoOf(since)} to ${isoOf(until)}`);
  for (const { id } of queued) lines.push(`  backfill ${id}  waits`);
  for (const { reason, at } of notes) lines.push(`  ${isoOf(at)}  ${reason}`);
  return lines;
}
