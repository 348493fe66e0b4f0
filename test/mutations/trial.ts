// Runs tests in a folder, and says whether one of them failed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

export type Outcome =
  | { kind: 'passed'; tests: number }
  /** The first test that failed, and its message. */
  | { kind: 'failed'; file: string; test: string; message: string }
  /** No test has failed, and yet nothing is proved: a file could not be loaded, no test ran, or the time was over. */
  | { kind: 'no answer'; reason: string };

/** Small, but enough for every fault: more would only take longer. */
const SIZES = { FEED_SEEDS: '300', READER_HISTORIES: '300', SIMULATION_SEEDS: '150' };
const REASON_CHARACTERS_MAX = 2_000;

/** What vitest writes with `--reporter=json`, as far as it is read here. */
interface Report {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

export interface Limits {
  minutesMax: number;
  /** Ends the run: then `runTests` rejects with its reason. */
  signal: AbortSignal;
}

/** `tests`: files or folders, relative to `folder`. */
export async function runTests(
  folder: string,
  tests: readonly string[],
  { minutesMax, signal }: Limits,
): Promise<Outcome> {
  signal.throwIfAborted();
  const report = join(folder, 'mutations-report.json');
  rmSync(report, { force: true });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(minutesMax * 60_000)]);
  const reporter = ['--reporter=json', `--outputFile.json=${report}`];
  const said = await vitest(folder, ['run', '--bail=1', ...reporter, ...tests], limit);
  signal.throwIfAborted();
  if (limit.aborted) return { kind: 'no answer', reason: `not done after ${minutesMax} minutes` };
  if (!existsSync(report)) return { kind: 'no answer', reason: said.slice(-REASON_CHARACTERS_MAX) };
  return outcomeOf(JSON.parse(readFileSync(report, 'utf8')) as Report, folder);
}

/** Resolves to what was written to stderr, when the process and what it started have ended. */
function vitest(folder: string, args: string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a process group of its own: a worker that spins does not notice that vitest has gone.
    const child = spawn(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), ...args], {
      cwd: folder,
      env: { ...SIZES, ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const end = (): void => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL');
    };
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    signal.addEventListener('abort', end);
    child.once('error', reject);
    child.once('close', () => {
      signal.removeEventListener('abort', end);
      resolve(said);
    });
  });
}

/** A file that could not be loaded has no tests: that a fault does not even parse proves nothing of the tests. */
export function outcomeOf({ testResults }: Report, folder: string): Outcome {
  for (const { name, status, message, assertionResults } of testResults) {
    const failed = assertionResults.find((each) => each.status === 'failed');
    if (failed) {
      const { fullName: test, failureMessages } = failed;
      return { kind: 'failed', file: relative(folder, name), test, message: failureMessages.join('\n') };
    }
    if (status === 'failed' && assertionResults.length === 0) {
      return { kind: 'no answer', reason: `${relative(folder, name)} cannot be loaded: ${message}` };
    }
  }
  const passed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter((each) => each.status === 'passed'),
  );
  return passed.length > 0 ? { kind: 'passed', tests: passed.length } : { kind: 'no answer', reason: 'no test ran' };
}
