// node bin/run.mjs test/simulation/relay/main.ts FROM COUNT [--every N] [--story] [--json]: plays COUNT seeds from FROM on, each N-th.
// The first one that fails ends it; with --story it is shrunk, and told. --json: one document on stdout.
import './at-once.ts';
import { parseArgs } from 'node:util';
import { addTo, report, type Tally } from './tally.ts';

const { Failed, play } = await import('./play.ts');
const { shrink } = await import('./shrink.ts');

export interface Result {
  played: number;
  tally: [string, number][];
  /** What is to be read by a person; null: every seed passed. */
  failure: string | null;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { every: { type: 'string', default: '1' }, story: { type: 'boolean' }, json: { type: 'boolean' } },
});
const [first, count, every] = [positionals[0], positionals[1], values.every].map(Number) as [number, number, number];
if (![first, count, every].every((number) => Number.isInteger(number) && number > 0)) {
  process.stderr.write('give two whole numbers: the first seed, and how many\n');
  process.exit(2);
}

const total: Tally = new Map();
const result: Result = { played: 0, tally: [], failure: null };
for (let seed = first; seed < first + count && result.failure === null; seed += every) {
  try {
    addTo(total, (await play(seed)).tally);
    result.played++;
  } catch (error) {
    result.failure = await told(seed, error);
  }
}
result.tally = [...total];
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else process.stdout.write(`${result.failure ?? ''}\n${result.played} seeds met\n${report(total)}\n`);
if (result.failure !== null) process.exitCode = 1;

async function told(seed: number, error: unknown): Promise<string> {
  if (!(error instanceof Failed)) throw error;
  const what = `seed ${seed}: ${error.message}`;
  if (!values.story) return what;
  const { story, error: last, runs } = await shrink(error.tape);
  return `${what}\n\nShrunk in ${runs} runs, it is this story:\n\n${story.join('\n')}\n\n${last.message}`;
}
