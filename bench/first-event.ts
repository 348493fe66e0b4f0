// How long a person waits from `npm start` with an empty data folder until the first event is at the HEC. The Temporal server is there
// already; it is fetched or built once per machine.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { rounded } from './numbers.ts';
import type { Simulated } from './simulated.ts';

const RUN = fileURLToPath(new URL('../bin/run.mjs', import.meta.url));
const LOOK_MS = 50;
const LIMIT_MS = 120_000;

/** Seconds. Throws when nothing comes within two minutes. */
export async function measureFirstEvent(simulated: Simulated): Promise<number> {
  await simulated.forget();
  const config = simulated.freshConfig();
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => key !== 'TEMPORAL_ADDRESS'));
  const from = performance.now();
  const up = spawn(process.execPath, [RUN, 'src/cli.ts', 'up', '--config', config], {
    cwd: dirname(dirname(RUN)),
    stdio: 'ignore',
    env,
  });
  const ended = new Promise<void>((resolve) => up.once('exit', () => resolve()));
  try {
    while ((await simulated.delivered()).events === 0) {
      if (up.exitCode !== null) throw new Error(`up ended by itself (exit code ${up.exitCode})`);
      if (performance.now() - from > LIMIT_MS) throw new Error('no event came');
      await sleep(LOOK_MS);
    }
    return rounded((performance.now() - from) / 1000);
  } finally {
    up.kill('SIGTERM');
    await ended;
  }
}
