// `npm test`: the one gate, here and in CI. A list of steps; the first that fails ends it. The last line is `N passed, N failed`.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const scratch = mkdtempSync(path.join(tmpdir(), 'misp-relay-gate-'));
const report = path.join(scratch, 'vitest.json');
const tool = (name, file, ...args) => [name, [path.join('node_modules', file), ...args]];

const steps = [
  tool('format', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  tool('lint', 'eslint/bin/eslint.js', '--max-warnings', '0', '.'),
  tool('types', 'typescript/bin/tsc', '--noEmit', '-p', '.'),
  ['workflow bundle', ['bin/bundle-workflows.ts']],
  ['temporal server', ['bin/temporal.mjs']],
  tool('tests', 'vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`),
].filter(([, [file]]) => existsSync(file));

let running;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => running?.kill(signal));

/** Runs one step with our Node and stdio; resolves to its exit code. */
const run = (args) =>
  new Promise((resolve, reject) => {
    running = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    running.once('error', reject);
    running.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });

/** What vitest counted; a file that could not even be loaded has no tests and counts as one that failed. */
function counted() {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
}

let code = 0;
for (const [name, args] of steps) {
  console.log(`\n── ${name} ──`);
  const since = performance.now();
  code = await run(args);
  console.log(
    `── ${name}: ${code === 0 ? 'ok' : `failed (exit ${code})`} after ${((performance.now() - since) / 1000).toFixed(1)} s`,
  );
  if (code !== 0) break;
}

const count = counted();
rmSync(scratch, { recursive: true, force: true });
// A step before the tests that failed, or a runner that died, is a failure too; tests that did not run are not a success.
if (code === 0 && count.passed === 0) code = 1;
if (code !== 0 && count.failed === 0) count.failed = 1;
console.log(`\n${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`);
process.exitCode = code;
