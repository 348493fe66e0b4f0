// A config in a folder of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { loadConfig, type RelayConfig } from '../../../src/config.ts';
import { ConfigError } from '../../../src/errors.ts';

export type Env = Record<string, string | undefined>;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function folderWith(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'misp-relay-config-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

export const load = (yaml: string, env: Env = {}): RelayConfig =>
  loadConfig({ env, cwd: folderWith({ 'relay.yaml': yaml }) });

/** What the person reads. Fails when the config is taken. */
export function refusal(attempt: () => unknown): readonly string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  throw new Error('the config was taken');
}

/** Eleven lines; `a` is a feed, and what is added stands below it. */
export const BASE = `version: 1
sources:
  main:
    url: https://misp.example.org
    apiKey: misp-key-of-the-test
destinations:
  splunk: { type: splunk-hec, url: 'https://splunk.example.org:8088', token: hec-token-of-the-test }
feeds:
  a:
    source: main
    destination: splunk
`;
