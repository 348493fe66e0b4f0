// How a long command ends: the first SIGINT or SIGTERM finishes what is under way, the second one ends at once. Nothing is lost either way.
import { setTimeout as delay } from 'node:timers/promises';

const FORCED_AFTER_MS = 10_000;

/**
 * Aborted at the first signal: the command then looks at nothing more, closes what it has opened, and ends by itself. After ten
 * seconds, or at a second signal, the process is ended.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const handle = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    process.stderr.write(
      `\n${signal}: finishing what is under way (again: stop at once; nothing is lost either way)\n`,
    );
    setTimeout(() => process.exit(1), FORCED_AFTER_MS).unref();
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  return controller.signal;
}

/** Ends early, and without an error, when the command is stopped. */
export const sleepUnless = (stopped: AbortSignal, ms: number): Promise<void> =>
  delay(ms, undefined, { signal: stopped }).catch(() => {});
