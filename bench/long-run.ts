// One long run of the relay: how its memory, the history in Temporal and the ledger grow.
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { runPart } from './child.ts';
import type { MemoryMark, RelayRun } from './relay.ts';
import { rounded } from './numbers.ts';
import type { Simulated } from './simulated.ts';

export interface LongRun {
  /** By the number of rows that were confirmed. */
  rssMb: Record<string, Omit<MemoryMark, 'rows'>>;
  /** Of all runs of the entity together. */
  historyBytesPerPage: number;
  /** What the store keeps for each million attributes. */
  ledgerMbPerMillion: number;
  longRun: {
    rows: number;
    perSecond: number;
    stuckMsMax: number;
    entityRuns: number;
    /** What the file has grown to while pages passed through it. */
    storeFileMb: number;
  };
}

export async function measureLongRun(
  simulated: Simulated,
  marks: readonly number[],
  profile: string | undefined,
): Promise<LongRun> {
  await simulated.forget();
  const config = simulated.freshConfig();
  const run = await runPart<RelayRun>('relay', config, { marks, profile });
  const { attributes } = await simulated.delivered();
  if (attributes !== simulated.live) throw new Error(`${attributes} attributes came of ${simulated.live}`);
  const file = join(dirname(config), 'relay.db');
  return {
    rssMb: Object.fromEntries(run.memory.map(({ rows, ...memory }) => [nameOf(rows, marks), memory])),
    historyBytesPerPage: Math.round(run.historyBytes / run.pages),
    ledgerMbPerMillion: rounded(usedBytes(file) / attributes),
    longRun: {
      rows: run.rows,
      perSecond: rounded(run.rows / run.seconds),
      stuckMsMax: run.stuckMsMax,
      entityRuns: run.runs,
      storeFileMb: rounded(statSync(file).size / 1e6),
    },
  };
}

/** The mark that was passed; the end has the number of its rows. */
const nameOf = (rows: number, marks: readonly number[]): string =>
  String(marks.findLast((mark) => mark <= rows) ?? rows);

/** Without the pages of the file that are free again: what passed through has left them. */
function usedBytes(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  const pragma = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()![name]);
  try {
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  } finally {
    db.close();
  }
}
