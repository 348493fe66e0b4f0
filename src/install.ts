// What destinations need besides their credentials, put there: by `install`, and by `up` where the config does not say `install: manual`.
import type { RelayConfig } from './config.ts';
import { lifetimeOf } from './config/lifetime.ts';
import type { Installation, InstallRequest } from './destinations/destination.ts';
import { ConfigError } from './errors.ts';
import type { Logger } from './log.ts';
import { longestLife } from './records/lifetime.ts';
import { createWiring } from './runtime.ts';

export interface Installed extends Installation {
  /** Its name in the config. */
  destination: string;
}

export interface Choice extends Pick<InstallRequest, 'dryRun' | 'takeOver'> {
  /** Only destinations of this type; null: those that install themselves. */
  type: string | null;
}

/** One after the other. Throws ConfigError when the config has no destination that is meant. */
export async function install(config: RelayConfig, log: Logger, choice: Choice): Promise<Installed[]> {
  const wiring = await createWiring(config, log.child({}, { level: 'error' }));
  try {
    const { type, dryRun, takeOver } = choice;
    const meant = [...wiring.destinations].filter(([name, { installsItself }]) =>
      type === null ? installsItself : config.destinations[name]!.kind.type === type,
    );
    if (type !== null && meant.length === 0) throw new ConfigError([`the config has no destination of type ${type}`]);
    const done: Installed[] = [];
    for (const [name, destination] of meant) {
      const request = { dryRun, takeOver, longestLife: longestLifeAt(config, name) };
      const made = await destination.install?.(request, AbortSignal.timeout(type === null ? AT_START_MS : ASKED_MS));
      if (made) done.push({ destination: name, ...made });
    }
    return done;
  } finally {
    await wiring.close();
  }
}

const ASKED_MS = 60_000;
/** A destination that hangs must not keep a relay from starting: its feeds say then what is missing. */
const AT_START_MS = 15_000;

/** Of any attribute that a feed brings there, in seconds; null: some never expire. */
export function longestLifeAt({ feeds, destinations }: RelayConfig, destination: string): number | null {
  const { expireAfter } = destinations[destination]!.kind;
  const lives = Object.values(feeds)
    .filter((feed) => feed.destination === destination)
    .map((feed) => longestLife(lifetimeOf(feed, expireAfter).expiry));
  return lives.some((life) => life === null) ? null : Math.max(0, ...(lives as number[])) || null;
}
