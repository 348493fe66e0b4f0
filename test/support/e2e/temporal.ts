// One real embedded Temporal server for all tests of a file, in a folder of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTemporalServer, fromEnvironment, showProgress } from '../../../src/temporal-server.ts';

export interface TestTemporal {
  address: string;
  stop(): Promise<void>;
}

/** The first run on a machine may have to build it. */
export const TEMPORAL_START_MS = 40 * 60_000;

export async function startTemporal(): Promise<TestTemporal> {
  const folder = mkdtempSync(join(tmpdir(), 'misp-relay-e2e-'));
  const progress = showProgress(process.stderr);
  const server = await ensureTemporalServer({
    ...fromEnvironment(process.env),
    dataDir: folder,
    onProgress: progress.report,
  }).finally(progress.end);
  return {
    address: server.address,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
