import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

/** Longer than a cold build on a busy machine. */
const patienceMs = 60 * 60_000;

/**
 * Runs `work` while this process alone holds the lock of that path. A holder that was killed is noticed after ten seconds by a heartbeat
 * that stopped. `onWait` is called once when somebody else holds it.
 */
export async function withFileLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const release = await take(path, onWait);
  try {
    return await work();
  } finally {
    // A lock that was lost meanwhile (a machine that slept) is not ours to release.
    await release().catch(() => undefined);
  }
}

async function take(path: string, onWait: () => void): Promise<() => Promise<void>> {
  const until = Date.now() + patienceMs;
  for (let waited = false; ; waited = true) {
    try {
      return await lock(path, {
        lockfilePath: path,
        realpath: false,
        stale: 10_000,
        update: 2_000,
        // The default throws from a timer and would end the whole relay.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if ((error as { code?: string }).code !== 'ELOCKED' || Date.now() > until) throw error;
      if (!waited) onWait();
      await sleep(100);
    }
  }
}
