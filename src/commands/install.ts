// install: put templates, index and alias at a destination, or say what would be put.
import { Argument, type Command } from 'commander';
import type { RelayConfig } from '../config.ts';
import { destinationKinds } from '../destinations/registry.ts';
import { install, type Installed } from '../install.ts';
import type { Logger } from '../log.ts';
import { EXIT, openContext, type GlobalOptions } from './context.ts';

interface Options {
  dryRun?: boolean;
  takeOver?: boolean;
}

const TYPES = destinationKinds.filter(({ installs }) => installs).map(({ type }) => type);

export function registerInstall(program: Command): void {
  program
    .command('install')
    .addArgument(new Argument('<type>', 'the type of destination').choices(TYPES))
    .description('put templates, index and alias at the destinations of this type; safe to repeat')
    .option('--dry-run', 'only say what would be done')
    .option('--take-over', "also move the alias of Elastic's own MISP integration to our index")
    .addHelpText(
      'after',
      '\n`up` does this by itself, without --take-over, unless the destination says install: manual.\nWhat misp-relay did not install is never touched.\n\nExamples:\n  npx misp-relay install elasticsearch --dry-run\n  npx misp-relay install elasticsearch',
    )
    .action(run);
}

async function run(type: string, { dryRun = false, takeOver = false }: Options, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>(), { demo: false });
  const destinations = await install(context.config, context.log, { type, dryRun, takeOver });
  const ok = destinations.every(({ problem }) => problem === null);
  context.answer({ ok, dryRun, destinations }, [
    ...(dryRun ? ['dry run: nothing is changed'] : []),
    ...destinations.flatMap(linesOf),
  ]);
  if (!ok) process.exitCode = EXIT.failed;
}

/** For `up`: what was changed, and what somebody must see to. */
export async function installLines(config: RelayConfig, log: Logger): Promise<string[]> {
  const destinations = await install(config, log, { type: null, dryRun: false, takeOver: false });
  return destinations.flatMap((each) =>
    linesOf({
      ...each,
      notes: [],
      assets: each.assets.filter(({ change }) => change === 'new' || change === 'changed'),
    }),
  );
}

const MARKS = { new: '+', changed: '~', unchanged: ' ', newer: ' ' } as const;

function linesOf({ destination, assets, notes, problem }: Installed): string[] {
  const at = `destination ${destination}:`;
  return [
    ...assets.map(
      ({ asset, change, detail }) => `${MARKS[change]} ${at} ${asset}: ${change}${detail ? ` (${detail})` : ''}`,
    ),
    ...notes.map((note) => `  ${at} ${note}`),
    ...(problem ? [`failed ${at} ${problem.message}${problem.code ? ` [${problem.code}]` : ''}`] : []),
  ];
}
