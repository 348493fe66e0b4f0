// worker: run workflows and activities, beside others if you like.
import type { Command } from 'commander';
import { ConfigError } from '../errors.ts';
import { startMonitor } from '../monitor/monitor.ts';
import { createRuntime } from '../runtime.ts';
import { openContext, withClient, type GlobalOptions } from './context.ts';
import { stopSignal } from './stop.ts';

export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('run the feeds: one worker process, for a Temporal server that runs elsewhere')
    .addHelpText('after', '\nExample:\n  TEMPORAL_ADDRESS=temporal:7233 npx misp-relay worker')
    .action(run);
}

async function run(_: object, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>(), { demo: false });
  const { log, config } = context;
  if (!config.temporal) {
    const how = 'name a Temporal server (temporal: in the config, or TEMPORAL_ADDRESS)';
    throw new ConfigError([
      `worker: the embedded Temporal server belongs to \`up\`, which runs a worker itself: ${how}`,
    ]);
  }
  const runtime = await createRuntime(config, log);
  try {
    await withClient(context, async ({ client, target }) => {
      const { startWorker } = await import('../worker.ts');
      const worker = await startWorker(target, runtime, log);
      const monitor = await startMonitor({ config, runtime, client, worker, log });
      const { address, taskQueue } = target;
      log.info({ temporal: address, taskQueue, feeds: runtime.feeds.names(), health: monitor.url }, 'the worker runs');
      stopSignal().addEventListener('abort', () => void worker.stop().catch(() => {})); // `done` says what went wrong
      await worker.done.finally(() => monitor.stop());
    });
  } finally {
    await runtime.close();
  }
}
