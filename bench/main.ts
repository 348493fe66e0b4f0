// npm run bench: how fast the relay is, beside a loop without it, and what it costs. docs/bench.md says what is measured and how.
import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import { findTemporal, fromEnvironment } from '../src/temporal-server.ts';
import { measureFirstEvent } from './first-event.ts';
import { measureLongRun } from './long-run.ts';
import { measureMapping } from './mapping.ts';
import { measureRatio } from './ratio.ts';
import { spreadOf } from './numbers.ts';
import { linesOf, machine, type Report } from './report.ts';
import { measureSimulators } from './simulators.ts';
import { simulate, type Simulated } from './simulated.ts';
import { SINKS } from './sinks.ts';

const HELP = `npm run bench [-- OPTIONS]

  --destination D    splunk (default), or elasticsearch: that of ELASTICSEARCH_URL, otherwise a simulated one
  --rows N           attributes in MISP for the ratios, the history and the ledger (default 50000)
  --runs N           rounds of relay, bare loop and reading alone (default 5)
  --memory-rows N    attributes in MISP for the memory (default 1020000, of which a million are live)
  --only PART        ratio, memory, history, first-event, ledger or mapping (to Elasticsearch's documents)
  --cpu-prof DIR     writes a CPU profile of each part
  --json             one JSON document on stdout (npm run --silent keeps npm's own lines away)`;

const PARTS = ['ratio', 'memory', 'history', 'first-event', 'ledger', 'mapping'] as const;
type Part = (typeof PARTS)[number];
const MEMORY_MARKS = [100_000, 500_000, 1_000_000];
const FIRST_EVENT_ROWS = 10_000;

const options = optionsOf();
function optionsOf() {
  try {
    const { values } = parseArgs({
      options: {
        destination: { type: 'string', default: 'splunk' },
        rows: { type: 'string', default: '50000' },
        runs: { type: 'string', default: '5' },
        'memory-rows': { type: 'string', default: '1020000' },
        only: { type: 'string' },
        'cpu-prof': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    for (const name of ['rows', 'runs', 'memory-rows'] as const) {
      if (!/^[1-9]\d{0,6}$/.test(values[name])) throw new Error(`--${name} ${values[name]} is no number`);
    }
    if (values.only !== undefined && !PARTS.includes(values.only as Part))
      throw new Error(`--only ${values.only} is not known; known here: ${PARTS.join(', ')}`);
    const destination = SINKS.find((name) => name === values.destination);
    if (!destination) throw new Error(`--destination ${values.destination} is none of ${SINKS.join(', ')}`);
    return { ...values, destination };
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${HELP}\n`);
    process.exit(2);
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const wants = (...parts: Part[]): boolean => options.only === undefined || parts.includes(options.only as Part);

async function main(): Promise<void> {
  const { json, 'cpu-prof': profile } = options;
  const rows = Number(options.rows);
  const runs = Number(options.runs);
  await findTemporal(fromEnvironment(process.env)); // its fetching or building belongs to no measurement
  const report: Report = { machine: machine(), rows };
  if (wants('ratio')) {
    await withSimulators(rows, async (simulated) => {
      report.simulatorsPerSecond = await measureSimulators(simulated);
      Object.assign(report, await measureRatio(simulated, runs, say, profile));
    });
  }
  if (options.only === 'mapping' || (options.only === undefined && options.destination === 'elasticsearch')) {
    await withSimulators(FIRST_EVENT_ROWS, async (simulated) => {
      report.mapping = await measureMapping(simulated);
    });
  }
  if (wants('first-event')) {
    await withSimulators(FIRST_EVENT_ROWS, async (simulated) => {
      const seconds: number[] = [];
      for (let run = 1; run <= runs; run++) {
        seconds.push(await measureFirstEvent(simulated));
        say(`run ${run} of ${runs}: first event after ${seconds.at(-1)} s`);
      }
      report.firstEventSeconds = spreadOf(seconds);
    });
  }
  if (wants('memory', 'history', 'ledger')) {
    // The history and the ledger alone need no million.
    await withSimulators(wants('memory') ? Number(options['memory-rows']) : rows, async (simulated) => {
      Object.assign(report, await measureLongRun(simulated, MEMORY_MARKS, profile));
    });
  }
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${linesOf(report).join('\n')}\n`);
}

async function withSimulators(rows: number, measure: (simulated: Simulated) => Promise<void>): Promise<void> {
  say(`making ${rows} attributes`);
  const simulated = await simulate(rows, options.destination);
  try {
    await measure(simulated);
  } finally {
    await simulated.close();
  }
}

if (options.help) console.log(HELP);
else
  await main().catch((error: unknown) => {
    say(messageOf(error));
    process.exitCode = 1;
  });
