// The demo's own config, written into its folder so that the other commands find it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../../src/errors.ts';
import { runningTemporalServer } from '../../src/temporal-server.ts';

export const FOLDER = resolve('data/demo');
export const MISP_KEY = 'demo0123456789demo0123456789demo01234567';
export const HEC_TOKEN = '00000000-0000-4000-8000-00000000demo';

/** Empties the folder. Throws when another demo runs on it. */
export async function emptyFolder(): Promise<void> {
  if (await runningTemporalServer(FOLDER))
    throw new ConfigError(['a demo is running in this folder already: stop it first']);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
}

/** Everything is expected to arrive: from the beginning, whatever its TLP. The path of the config. */
export function writeConfig(mispUrl: string, hecUrl: string): string {
  const path = resolve(FOLDER, 'relay.yaml');
  writeFileSync(
    path,
    `# Written by the demo. The key and the token belong to its simulators.
version: 1
store: sqlite:./relay.db
logLevel: warn
health: { address: "127.0.0.1:0" }
sources:
  misp: { url: "${mispUrl}", apiKey: "${MISP_KEY}" }
destinations:
  splunk: { type: splunk-hec, url: "${hecUrl}", token: "${HEC_TOKEN}", index: threat_intel }
feeds:
  demo: { source: misp, destination: splunk, interval: 10s, since: 0, filter: { maxTlp: off } }
`,
  );
  return path;
}
