// A real Elasticsearch of our own, killed and started again in the middle of requests: nothing is lost, and nothing stands twice.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newBatchProgress, owed } from '../../src/destinations/destination.ts';
import { upsertOf } from '../contract/harness/carry.ts';
import { esWorld } from '../support/es-world.ts';
import { serverScript } from '../support/real-elasticsearch.ts';

/** Where the script unpacks a server, once for all. */
const BASE = process.env['ELASTICSEARCH_TEST_BASE'] ?? join(tmpdir(), 'misp-relay-elasticsearch');
const BATCHES = 24;
const RECORDS = 1_000;
const KILLS = 2;

/** Two ports: the script also takes the one a hundred above. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    if (port < 65_000) return port;
  }
}

class OwnServer {
  readonly port: number;
  private pid: number | null = null;
  constructor(port: number) {
    this.port = port;
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  private get pidFile(): string {
    return join(BASE, `${this.port}.pid`);
  }
  async up(): Promise<void> {
    const env = { ...process.env, PORT: String(this.port), BASE, SECURITY: 'false', HEAP: '512m' };
    const child = spawn(serverScript!, [], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`the server does not start (exit code ${String(code)})`);
    this.pid = Number(readFileSync(this.pidFile, 'utf8'));
  }
  async kill(): Promise<void> {
    if (this.pid === null) return;
    const pid = this.pid;
    this.pid = null;
    process.kill(pid, 'SIGKILL');
    rmSync(this.pidFile); // or the number, given to another process, would pass for the server
    for (let left = 200; left > 0; left--) {
      try {
        process.kill(pid, 0);
      } catch {
        return;
      }
      await sleep(50);
    }
    throw new Error(`process ${pid} does not end`);
  }
}

let server: OwnServer | undefined;
afterAll(() => server?.kill());

describe.skipIf(!serverScript)('killed in the middle', () => {
  it.each(['index', 'data_stream'] as const)(
    `mode %s: ${BATCHES * RECORDS} documents and ${KILLS} kills`,
    async (mode) => {
      server ??= new OwnServer(await freePort());
      await server.up();
      const world = await esWorld({ url: server.url, access: {}, headers: {} }, { mode });
      const sent: string[] = [];
      let trouble = 0;
      let kills = 0;
      const restarts: Promise<void>[] = [];
      for (let n = 0; n < BATCHES; n++) {
        const deliveries = Array.from({ length: RECORDS }, (_, k) => upsertOf(n * RECORDS + k));
        sent.push(...deliveries.map(({ deliveryId }) => deliveryId));
        // While this batch is under way.
        if (n % Math.floor(BATCHES / KILLS) === 5 && kills < KILLS) {
          kills++;
          restarts.push(
            sleep(kills * 15)
              .then(() => server!.kill())
              .then(() => server!.up()),
          );
        }
        for (let progress = newBatchProgress(RECORDS); owed(progress) > 0 || progress.posting;) {
          const { saved, error } = await world.deliver(deliveries, progress);
          expect(saved.rejected).toEqual([]);
          progress = saved;
          if (error === null) continue;
          expect(error).toMatchObject({ kind: 'retryable' });
          trouble++;
          await Promise.all([sleep(250), ...restarts.splice(0)]);
        }
      }
      await Promise.all(restarts);
      expect(kills).toBe(KILLS);
      expect(trouble).toBeGreaterThan(0);
      const there = [...(await world.documents()).values()].map(
        ({ misp_relay: relay }) => (relay as { delivery_id: string }).delivery_id,
      );
      expect(there.sort()).toEqual(sent.sort());
      await world.close();
      await server.kill();
    },
    300_000,
  );
});
