// check: could the relay work? One line for each source, destination, the store and Temporal, with the remedy. Changes nothing.
import type { Command } from 'commander';
import { checkAll } from '../checks/all.ts';
import { lineOf } from '../checks/check.ts';
import type { RelayConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import { EXIT, openContext, type GlobalOptions } from './context.ts';

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('could it work? one line each for sources, destinations, store and Temporal, with the remedy')
    .addHelpText(
      'after',
      '\nNothing is started, sent or changed. Exit code 1: something failed (warnings do not count).\n\nExamples:\n  npx misp-relay check\n  npx misp-relay check --json',
    )
    .action(run);
}

async function run(_: object, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  const checks = await checkAll(context.config, context.log);
  const ok = checks.every(({ level }) => level !== 'failed');
  context.answer({ ok, checks }, checks.map(lineOf));
  if (!ok) process.exitCode = EXIT.failed;
}

/** For `up`: what needs somebody, or that all is well. */
export async function checkLines(config: RelayConfig, log: Logger): Promise<string[]> {
  const checks = await checkAll(config, log);
  const lines = checks.filter(({ level }) => level !== 'ok').map(lineOf);
  return lines.length > 0 ? lines : [`check: all ${checks.length} ok`];
}
