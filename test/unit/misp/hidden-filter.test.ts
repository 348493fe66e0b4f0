// A user setting of MISP filters every search without a word: nothing is read before it is gone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMisp, type RunningMisp } from '../../../simulators/misp/server.ts';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { createRuntime, type Runtime } from '../../../src/runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'misp-relay-hidden-'));
const { signal } = new AbortController();
let misp: RunningMisp;
let runtime: Runtime;

beforeAll(async () => {
  misp = await startMisp();
  const path = join(folder, 'relay.yaml');
  writeFileSync(
    path,
    `version: 1
store: 'sqlite::memory:'
sources: { main: { url: "${misp.url}", apiKey: "${misp.key}" } }
destinations: { out: { type: file, path: ./out.jsonl } }
feeds: { f: { source: main, destination: out, since: 0 } }
`,
  );
  runtime = await createRuntime(loadConfig({ path, env: {}, cwd: folder }), createLog('silent'));
});
afterAll(async () => {
  await Promise.all([runtime.close(), misp.close()]);
  rmSync(folder, { recursive: true, force: true });
});

it('blocks the source until the setting is removed, and is asked once then', async () => {
  const source = runtime.sources.get('main')!;
  misp.switches.defaultParameters = { to_ids: 1 };
  await expect(source.version(signal)).rejects.toMatchObject({ kind: 'permanent', code: 'MISP_HIDES_ROWS' });
  misp.switches.defaultParameters = null;
  expect((await source.version(signal)).deletedForms).toEqual(['only']);
  misp.switches.defaultParameters = { to_ids: 1 };
  expect((await source.version(signal)).deletedForms).toEqual(['only']);
});

it('lets a MISP through that does not tell about its user', async () => {
  const { client } = runtime.sources.get('main')!;
  misp.control.fail('not found', { path: '/users/view/me', next: 1 });
  await expect(client.refuseHiddenFilter(signal)).resolves.toBeUndefined();
});
