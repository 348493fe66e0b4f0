// misp-relay: the commands. Each lies in a file of its own; here they are only put together.
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { registerApply } from './commands/apply.ts';
import { registerBackfill } from './commands/backfill.ts';
import { registerCheck } from './commands/check.ts';
import { EXIT, exitCodesOf, explain } from './commands/context.ts';
import { registerDeadLetters } from './commands/dead-letters.ts';
import { NotConfirmed } from './commands/feed-client.ts';
import { registerInstall } from './commands/install.ts';
import { registerOperate } from './commands/operate.ts';
import { registerPreview } from './commands/preview.ts';
import { registerResetCursor } from './commands/reset-cursor.ts';
import { registerStatus } from './commands/status.ts';
import { registerUp } from './commands/up.ts';
import { registerWorker } from './commands/worker.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed: the message says why; trying again may help
  2  the command or the config is wrong: nothing was started or changed
  3  the command was NOT confirmed: no worker answered (see --queue)
(\`status --check\` has codes of its own: see its --help)`;

// What we write holds threat data, or commands: nobody but its owner may read it.
process.umask(0o077);

const program = new Command('misp-relay')
  .version(packageJson.version)
  .description("Keeps a SIEM's copy of MISP's threat intelligence complete, current and explainable.")
  .option('-c, --config <file>', 'the config (default: relay.yaml, or the environment alone)')
  .option('--json', 'one JSON document on stdout; logs go to stderr')
  .addHelpText('after', EXIT_CODES)
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError()
  .exitOverride();

for (const register of [
  registerCheck,
  registerPreview,
  registerInstall,
  registerUp,
  registerWorker,
  registerApply,
  registerStatus,
  registerOperate,
  registerResetCursor,
  registerBackfill,
  registerDeadLetters,
]) {
  register(program);
}
for (const each of program.commands) each.exitOverride();

const exit = exitCodesOf(process.argv.slice(2));
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : exit.usage;
  else {
    const { lines, exitCode } = explain(error, exit);
    process.stderr.write(lines.map((line) => `${line}\n`).join(''));
    process.exitCode = error instanceof NotConfirmed ? exit.notConfirmed : exitCode;
  }
}
