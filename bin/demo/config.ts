// The demo's own config, written into its folder so that the other commands find it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { ConfigError } from '../../src/errors.ts';
import { runningTemporalServer } from '../../src/temporal-server.ts';
import type { Sink } from './sinks.ts';

export const FOLDER = resolve('data/demo');
export const MISP_KEY = 'demo0123456789demo0123456789demo01234567';

/** Empties the folder. Throws when another demo runs on it. */
export async function emptyFolder(): Promise<void> {
  if (await runningTemporalServer(FOLDER))
    throw new ConfigError(['a demo is running in this folder already: stop it first']);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
}

/** From the beginning. The path of the config. `block` and `filter`: those of the destination `name`. */
export function writeConfig(mispUrl: string, name: string, { block, filter }: Pick<Sink, 'block' | 'filter'>): string {
  const path = resolve(FOLDER, 'relay.yaml');
  const feed = { source: 'misp', destination: name, interval: '10s', since: 0, expireAfter: 'never', filter };
  const tree = {
    version: 1,
    store: 'sqlite:./relay.db',
    logLevel: 'warn',
    health: { address: '127.0.0.1:0' },
    sources: { misp: { url: mispUrl, apiKey: MISP_KEY } },
    destinations: { [name]: block },
    feeds: { demo: feed },
  };
  writeFileSync(path, `# Written by the demo. Keys and tokens in it belong to its simulators.\n${stringify(tree)}`);
  return path;
}
