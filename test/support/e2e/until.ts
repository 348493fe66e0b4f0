// Waiting for what comes to pass by itself. The limits are far above what it takes: they only end a test that hangs.
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 90_000;
const LOOK_MS = 50;

/** What `look` answers as soon as it is something; what was last seen stands in the error. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { limitMs = LIMIT_MS, lookMs = LOOK_MS, said = (): unknown => '' } = {},
): Promise<Exclude<T, false | null | undefined>> {
  for (const end = Date.now() + limitMs; ; await sleep(lookMs)) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen as Exclude<T, false | null | undefined>;
    if (Date.now() > end) throw new Error(`it did not come to pass: ${what} ${JSON.stringify(said())}`);
  }
}
