// The embedded Temporal server: found or built once, started with the settings that make it fast enough, one for each data folder,
// restarted when it dies and ended with us. docs/decisions say why it is embedded; spec of each step: src/temporal-server/.

import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError } from './errors.ts';
import { withFileLock } from './temporal-server/file-lock.ts';
import { findTemporal } from './temporal-server/find.ts';
import { isHealthy } from './temporal-server/health.ts';
import { type FindOptions } from './temporal-server/options.ts';
import { lockOf, OwnedServer, type ServerEvent } from './temporal-server/owned.ts';
import { freePort } from './temporal-server/ports.ts';
import { end, isGoneWithin, isSame } from './temporal-server/processes.ts';
import { readState, removeState, type ServerState } from './temporal-server/state-file.ts';

export { findInstalled, findTemporal, type Found } from './temporal-server/find.ts';
export { type FindOptions, fromEnvironment, type Progress } from './temporal-server/options.ts';
export { type ServerEvent } from './temporal-server/owned.ts';
export { showProgress } from './temporal-server/progress.ts';

export interface TemporalServerOptions extends FindOptions {
  /** Where `temporal.db`, `temporal.log` and `temporal.json` lie; made when it is missing. */
  readonly dataDir: string;
  /** Wished ports; free ones are taken instead when these are not. */
  readonly ports?: { readonly port?: number; readonly uiPort?: number };
  /** Restart the server when it dies (the default). */
  readonly supervise?: boolean;
  /** Told when the server died, was restarted, or could not be. */
  readonly onEvent?: (event: ServerEvent) => void;
}

export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string;
  /** Changes when it is restarted. */
  readonly pid: number;
  readonly version: string;
  /** False: another process of ours started it and will end it. */
  readonly owned: boolean;
  /** Resolves when the server has ended and nobody here will start it again; for one that is not owned, never. */
  readonly exited: Promise<void>;
  /** Ends an owned server; does nothing to another's. */
  stop(): Promise<void>;
}

/** How long another process gets to bring its server up again before we say that it does not. */
const othersMs = 40_000;

/** A healthy server on the data of this folder: the one that runs there already, or a new one of ours. */
export async function ensureTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const until = Date.now() + othersMs;
  for (;;) {
    const server = await withFileLock(lockOf(dataDir), waitingFor(options), async () => {
      const running = await inspect(dataDir);
      if (running === 'busy') return null;
      return running === null ? startOwn(dataDir, options) : reuse(running);
    });
    if (server !== null) return server;
    if (Date.now() > until) {
      const owner = (await readState(dataDir))?.owner.pid;
      throw new RetryableError(
        'TEMPORAL_BUSY',
        `The Temporal server of ${dataDir} belongs to the running process ${owner ?? '(unknown)'}, and it does not answer. End that process, then try again.`,
      );
    }
    await sleep(250);
  }
}

/** The healthy server that runs on this folder without starting one: for commands that only speak to a running relay. Null if none. */
export async function runningTemporalServer(dataDir: string): Promise<TemporalServer | null> {
  const state = await readState(dataDir);
  if (state === null || !(await isSame(state)) || !(await isHealthy(addressOf(state)))) return null;
  return reuse(state);
}

/**
 * What runs on this folder, under its lock: a healthy server, null for nothing, or `busy`. As long as its owner lives, the owner decides:
 * it restarts its server by itself. A server whose owner is gone is about to end, and is never taken over.
 */
async function inspect(dataDir: string): Promise<ServerState | 'busy' | null> {
  const state = await readState(dataDir);
  if (state === null) return null;
  if (await isSame(state.owner)) {
    return (await isSame(state)) && (await isHealthy(addressOf(state))) ? state : 'busy';
  }
  if (!(await isGoneWithin(state, 5_000))) await end(state);
  await removeState(dataDir);
  return null;
}

async function startOwn(dataDir: string, options: TemporalServerOptions): Promise<TemporalServer> {
  const found = await findTemporal(options);
  const { env, ports, supervise = true, onEvent = () => undefined } = options;
  const start = async () => {
    const port = await freePort(ports?.port ?? 7233);
    const uiPort = await freePort(ports?.uiPort ?? 8233, [port]);
    const server = await OwnedServer.start({ dataDir, env, found, port, uiPort, supervise, onEvent });
    return { port, uiPort, server };
  };
  // Once more with other ports: a free one can be taken before the server has it.
  const { port, uiPort, server } = await start().catch(start);
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    version: found.version,
    owned: true,
    exited: server.exited,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
  };
}

const reuse = (state: ServerState): TemporalServer => ({
  address: addressOf(state),
  uiUrl: `http://127.0.0.1:${state.uiPort}`,
  pid: state.pid,
  version: state.version,
  owned: false,
  exited: new Promise(() => undefined),
  stop: async () => undefined,
});

const addressOf = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`;
const waitingFor =
  ({ onProgress }: TemporalServerOptions) =>
  () =>
    onProgress?.({ text: 'another start is bringing up the Temporal server; waiting for it' });
