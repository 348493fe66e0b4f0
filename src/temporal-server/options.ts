import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A step of the look-up: a line for the person, and what is known about how far it is. */
export interface Progress {
  readonly text: string;
  /** A line of its own in any case, such as a way that failed. */
  readonly note?: boolean;
}

export interface FindOptions {
  /** `TEMPORAL_CLI_PATH`: used as it is, or refused. */
  readonly cliPath?: string | undefined;
  /** `PATH`, for `temporal` and for `go`. */
  readonly pathEnv?: string | undefined;
  /** The folder that keeps fetched and built servers. */
  readonly cacheDir: string;
  /** What the downloader, `go` and the server get as their environment. */
  readonly env: Environment;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Where releases are asked for; another one in tests. */
  readonly downloadBase?: string | undefined;
  /** The wrapper module that is built; another one in tests. */
  readonly moduleDir?: string | undefined;
}

/** What the look-up needs of the environment. Only the config calls it with `process.env`. */
export function fromEnvironment(env: Environment): Pick<FindOptions, 'cliPath' | 'pathEnv' | 'cacheDir' | 'env'> {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return {
    cliPath: env.TEMPORAL_CLI_PATH || undefined,
    // Windows spells it `Path`.
    pathEnv: env.PATH ?? env.Path,
    cacheDir: join(cache, 'misp-relay'),
    env,
  };
}
