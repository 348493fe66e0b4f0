// The whole relay under every order of outcomes, faults and commands: many seeds, in processes of their own (a test runner that
// transforms each module costs four times as much). `SIMULATION_SEEDS=100000 npm run test:simulation` plays more; `SIMULATION_SEED`
// says where they begin.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hecFaults } from '../../../simulators/hec/fault-table.ts';
import { mispFaults } from '../../../simulators/misp/fault-table.ts';
import { FAULTS as ELASTICSEARCH_FAULTS } from './elastic-sink.ts';
import type { Result } from './main.ts';
import { addTo, report, type Tally } from './tally.ts';

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 2000);
const FIRST = Number(process.env['SIMULATION_SEED'] ?? 1);
/** So many seeds meet everything. */
const ENOUGH = 2000;
const PROCESSES = Math.max(1, Math.min(availableParallelism(), SEEDS));
/** On a very busy machine. */
const SEED_MS_MAX = 2_000;

/** What must have happened, or the seeds prove nothing. A name ends where the counts begin to differ. */
const MUST_HAPPEN: readonly string[] = [
  ...Object.keys(hecFaults).map((name) => `HEC: ${name}`),
  ...ELASTICSEARCH_FAULTS.map((name) => `Elasticsearch: ${name}`),
  ...['restart', 'small requests only', 'credentials rejected for', 'read-only for'].map(
    (name) => `Elasticsearch: ${name}`,
  ),
  ...['to splunk', 'to index', 'to index that marks', 'to data_stream', 'with expiry'],
  ...['documents as in a fresh load', 'found gone, expired', 'MISP: seen again'],
  ...Object.keys(mispFaults).map((name) => `MISP fails: ${name}`),
  ...['restart', 'small requests only', 'no acknowledgements', 'token disabled for', 'index taken'].map(
    (name) => `HEC: ${name}`,
  ),
  ...['limit lowered', 'order ignored', 'key rejected', 'rate limit', 'too many rows'].map((name) => `MISP: ${name}`),
  ...['add', 'add with an old', 'add with a future', 'add an object', 'begin of a transaction', 'late commit'].map(
    (name) => `MISP: ${name}`,
  ),
  ...[
    'edit',
    'edit of an event',
    'edit with a future',
    'to_ids',
    'repair',
    'global tag',
    'local tag',
    'tag of an event',
  ].map((name) => `MISP: ${name}`),
  ...[
    'soft delete',
    'hard delete',
    'restore',
    'removed by an edit',
    'soft delete of an object',
    'hard delete of an event',
  ].map((name) => `MISP: ${name}`),
  ...[
    'publish',
    'unpublish',
    'import, published',
    'import, not',
    'sync with',
    'sync without',
    'merge',
    'delegation',
  ].map((name) => `MISP: ${name}`),
  ...['hidden from us', 'visible again', 'one second fills pages', 'thousands in one second'].map(
    (name) => `MISP: ${name}`,
  ),
  ...['pause', 'resume', 'poll', 'reset back', 'reset back, redeliver', 'reset forward', 'backfill', 'replay'].map(
    (name) => `command: ${name}`,
  ),
  ...['worker killed', 'worker cut off', 'feed lost', 'backfill lost', 'backfill ended', 'continue as new', 'slow'],
  ...['clock: misp', 'clock: ours', 'request of a dead process', 'step of a zombie', 'an activity is given up'],
  ...[
    'receipt found on a retry',
    'left in doubt',
    'sent again',
    'duplicates, counted',
    'blocked: fetch',
    'blocked: deliver',
  ],
  ...['fetch', 'translate', 'deliver', 'saveCheckpoint'].flatMap((name) => [
    `killed at: ${name}`,
    `taken for dead: ${name}`,
  ]),
  ...['before', 'after'].flatMap((when) => [
    `killed at: deliver, ${when} saveBatch`,
    `left behind at: deliver, ${when} finish`,
  ]),
  ...['request to', 'answer of'].map((place) => `killed at: deliver, ${place}`),
  'left behind at: deliver, after settlePart',
  ...['putPage', 'putShipment', 'claimShipment', 'saveBatch', 'finishShipment'].map((step) => `store fails: ${step}`),
];

/** Every n-th seed, in a process of its own. Rejects when it ends without a result. */
function played(first: number): Promise<Result> {
  const file = join(import.meta.dirname, 'main.ts');
  const args = [
    file,
    String(first),
    String(SEEDS - (first - FIRST)),
    '--every',
    String(PROCESSES),
    '--story',
    '--json',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, complaints]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
    child.once('error', reject);
    child.once('close', () => {
      try {
        resolve(JSON.parse(Buffer.concat(out).toString()) as Result);
      } catch {
        reject(new Error(`the seeds from ${first} on ended without a result: ${Buffer.concat(complaints).toString()}`));
      }
    });
  });
}

it(`loses nothing in ${SEEDS} seeds from ${FIRST} on`, { timeout: 60_000 + SEEDS * SEED_MS_MAX }, async () => {
  const results = await Promise.all(Array.from({ length: PROCESSES }, (_, n) => played(FIRST + n)));
  const total: Tally = new Map();
  for (const { tally } of results) addTo(total, new Map(tally));
  console.log(`${results.reduce((sum, each) => sum + each.played, 0)} seeds met\n${report(total)}`);
  expect(results.flatMap(({ failure }) => failure ?? []).join('\n\n')).toBe('');
  expect(results.reduce((sum, each) => sum + each.played, 0)).toBe(SEEDS);
  const names = [...total.keys()];
  const unmet = MUST_HAPPEN.filter((name) => !names.some((each) => each.startsWith(name)));
  if (SEEDS >= ENOUGH) expect(unmet).toEqual([]);
});
