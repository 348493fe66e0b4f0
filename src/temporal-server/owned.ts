// A server that this process started: it is watched, restarted when it dies, and stopped with us.

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError, messageOf } from '../errors.ts';
import { withFileLock } from './file-lock.ts';
import { type Found } from './find.ts';
import { becomesHealthy } from './health.ts';
import { type Launched, launchServer, logFileOf, release, serverArguments } from './launch.ts';
import { type Environment } from './options.ts';
import { end, isGoneWithin, type ProcessRef, refOf } from './processes.ts';
import { lastLine } from './run.ts';
import { readState, removeState, writeState } from './state-file.ts';

export type ServerEvent =
  | { readonly kind: 'died'; readonly pid: number; readonly text: string }
  | { readonly kind: 'restarted'; readonly pid: number; readonly text: string }
  | { readonly kind: 'restart-failed'; readonly text: string };

export interface OwnedOptions {
  readonly dataDir: string;
  readonly env: Environment;
  readonly found: Found;
  readonly port: number;
  readonly uiPort: number;
  readonly supervise: boolean;
  readonly onEvent: (event: ServerEvent) => void;
}

const startMs = 30_000;
/** Waited before a restart, by how many came shortly before it: at once, then slower, but never given up. */
const delaysMs = [0, 1_000, 2_000, 5_000, 10_000, 30_000];
const quietMs = 60_000;

export const lockOf = (dataDir: string): string => `${dataDir}/temporal.lock`;
const noWait = () => undefined;

export class OwnedServer {
  readonly #options: OwnedOptions;
  #launched: Launched;
  #stopping = false;
  #wake = new AbortController();
  /** Resolves when the server has ended and nobody will start it again. */
  readonly exited: Promise<void>;

  private constructor(options: OwnedOptions, launched: Launched) {
    this.#options = options;
    this.#launched = launched;
    this.exited = this.#watch();
    // Unhandled otherwise when nobody waits for it; the watch itself never throws.
    this.exited.catch(() => undefined);
  }

  /** Starts it and waits until it is healthy. The folder's lock must be held. */
  static async start(options: OwnedOptions): Promise<OwnedServer> {
    try {
      return new OwnedServer(options, await startHealthy(options, () => false));
    } catch (error) {
      // What is left would tell others to wait for a server that we have given up.
      await removeState(options.dataDir);
      throw error;
    }
  }

  get pid(): number {
    return this.#launched.server.pid;
  }

  /** Ends the server and its watchdog; the file is removed when it is still ours. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.abort();
    await finish(this.#launched);
    await this.exited;
    await this.#forget();
  }

  async #watch(): Promise<void> {
    let recent = 0;
    for (;;) {
      const since = Date.now();
      const how = await this.#launched.ended;
      // A watchdog that was killed leaves the server without a guard.
      await end(this.#launched.server);
      if (this.#stopping) return;
      const { pid } = this.#launched.server;
      this.#tell({ kind: 'died', pid, text: `The Temporal server (pid ${pid}) has ended (${how}).` });
      if (!this.#options.supervise) return this.#forget();
      if (Date.now() - since > quietMs) recent = 0;
      while (!(await this.#restart(recent++))) if (this.#stopping) return;
    }
  }

  /** One try, on the same port and file. */
  async #restart(recent: number): Promise<boolean> {
    await sleep(delaysMs[Math.min(recent, delaysMs.length - 1)], undefined, { signal: this.#wake.signal }).catch(
      () => undefined,
    );
    if (this.#stopping) return false;
    try {
      await withFileLock(lockOf(this.#options.dataDir), noWait, async () => {
        if (this.#stopping) return;
        this.#launched = await startHealthy(this.#options, () => this.#stopping);
      });
      if (this.#stopping) {
        await finish(this.#launched);
        return false;
      }
      this.#tell({ kind: 'restarted', pid: this.pid, text: `The Temporal server runs again (pid ${this.pid}).` });
      return true;
    } catch (error) {
      this.#tell({ kind: 'restart-failed', text: `The Temporal server could not be restarted: ${messageOf(error)}` });
      return false;
    }
  }

  #tell(event: ServerEvent): void {
    try {
      this.#options.onEvent(event);
    } catch {
      // A listener that fails must not end the supervision.
    }
  }

  async #forget(): Promise<void> {
    const { dataDir } = this.#options;
    await withFileLock(lockOf(dataDir), noWait, async () => {
      if ((await readState(dataDir))?.owner.pid === process.pid) await removeState(dataDir);
    });
  }
}

async function startHealthy(options: OwnedOptions, isGivenUp: () => boolean): Promise<Launched> {
  const { dataDir, env, found, port, uiPort } = options;
  const launched = await launchServer(found.path, serverArguments(dataDir, port, uiPort), dataDir, env);
  let dead = false;
  void launched.ended.then(() => (dead = true));
  try {
    // Written before it is healthy: should we be killed now, the next start knows whom to wait for.
    await writeState(dataDir, {
      ...launched.server,
      port,
      uiPort,
      version: found.version,
      owner: await refOf(process.pid),
    });
    const until = Date.now() + startMs;
    if (await becomesHealthy(`127.0.0.1:${port}`, () => dead || isGivenUp() || Date.now() > until)) return launched;
  } catch (error) {
    await finish(launched);
    throw error;
  }
  const state = dead ? 'ended at once' : `was not healthy after ${startMs / 1000} s`;
  await finish(launched);
  throw new RetryableError(
    'TEMPORAL_START',
    `The Temporal server ${state}: ${await lastWords(dataDir)} (its log: ${logFileOf(dataDir)})`,
  );
}

/** Lets the watchdog end the server, and makes sure of it. */
async function finish(launched: Launched): Promise<void> {
  release(launched);
  const { pid } = launched.watchdog;
  const guard: ProcessRef | null = pid === undefined ? null : await refOf(pid);
  await isGoneWithin(launched.server, 5_000);
  await end(launched.server, 0);
  if (guard !== null && guard.startTime !== null) await end(guard, 2_000);
  await launched.ended;
}

async function lastWords(dataDir: string): Promise<string> {
  const text = await readFile(logFileOf(dataDir), 'utf8').catch(() => '');
  return lastLine(text.slice(-5_000)) || 'it said nothing';
}
