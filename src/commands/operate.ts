// poll, pause, resume: commands to one feed.
import type { Command } from 'commander';
import type { Status } from '../../workflows/feed.ts';
import type { MessageName } from '../../workflows/messages.ts';
import { feedOf, openContext, withClient, type GlobalOptions } from './context.ts';
import { command, queue, QUEUE } from './feed-client.ts';

interface Options {
  queue?: boolean;
  reason?: string;
}

export function registerOperate(program: Command): void {
  program
    .command('poll')
    .argument('[feed]')
    .description('poll now, and try a blocked page once more')
    .option(...QUEUE)
    .addHelpText('after', '\nExample:\n  npx misp-relay poll splunk-all')
    .action((feed: string | undefined, options: Options, self: Command) =>
      operate(self, 'poll', feed, options, undefined),
    );
  program
    .command('pause')
    .argument('[feed]')
    .description('finish the page that is being delivered, and wait; running backfills wait too')
    .option('--reason <text>', 'shown by status and in the Web UI')
    .option(...QUEUE)
    .addHelpText('after', '\nExample:\n  npx misp-relay pause splunk-all --reason "indexer upgrade"')
    .action((feed: string | undefined, options: Options, self: Command) =>
      operate(self, 'pause', feed, options, options.reason === undefined ? {} : { reason: options.reason }),
    );
  program
    .command('resume')
    .argument('[feed]')
    .description('go on after a pause, and try a blocked page once more')
    .option(...QUEUE)
    .addHelpText('after', '\nExample:\n  npx misp-relay resume splunk-all')
    .action((feed: string | undefined, options: Options, self: Command) =>
      operate(self, 'resume', feed, options, undefined),
    );
}

async function operate(
  self: Command,
  name: MessageName,
  given: string | undefined,
  options: Options,
  input: object | undefined,
): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  const feed = feedOf(context, given);
  await withClient(context, async (connected) => {
    if (options.queue) {
      await queue(connected, feed, name, input);
      context.answer({ feed, command: name, queued: true }, [`${feed}: ${name} is queued`]);
      return;
    }
    const status = await command(connected, feed, name, input);
    context.answer({ feed, command: name, confirmed: true, mode: status.mode }, [
      `${feed}: ${name} is confirmed; ${modeLine(status)}`,
    ]);
  });
}

export const modeLine = ({ mode, paused, blocked }: Status): string => {
  if (blocked && !paused) return `blocked by the ${blocked.by}: ${blocked.reason}`;
  return paused?.reason ? `${mode} (${paused.reason})` : mode;
};
