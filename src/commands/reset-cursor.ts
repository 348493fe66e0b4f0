// reset-cursor: read again from a time.
import type { Command } from 'commander';
import { isoOf, timeOf } from '../core/times.ts';
import { ConfigError } from '../errors.ts';
import { openSqlite } from '../store/sqlite.ts';
import { feedOf, openContext, withClient, type GlobalOptions } from './context.ts';
import { command, queue, QUEUE } from './feed-client.ts';

interface Options {
  to: string;
  redeliver?: boolean;
  queue?: boolean;
}

export function registerResetCursor(program: Command): void {
  program
    .command('reset-cursor')
    .argument('[feed]')
    .requiredOption('--to <time>', 'epoch seconds, an ISO date, or a time ago such as 30d')
    .option('--redeliver', 'send again what is confirmed from there on')
    .option(...QUEUE)
    .description('read again from a time; without --redeliver, what is confirmed is not sent again')
    .addHelpText(
      'after',
      '\nExamples:\n  npx misp-relay reset-cursor splunk-all --to 7d\n  npx misp-relay reset-cursor splunk-all --to 2026-01-01 --redeliver',
    )
    .action(resetCursor);
}

async function resetCursor(
  given: string | undefined,
  { to: text, redeliver = false, queue: queued = false }: Options,
  self: Command,
): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  const feed = feedOf(context, given);
  const now = Math.floor(Date.now() / 1000);
  const to = timeOf(text, now);
  if (to === undefined) throw new ConfigError([`--to ${text} is no time: write epoch seconds, 2026-01-31, or 30d`]);
  await withClient(context, async (connected) => {
    const store = openSqlite(context.config.storePath);
    const { live } = await store.countLedger(feed, to).finally(() => store.close());
    const status = queued
      ? await queue(connected, feed, 'resetCursor', { to, redeliver })
      : await command(connected, feed, 'resetCursor', { to, redeliver });
    const again = redeliver
      ? `${live} confirmed attributes from then on are sent again`
      : `${live} confirmed attributes from then on are NOT sent again (--redeliver sends them)`;
    const answer = { feed, command: 'reset-cursor', to, redeliver, confirmedFromThere: live };
    if (!status) {
      context.answer({ ...answer, queued: true }, [`${feed}: reset-cursor to ${isoOf(to)} is queued; then ${again}`]);
      return;
    }
    context.answer({ ...answer, confirmed: true, mode: status.mode }, [
      `${feed}: the cursor is at ${isoOf(to)}; ${again}`,
    ]);
  });
}
