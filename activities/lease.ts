// One request at a time for each source: MISP is treated gently. A live poll goes before a backfill.
import type { ActivityContext } from './context.ts';
import type { Deps } from './deps.ts';

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const ASK_AGAIN_MS = 250;
const RANKS = { poll: 0, backfill: 1, reconcile: 2 } as const;

/** Waits for the lease as long as it takes; the activity's own time limit bounds it. */
export async function withReaderLease<T>(
  { store, sleep, every }: Deps,
  source: string,
  rank: keyof typeof RANKS,
  { ref, signal }: ActivityContext,
  work: () => Promise<T>,
): Promise<T> {
  const lease = { name: `reader/${source}`, holder: ref };
  while (!(await store.acquireLease(lease, RANKS[rank], LEASE_MS))) {
    signal.throwIfAborted();
    await sleep(ASK_AGAIN_MS, signal);
  }
  // A lease that is lost while a request is under way costs MISP a second request at once, and nothing else.
  const stopRenewing = every(RENEW_MS, () => void store.renewLease(lease, LEASE_MS).catch(() => false));
  try {
    return await work();
  } finally {
    stopRenewing();
    await store.releaseLease(lease);
  }
}
