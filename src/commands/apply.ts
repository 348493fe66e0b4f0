// apply: make Temporal match the config.
import type { Command } from 'commander';
import { apply, type Applied } from '../apply.ts';
import { createRuntime } from '../runtime.ts';
import { firstPollLines } from './first-poll.ts';
import { openContext, withClient, type GlobalOptions } from './context.ts';

interface Options {
  moved: string[];
  dryRun?: boolean;
}

export function registerApply(program: Command): void {
  program
    .command('apply')
    .description('make Temporal match the config: Schedules, checkpoints, entities; safe to repeat')
    .option('--moved <source...>', 'this source is the same MISP at a new address', [])
    .option('--dry-run', 'only say what would be done')
    .addHelpText('after', '\nExamples:\n  npx misp-relay apply\n  npx misp-relay apply --dry-run')
    .action(run);
}

async function run({ moved, dryRun = false }: Options, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>(), { demo: false });
  const runtime = await createRuntime(context.config, context.log);
  try {
    await withClient(context, async ({ client, target }) => {
      const applied = await apply(client, runtime.store, context.config, target.taskQueue, { moved, dryRun });
      const fresh = applied.filter(({ change }) => change === 'new').map(({ feed }) => feed);
      const hints = await firstPollLines(runtime, context.config, fresh);
      context.answer({ dryRun, feeds: applied }, [...applied.map(lineOf), ...hints, ...restartHint(applied)]);
    });
  } finally {
    await runtime.close();
  }
}

/** A worker that runs already knows nothing of what is new. */
const restartHint = (applied: readonly Applied[]): string[] =>
  applied.every(({ change }) => change === 'unchanged')
    ? []
    : ['workers read the config when they start: start those that run already again'];

const MARKS = { new: '+', renamed: '~', changed: '~', unchanged: ' ', removed: '-' } as const;

export const lineOf = ({ feed, change, detail }: Applied): string => `${MARKS[change]} ${feed}: ${change} (${detail})`;
