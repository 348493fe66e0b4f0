import { parseArgs } from 'node:util';

export interface Running {
  url: string;
  close: () => Promise<void>;
}

/** `--name value` and `--name=value` of `names`, and the flag `--stay`. Throws on anything else. */
export function readArguments(names: readonly string[]): Record<string, string | undefined> & { stay?: string } {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options: { ...options, stay: { type: 'boolean' as const } } });
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === undefined ? value : String(value)]),
  );
}

export const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/**
 * Prints `{"url":…,"pid":…}` and ends the process on SIGTERM and SIGINT; without `stay` also when stdin closes or the parent
 * dies, so that no simulator is left behind by a test that was killed.
 */
export function announce(running: Running, stay: boolean): void {
  process.stdout.write(`${JSON.stringify({ url: running.url, pid: process.pid })}\n`);
  const end = (): void => {
    void running.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (stay) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 500).unref();
  process.stdin.once('close', end).once('end', end).on('error', end).resume();
}
