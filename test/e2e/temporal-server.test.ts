// The real server, found or built by the same look-up as in the product: the first run on a machine may take some minutes.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isHealthy } from '../../src/temporal-server/health.ts';
import { type ProcessRef, isSame, refOf } from '../../src/temporal-server/processes.ts';
import { readState } from '../../src/temporal-server/state-file.ts';
import {
  ensureTemporalServer,
  findTemporal,
  fromEnvironment,
  runningTemporalServer,
  type ServerEvent,
  showProgress,
  type TemporalServer,
  type TemporalServerOptions,
} from '../../src/temporal-server.ts';

const environment = fromEnvironment(process.env);
let dataDir: string;
let events: ServerEvent[];
let servers: TemporalServer[];

const start = async (more: Partial<TemporalServerOptions> = {}): Promise<TemporalServer> => {
  const server = await ensureTemporalServer({
    ...environment,
    dataDir,
    onEvent: (event) => events.push(event),
    ...more,
  });
  servers.push(server);
  return server;
};

/** The promise is five seconds; a busy machine gets three times that before it counts as broken. */
const gone = async (ref: ProcessRef, limitMs = 15_000): Promise<boolean> => {
  for (const until = Date.now() + limitMs; Date.now() < until; await sleep(50)) if (!(await isSame(ref))) return true;
  return false;
};
const until = async (holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> => {
  for (const end = Date.now() + limitMs; !(await holds()); await sleep(50)) {
    if (Date.now() > end) throw new Error('it did not come to pass');
  }
};

beforeAll(async () => {
  const progress = showProgress(process.stderr);
  await findTemporal({ ...environment, onProgress: progress.report }).finally(progress.end);
}, 40 * 60_000);

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'temporal server '));
  events = [];
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the embedded Temporal server', () => {
  it('starts, is reused by the next start on the same folder, and ends when its owner stops it', async () => {
    expect(await runningTemporalServer(dataDir)).toBeNull();
    const [first, second] = await Promise.all([start(), start()]);
    expect([first.owned, second.owned].sort()).toEqual([false, true]);
    expect(second.address).toBe(first.address);
    expect(await runningTemporalServer(dataDir)).toMatchObject({ pid: first.pid, owned: false });
    expect((await fetch(first.uiUrl)).status).toBe(200);

    const ref = await refOf(first.pid);
    await (first.owned ? second : first).stop();
    expect(await isHealthy(first.address)).toBe(true);
    await (first.owned ? first : second).stop();
    expect(await isSame(ref)).toBe(false);
    expect(await readState(dataDir)).toBeNull();
  });

  it('takes other ports when the usual ones are taken, and two folders have two servers', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const one = await start({ ports: { port, uiPort: port } });
    const other = await start({ dataDir: join(dataDir, 'other') });
    expect(new Set([one.address, other.address, `127.0.0.1:${port}`]).size).toBe(3);
    taken.close();
  });

  it('comes back by itself after kill -9, on the same address, with everything that it had confirmed', async () => {
    const server = await start();
    const connection = await Connection.connect({ address: server.address });
    const client = new Client({ connection });
    for (let kill = 0; kill < 3; kill++) {
      const workflowId = `confirmed-${kill}`;
      await client.workflow.start('nobody-runs-it', { taskQueue: 'none', workflowId });
      const pid = server.pid;
      process.kill(pid, 'SIGKILL');
      await until(() => server.pid !== pid && events.at(-1)?.kind === 'restarted');
      await until(() => isHealthy(server.address));
      for (let each = 0; each <= kill; each++) {
        expect((await client.workflow.getHandle(`confirmed-${each}`).describe()).status.name).toBe('RUNNING');
      }
      expect(await readState(dataDir)).toMatchObject({ pid: server.pid });
    }
    expect(events.map(({ kind }) => kind)).toEqual(['died', 'restarted', 'died', 'restarted', 'died', 'restarted']);
    await connection.close();
  });

  it('is started again by its owner alone: another start waits for it', async () => {
    const server = await start();
    const pid = server.pid;
    process.kill(pid, 'SIGKILL');
    const other = await start();
    expect(other.owned).toBe(false);
    expect(other.pid).not.toBe(pid);
    await until(() => server.pid === other.pid);
  });

  it('without supervision, tells when it has ended', async () => {
    const server = await start({ supervise: false });
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    expect(events.map(({ kind }) => kind)).toEqual(['died']);
    expect(await readState(dataDir)).toBeNull();
  });
});

describe('a parent that dies', () => {
  /** A process that starts the server as the relay does, and then does nothing. */
  async function parent(): Promise<{ pid: number; server: ProcessRef; address: string }> {
    const code = `
      import { ensureTemporalServer, fromEnvironment } from ${JSON.stringify(new URL('../../src/temporal-server.ts', import.meta.url).href)};
      const server = await ensureTemporalServer({ ...fromEnvironment(process.env), dataDir: process.argv[1] });
      console.log(JSON.stringify({ pid: server.pid, address: server.address }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', () => reject(new Error('the parent ended')));
    });
    const { pid, address } = JSON.parse(line) as { pid: number; address: string };
    return { pid: child.pid!, server: await refOf(pid), address };
  }

  it.each(['SIGKILL', 'SIGTERM'] as const)('takes its server with it (%s)', async (name) => {
    const { pid, server } = await parent();
    process.kill(pid, name);
    expect(await gone(server)).toBe(true);
  });

  it('leaves a folder on which the next start has a server of its own at once, with the same data', async () => {
    const { pid, server, address } = await parent();
    const connection = await Connection.connect({ address });
    await new Client({ connection }).workflow.start('nobody-runs-it', { taskQueue: 'none', workflowId: 'kept' });
    await connection.close();
    const owner = await refOf(pid);
    process.kill(pid, 'SIGKILL');
    expect(await gone(owner)).toBe(true); // a signal is sent before it has struck
    const next = await start();
    expect(next.owned).toBe(true);
    expect(await isSame(server)).toBe(false);
    const again = await Connection.connect({ address: next.address });
    expect((await new Client({ connection: again }).workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
    await again.close();
  });

  it('does not reach the server with a Ctrl-C of the terminal: it lies in a group of its own', async () => {
    const { pid, server } = await parent();
    process.kill(server.pid, 0);
    // The group of the parent is ours; a signal to the group would end us too, so the groups are compared.
    const { execFileSync } = await import('node:child_process');
    const group = (of: number) => execFileSync('ps', ['-o', 'pgid=', '-p', String(of)], { encoding: 'utf8' }).trim();
    expect(group(server.pid)).not.toBe(group(pid));
    process.kill(pid, 'SIGKILL');
    expect(await gone(server)).toBe(true); // a zombie that nobody has buried yet has ended too
  });
});
