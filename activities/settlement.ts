// What the batches of a shipment prove: what goes into the ledger, what becomes a dead letter, and what is in doubt.
import { owed, type BatchProgress } from '../src/destinations/destination.ts';
import type { Claim, LedgerEntry, NewDeadLetter, SettledEntry, Settlement, Store } from '../src/store/store.ts';
import { rowLetter } from './letters.ts';
import type { Manifest } from './manifest.ts';
import { unpackPage } from './page-bytes.ts';
import type { StoredPage } from './stored-page.ts';

/** Where a batch stands. */
export interface BatchState {
  records: number;
  progress: BatchProgress;
}

/** The page that a shipment was made from: its raw rows are read only when something was refused. */
export class RawRows {
  private readonly store: Store;
  private readonly page: { ref: string; owner: string };
  private read: Promise<StoredPage | null> | undefined;

  constructor(store: Store, page: { ref: string; owner: string }) {
    this.store = store;
    this.page = page;
  }

  async row(n: number | null): Promise<unknown> {
    if (n === null) return undefined;
    const { ref, owner } = this.page;
    this.read ??= this.store.getPage(ref, owner).then((bytes) => (bytes ? unpackPage(bytes) : null));
    return (await this.read)?.rows[n]?.row;
  }
}

/** A record that is neither owed nor rejected is confirmed; one that is owed is left out. */
export async function settlementOf(
  manifest: Manifest,
  batches: readonly BatchState[],
  raw: RawRows,
): Promise<Settlement> {
  // What was found without sending rests on what was to be sent before it: a withdrawal that is still owed, for one.
  const owing = new Set(
    [...outcomes(batches)].flatMap(({ place, isOwed }) => (isOwed ? manifest.records[place]!.entry.uuid : [])),
  );
  const entries: SettledEntry[] = [...manifest.unsent, ...manifest.rejected].filter(({ uuid }) => !owing.has(uuid));
  const letters: NewDeadLetter[] = [...manifest.letters];
  const resolved = [...manifest.resolved];
  for (const { place, rejection, isOwed } of outcomes(batches)) {
    const { entry, letter, row } = manifest.records[place]!;
    if (isOwed) continue;
    if (letter !== null) resolved.push(letter);
    if (rejection) {
      letters.push(rowLetter(await raw.row(row), entry, 'deliver', rejection.code, rejection.reason));
      entries.push({ ...entry, state: 'rejected' });
    } else entries.push(entry);
  }
  return { entries, letters, resolved };
}

/**
 * Keeps what is proved of a shipment that is not finished, and marks what may have arrived without a proof. A shipment may never be
 * tried again, and MISP may show another version of the row by then, or none: what is perhaps at the destination must be known, or
 * nobody would withdraw it. Throws ClaimLost, and what the store throws.
 */
export async function settlePart(
  store: Store,
  claim: Claim,
  manifest: Manifest,
  batches: readonly BatchState[],
  raw: RawRows,
): Promise<void> {
  const proved = await settlementOf(manifest, batches, raw);
  await store.settlePart(claim, { ...proved, entries: [...proved.entries, ...inDoubt(manifest, batches)] });
}

/** Of a batch with any request whose outcome is not known, every record without a proof may have arrived. A refusal is an outcome. */
function inDoubt(manifest: Manifest, batches: readonly BatchState[]): SettledEntry[] {
  return [...outcomes(batches)].flatMap(({ place, isOwed, mayBeThere }) => {
    const { entry } = manifest.records[place]!;
    return isOwed && mayBeThere ? [doubtful(entry)] : [];
  });
}

/** A withdrawal in doubt is made again, under the same delivery_id; and what comes back meanwhile is sent. */
const doubtful = (entry: LedgerEntry): SettledEntry => ({
  ...entry,
  state: 'live',
  digest: null,
  withdrawals: entry.withdrawals - (entry.state === 'withdrawn' ? 1 : 0),
});

interface RecordOutcome {
  /** Among all records of the shipment. */
  place: number;
  rejection: BatchProgress['rejected'][number] | undefined;
  isOwed: boolean;
  mayBeThere: boolean;
}

function* outcomes(batches: readonly BatchState[]): Iterable<RecordOutcome> {
  let first = 0;
  for (const { records, progress } of batches) {
    const refused = new Map(progress.rejected.map((rejection) => [rejection.index, rejection]));
    const open = owed(progress) > 0 ? [...progress.todo, ...progress.pending] : [];
    const { posting, pending, possibleDuplicates } = progress;
    const mayBeThere = posting !== null || pending.length > 0 || possibleDuplicates > 0;
    for (let index = 0; index < records; index++) {
      const rejection = refused.get(index);
      const isOwed = !rejection && open.some(({ from, to }) => index >= from && index < to);
      yield { place: first + index, rejection, isOwed, mayBeThere };
    }
    first += records;
  }
}
