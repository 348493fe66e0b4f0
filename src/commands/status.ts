// status: what each feed is doing, how far it has come, what it needs.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Status } from '../../workflows/feed.ts';
import { durationOf, isoOf } from '../core/times.ts';
import { entityId } from '../entity.ts';
import { ConfigError } from '../errors.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { scheduleId } from '../schedules.ts';
import {
  CHECK_EXIT,
  feedOf,
  openContext,
  withClient,
  type Connected,
  type Context,
  type GlobalOptions,
} from './context.ts';
import { lookAt, type FeedLook } from '../monitor/look.ts';
import { troublesOf } from '../monitor/well.ts';
import { troubleOf, type Trouble } from './feed-client.ts';
import { modeLine } from './operate.ts';

export interface FeedStatus extends FeedLook {
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
    .option('--check', 'say nothing and exit 0 when all is well; otherwise name the feeds that are not, and exit 2')
    .option('--max-lag <time>', 'with --check: a feed that is further behind than this, such as 30m, is not well')
    .description('what each feed is doing, how far it has come, what it needs')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Exit codes of --check, as of a monitoring plugin:
  0  every feed is well
  2  a feed is not well, or nobody answers: the lines say which, and why
  3  the command or the config is wrong: nothing was looked at

Examples:
  npx misp-relay status
  npx misp-relay status splunk-all --json
  npx misp-relay status --check --max-lag 30m`;

interface Options {
  watch?: boolean;
  check?: boolean;
  maxLag?: string;
}

async function run(given: string | undefined, options: Options, self: Command): Promise<void> {
  const { watch = false, check = false } = options;
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  if (watch && (context.json || check)) throw new ConfigError(['--watch goes neither with --json nor with --check']);
  const maxLag = maxLagOf(options);
  const names = given === undefined ? Object.keys(context.config.feeds) : [feedOf(context, given)];
  await withClient(context, async (connected) => {
    const store = openSqlite(context.config.storePath);
    try {
      do {
        const feeds = await Promise.all(names.map((name) => feedStatus(connected, store, name)));
        const seen = { temporal: connected.target.address, ui: connected.uiUrl, feeds };
        if (check) answerCheck(context, seen, maxLag);
        else {
          if (watch && process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H');
          context.answer(seen, textOf(context, connected, feeds));
        }
        if (watch) await sleep(WATCH_MS);
      } while (watch);
    } finally {
      await store.close();
    }
  });
}

function maxLagOf({ check, maxLag }: Options): number | undefined {
  if (maxLag === undefined) return undefined;
  if (!check) throw new ConfigError(['--max-lag goes with --check']);
  const seconds = durationOf(maxLag);
  if (seconds === undefined) throw new ConfigError([`--max-lag ${maxLag} is no time span: write 30s, 5m or 1h`]);
  return seconds;
}

function answerCheck(context: Context, seen: { feeds: FeedStatus[] }, maxLag: number | undefined): void {
  const ill = seen.feeds.map((status) => ({ status, reasons: illnessOf(status, maxLag) }));
  const lines = ill.flatMap(({ status, reasons }) =>
    reasons.length > 0 ? [...reasons.map((reason) => `${status.feed} is not well: ${reason}`), ...linesOf(status)] : [],
  );
  const notWell = Object.fromEntries(
    ill.flatMap(({ status: { feed }, reasons }) => (reasons.length > 0 ? [[feed, reasons]] : [])),
  ) as Record<string, string[]>;
  context.answer({ ok: lines.length === 0, notWell, ...seen }, lines);
  if (lines.length > 0) process.exitCode = CHECK_EXIT.failed;
}

/** A feed that is never woken needs somebody too, unless somebody has paused its Schedule. */
const illnessOf = (status: FeedStatus, maxLag: number | undefined): string[] => [
  ...troublesOf(status, maxLag),
  ...(status.nextPoll === null && !status.schedulePaused ? ['it has no Schedule: run `misp-relay apply`'] : []),
];

export async function feedStatus({ client }: Connected, store: Store, feed: string): Promise<FeedStatus> {
  const look = await lookAt(client, store, feed);
  const schedule = await client.schedule
    .getHandle(scheduleId(feed))
    .describe()
    .catch(() => null);
  return {
    ...look,
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
