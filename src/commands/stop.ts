// How a long command ends: the first SIGINT or SIGTERM finishes what is under way, the second one ends at once. Nothing is lost either way.
const FORCED_AFTER_MS = 10_000;

/** `stop` is called once, at the first signal; the process must end by itself after that, or it is ended. */
export function onStop(stop: () => Promise<void>): void {
  let asked = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
    asked = true;
    process.stderr.write(
      `\n${signal}: finishing what is under way (again: stop at once; nothing is lost either way)\n`,
    );
    setTimeout(() => process.exit(1), FORCED_AFTER_MS).unref();
    void stop().catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    });
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  process.on('SIGHUP', handle);
}
