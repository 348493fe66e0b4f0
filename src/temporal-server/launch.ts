import { type ChildProcess, spawn } from 'node:child_process';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RetryableError } from '../errors.ts';
import { type Environment } from './options.ts';
import { type ProcessRef, refOf } from './processes.ts';

const watchdog = fileURLToPath(new URL('./watchdog.ts', import.meta.url));
const logBytesMax = 10_000_000;

export interface Launched {
  readonly server: ProcessRef;
  readonly watchdog: ChildProcess;
  /** Resolves when the watchdog has ended, which it does with the server, to how the server ended. */
  readonly ended: Promise<string>;
}

export const logFileOf = (dataDir: string): string => join(dataDir, 'temporal.log');

/** How the server must be run. */
export function serverArguments(dataDir: string, port: number, uiPort: number): string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--ui-ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--ui-port',
      String(uiPort),
    ],
    ...['--db-filename', join(dataDir, 'temporal.db'), '--log-level', 'warn', '--log-format', 'json'],
    // With the default of 20 polls a second each hop waits 50 ms for its turn: four times slower (the dev server has one shard).
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
    ...['--dynamic-config-value', 'history.timerProcessorMaxPollRPS=2000'],
    // WAL survives a killed process with either value of `synchronous`. `full` also keeps what was confirmed to an operator (a pause, a
    // reset) through a power cut, where `normal` may forget the last moments; it costs a fifth of a speed that MISP never reaches.
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'],
  ];
}

/** Starts the server under its watchdog. It is not healthy yet when this returns. */
export async function launchServer(
  program: string,
  args: readonly string[],
  dataDir: string,
  env: Environment,
): Promise<Launched> {
  await rotate(logFileOf(dataDir));
  const child = spawn(process.execPath, [watchdog, logFileOf(dataDir), program, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...withoutTemporal(env), NODE_NO_WARNINGS: '1' },
    windowsHide: true,
  });
  let how = 'its watchdog was killed';
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(how)));
  // Our own end must not wait for it: `stop` is what ends it, or our death.
  child.stdin.on('error', () => undefined);
  const pid = await new Promise<number>((resolve, reject) => {
    const fail = (reason: string) =>
      reject(new RetryableError('TEMPORAL_START', `${program} could not be started (${reason}).`));
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail('its watchdog ended'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { pid?: number; error?: string; ended?: string };
      if (message.ended !== undefined) how = message.ended;
      else if (message.pid === undefined) fail(message.error ?? 'no reason was given');
      else resolve(message.pid);
    });
  });
  return { server: await refOf(pid), watchdog: child, ended };
}

/** Lets go of the pipe: the watchdog ends the server. */
export const release = ({ watchdog: child }: Launched): void => void child.stdin!.end();

/** The CLI reads TEMPORAL_… for its clients; the server here is told everything by its arguments. */
const withoutTemporal = (env: Environment) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));

/** One older log is kept, so that the two together stay bounded from start to start. */
async function rotate(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > logBytesMax) await rename(file, `${file}.1`);
}
