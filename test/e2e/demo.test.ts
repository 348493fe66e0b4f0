// The demo with Elasticsearch, as a person starts it: what the index holds in the end is what the MISP holds.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const run = promisify(execFile);
const demo = fileURLToPath(new URL('../../bin/demo.ts', import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

it('--destination elasticsearch --once --json', { timeout: 120_000 }, async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'misp-relay-demo-'));
  folders.push(cwd);
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (name.startsWith('ELASTICSEARCH_')) delete env[name];
  const args = ['--destination', 'elasticsearch', '--attributes', '600', '--once', '--json'];
  const { stdout, stderr } = await run(process.execPath, [demo, ...args], { cwd, env, timeout: 110_000 });
  const told = JSON.parse(stdout) as Record<string, number>;
  expect(told).toMatchObject({ missing: 0, duplicates: 0, deadLetters: 0 });
  expect(told['events']).toBeGreaterThan(100);
  // The filter leaves some out, so that not everything stands there.
  expect(told['filtered']).toBeGreaterThan(0);
  expect(told['events']).toBeLessThan(told['attributes']!);
  // What was deleted for good is shown to nobody: each one that still stands there is named.
  expect(stderr.match(/^stale: .* deleted for good/gm) ?? []).toHaveLength(told['stale']!);
});
