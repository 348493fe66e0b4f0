// npm run test:elasticsearch: the suites that speak to a real Elasticsearch. With ELASTICSEARCH_TEST_URL it is that one; otherwise one is
// started by the script of ELASTICSEARCH_TEST_SCRIPT, or by the one that stands beside the project, without security and then with it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/errors.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const BESIDE = here('../../shared/tools/elasticsearch/up.sh');
/** What the script's server with security is called into. */
const USER = { ELASTICSEARCH_TEST_USERNAME: 'elastic', ELASTICSEARCH_TEST_PASSWORD: 'changeme1' };
const OPEN = ['test/contract', 'test/elasticsearch'];
const SECURED = [
  'test/contract/destinations.test.ts',
  'test/contract/contents.test.ts',
  'test/contract/elasticsearch-server',
  'test/elasticsearch/security.test.ts',
  'test/elasticsearch/documents.test.ts',
];

type Env = Record<string, string>;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Of this run alone: every server in it, also one that a test starts, is ours. */
let ours: string | null = null;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    cleanUp();
    process.exit(1);
  });
}

async function main(): Promise<void> {
  if (process.env['ELASTICSEARCH_TEST_URL']) return pass(OPEN, {});
  const script = process.env['ELASTICSEARCH_TEST_SCRIPT'] ?? BESIDE;
  if (!existsSync(script)) {
    say('SKIPPED: there is no Elasticsearch to test with. Set ELASTICSEARCH_TEST_URL to one that may be written to.');
    return;
  }
  const base = (ours = mkdtempSync(join(tmpdir(), 'misp-relay-elasticsearch-')));
  try {
    const shared = { ELASTICSEARCH_TEST_SCRIPT: script, ELASTICSEARCH_TEST_BASE: base };
    say('without security:');
    await pass(OPEN, { ...shared, ELASTICSEARCH_TEST_URL: (await start(script, base, false)).url });
    say('with security:');
    const { url, port } = await start(script, base, true);
    const config = join(base, String(port), 'config');
    await pass(SECURED, { ELASTICSEARCH_TEST_URL: url, ELASTICSEARCH_TEST_CONFIG: config, ...USER });
  } finally {
    cleanUp();
  }
}

/** Throws when a test fails. */
async function pass(files: readonly string[], env: Env): Promise<void> {
  const vitest = here('../node_modules/vitest/vitest.mjs');
  await run(process.execPath, [vitest, 'run', ...files], env, 'inherit');
}

/** On a free port. Throws when it does not start. */
async function start(script: string, base: string, security: boolean): Promise<{ url: string; port: number }> {
  const port = await freePort();
  await run(script, [], { PORT: String(port), BASE: base, SECURITY: String(security) }, 'ignore');
  return { url: `http://127.0.0.1:${port}`, port };
}

function run(command: string, args: readonly string[], env: Env, stdout: 'inherit' | 'ignore'): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', stdout, 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} failed (exit code ${code})`))));
  });
}

/** The script takes the one a hundred above, too. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    if (port < 65_000) return port;
  }
}

/** By the pids that the script has written into our folder, and no others; also of a server that did not become healthy. */
function cleanUp(): void {
  if (ours === null) return;
  for (const name of readdirSync(ours).filter((each) => each.endsWith('.pid'))) {
    try {
      process.kill(Number(readFileSync(join(ours, name), 'utf8')), 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
  rmSync(ours, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  ours = null;
}

await main().catch((error: unknown) => {
  say(messageOf(error));
  process.exitCode = 1;
});
