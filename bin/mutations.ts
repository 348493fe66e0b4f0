// npm run test:mutations: plants wrong lines, one at a time, in a copy of the project, and says which test catches each. One that
// survives makes it exit 1: then a test is missing. The faults are in test/mutations/plants.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import { Copy } from '../test/mutations/copy.ts';
import { plants, type Plant } from '../test/mutations/plants.ts';
import { linesOf, type Trial } from '../test/mutations/report.ts';
import { runTests } from '../test/mutations/trial.ts';

const HELP = `npm run test:mutations [-- OPTIONS]

  --only NAME    the planted faults whose name holds NAME
  --json         one JSON document on stdout (npm run --silent keeps npm's own lines away)`;

const options = optionsOf();
function optionsOf() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const chosen = plants.filter(({ name }) => name.includes(values.only));
    if (chosen.length === 0)
      throw new Error(
        `no fault is named ${values.only}; there are:\n${plants.map(({ name }) => `  ${name}`).join('\n')}`,
      );
    return { ...values, chosen };
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${HELP}\n`);
    process.exit(2);
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const MINUTES_MAX = { unplanted: 10, trial: 3 };

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => stop.abort(new Error(`ended by ${name}`)));

async function main(): Promise<void> {
  const { chosen, json } = options;
  const copy = new Copy(join(import.meta.dirname, '..'));
  try {
    for (const plant of chosen) await copy.with(plant, async () => {}); // each must fit, before minutes are spent
    await mustPass(copy, chosen);
    const trials: Trial[] = [];
    for (const plant of chosen) {
      const trial = await copy.with(plant, () => tryOut(copy, plant));
      trials.push(trial);
      say(`${trials.length} of ${chosen.length}: ${plant.name}: ${trial.caughtBy?.file ?? 'SURVIVED'}`);
    }
    process.stdout.write(json ? `${JSON.stringify({ trials })}\n` : `\n${linesOf(trials).join('\n')}\n`);
    if (trials.some(({ caughtBy }) => caughtBy === null)) process.exitCode = 1;
  } finally {
    copy.remove();
  }
}

/** Without a fault all must pass, or a failure would prove nothing. */
async function mustPass({ folder }: Copy, chosen: readonly Plant[]): Promise<void> {
  const tests = [...new Set(chosen.flatMap((plant) => plant.tests))];
  const missing = tests.filter((each) => !existsSync(join(folder, each)));
  if (missing.length > 0) throw new Error(`there are no such tests: ${missing.join(', ')}`);
  say(`without a fault: ${tests.join(' ')}`);
  const outcome = await runTests(folder, tests, { minutesMax: MINUTES_MAX.unplanted, signal: stop.signal });
  if (outcome.kind === 'failed')
    throw new Error(
      `a test fails without any fault, mend it first: ${outcome.file}: ${outcome.test}\n${outcome.message}`,
    );
  if (outcome.kind === 'no answer') throw new Error(`the tests do not run without any fault: ${outcome.reason}`);
  say(`${outcome.tests} tests passed`);
}

/** Test after test, until one fails. */
async function tryOut({ folder }: Copy, { name: plant, tests }: Plant): Promise<Trial> {
  const since = performance.now();
  const trial = (caughtBy: Trial['caughtBy'], remarks: string[]): Trial => ({
    plant,
    caughtBy,
    remarks,
    seconds: (performance.now() - since) / 1000,
  });
  const remarks: string[] = [];
  for (const test of tests) {
    const outcome = await runTests(folder, [test], { minutesMax: MINUTES_MAX.trial, signal: stop.signal });
    if (outcome.kind === 'failed') {
      const { file, test: name, message } = outcome;
      return trial({ file, test: name, message }, remarks);
    }
    if (outcome.kind === 'no answer') remarks.push(`${test}: ${outcome.reason}`);
  }
  return trial(null, remarks);
}

if (options.help) console.log(HELP);
else
  await main().catch((error: unknown) => {
    say(messageOf(error));
    process.exitCode = 1;
  });
