// Plays many seeds, counts what they met, and tells the story of the first one that fails.
import './at-once.ts';
import { describe, expect, it } from 'vitest';
import { hecFaults } from '../../../simulators/hec/fault-table.ts';
import { mispFaults } from '../../../simulators/misp/fault-table.ts';
import { addTo, report, type Tally } from './tally.ts';

const { Failed, play } = await import('./play.ts');
const { shrink } = await import('./shrink.ts');

/** `SIMULATION_SEEDS=100000 npm run test:simulation` plays more; `SIMULATION_SEED` says where they begin. */
const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 2000);
const FIRST = Number(process.env['SIMULATION_SEED'] ?? 1);
const CHUNK = 100;
/** So many seeds meet everything. */
const ENOUGH = 2000;

/** What must have happened, or the seeds prove nothing. A name ends where the counts begin to differ. */
const MUST_HAPPEN: readonly string[] = [
  ...Object.keys(hecFaults).map((name) => `HEC: ${name}`),
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
  ...['request to', 'answer of', 'after settlePart'].map((place) => `killed at: deliver, ${place}`),
  ...['putPage', 'putShipment', 'claimShipment', 'saveBatch', 'finishShipment'].map((step) => `store fails: ${step}`),
];

/** Every `parts`-th seed from the `part`-th on: so that several files share the work. */
export function provesSeeds(part: number, parts: number): void {
  describe(`the whole relay, part ${part + 1} of ${parts}`, () => {
    const total: Tally = new Map();
    let played = 0;
    for (let first = FIRST; first < FIRST + SEEDS; first += CHUNK) {
      const last = Math.min(FIRST + SEEDS, first + CHUNK) - 1;
      it(`loses nothing, seeds ${first} to ${last}`, { timeout: 1_200_000 }, async () => {
        for (let seed = first; seed <= last; seed++) {
          if (seed % parts !== part) continue;
          addTo(total, (await play(seed).catch((error: unknown) => tell(seed, error))).tally);
          played++;
        }
      });
    }

    it('met every trap, fault and place of a crash', () => {
      console.log(`${played} seeds met\n${report(total)}`);
      const names = [...total.keys()];
      const unmet = MUST_HAPPEN.filter((name) => !names.some((each) => each.startsWith(name)));
      if (SEEDS >= ENOUGH) expect(unmet).toEqual([]);
      expect(played).toBeGreaterThan(0);
    });
  });
}

async function tell(seed: number, error: unknown): Promise<never> {
  if (!(error instanceof Failed)) throw error;
  const { story, error: last, runs } = await shrink(error.tape);
  throw new Error(
    `seed ${seed}: ${error.message}\nAgain: node bin/run.mjs test/simulation/relay/main.ts ${seed} 1 --story\n\nShrunk in ${runs} runs, it is this story:\n\n${story.join('\n')}\n\n${last.message}`,
    { cause: last.cause },
  );
}
