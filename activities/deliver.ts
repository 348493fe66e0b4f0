// Sends a shipment and commits what came of it. The shipment is claimed first: of two attempts, the last one goes on and the
// other stops. Whatever fails, what was confirmed until then is in the ledger.
import {
  owed,
  newBatchProgress,
  type Batch,
  type BatchProgress,
  type DeliverContext,
} from '../src/destinations/destination.ts';
import type { FeedState } from '../src/core/feed-state.ts';
import type { Receipt, Shipment } from '../src/core/progress.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import { ClaimLost, type Claim, type Settlement } from '../src/store/store.ts';
import type { ActivityContext } from './context.ts';
import type { Deps } from './deps.ts';
import { FeedRemoved, Missing } from './errors.ts';
import type { HandedShipment, Manifest } from './manifest.ts';
import { unpackJson, unpackText } from './packing.ts';
import { RawRows, settlementOf, settlePart, type BatchState } from './settlement.ts';

export interface DeliverInput {
  feed: string;
  workflow: string;
  /** Of the page that the shipment was made from: the raw rows of what is refused lie there. */
  page: string;
  shipment: Shipment;
  /** The state as it stands after the page; committed with it. */
  after: FeedState;
}

export async function deliverShipment(deps: Deps, input: DeliverInput, context: ActivityContext): Promise<Receipt> {
  const feed = deps.feeds.get(input.feed);
  if (!feed) throw new FeedRemoved(input.feed);
  const found = await deps.store.claimShipment(input.shipment.ref, input.workflow);
  if (!found) throw new Missing(`shipment ${input.shipment.ref}`);
  if ('receipt' in found) return found.receipt;
  const handed = deps.handOver?.take<HandedShipment>(input.shipment.ref);
  const manifest = handed?.manifest ?? (await unpackJson<Manifest>(found.manifest));
  const batches = found.batches.map(({ records, progress }, number) => ({
    records,
    lines: handed?.lines[number] ?? null,
    progress: progress ?? newBatchProgress(records),
  }));
  const raw = new RawRows(deps.store, { ref: input.page, owner: input.workflow });
  const delivery = new ShipmentDelivery(deps, feed, found.claim, batches, context.signal);
  try {
    await delivery.run();
  } catch (error) {
    // This failure matters more than one of the settlement: the progress of each batch is kept, so nothing is lost.
    if (!(error instanceof ClaimLost)) {
      await settlePart(deps.store, found.claim, manifest, batches, raw).catch((also: unknown) => {
        if (!(also instanceof ClaimLost))
          deps.log.warn({ feed: feed.name, error: also }, 'a part could not be settled');
      });
    }
    throw error;
  }
  const settlement = await settlementOf(manifest, batches, raw);
  const receipt = receiptOf(settlement, manifest, batches);
  await deps.store.finishShipment(found.claim, {
    ...settlement,
    receipt,
    checkpoint: { id: input.workflow, state: input.after },
  });
  deps.committed?.(feed.name, input.shipment.counts, receipt);
  return receipt;
}

interface OpenBatch extends BatchState {
  /** Null: they must be unpacked. */
  lines: readonly string[] | null;
}

class ShipmentDelivery {
  private readonly deps: Deps;
  private readonly feed: FeedRuntime;
  private readonly claim: Claim;
  private readonly batches: OpenBatch[];
  private readonly signal: AbortSignal;

  constructor(deps: Deps, feed: FeedRuntime, claim: Claim, batches: OpenBatch[], signal: AbortSignal) {
    this.deps = deps;
    this.feed = feed;
    this.claim = claim;
    this.batches = batches;
    this.signal = signal;
  }

  /** All batches are posted before the first wait for acknowledgements. What comes back unconfirmed is posted again. */
  async run(): Promise<void> {
    const { destination } = this.feed;
    while (this.batches.some(({ progress }) => owed(progress) > 0 || progress.posting)) {
      await this.each(
        ({ progress }) => progress.todo.length > 0 || progress.posting !== null,
        (batch, progress, context) => destination.deliver(batch, progress, context),
      );
      await this.each(
        ({ progress }) => progress.pending.length > 0,
        (batch, progress, context) => destination.confirm!(batch, progress, context),
      );
    }
  }

  /** A failure of one batch lets those under way finish, and starts no other. */
  private async each(
    wanted: (batch: OpenBatch) => boolean,
    work: (batch: Batch, progress: BatchProgress, context: DeliverContext) => Promise<BatchProgress>,
  ): Promise<void> {
    const waiting = this.batches.map((batch, number) => ({ batch, number })).filter(({ batch }) => wanted(batch));
    const failures: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next && failures.length === 0; next = waiting.shift()) {
        const { batch, number } = next;
        try {
          batch.progress = await this.one(batch, number, work);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: this.feed.destination.limits.concurrency }, lane));
    if (failures.length > 0) throw failures.find((error) => error instanceof ClaimLost) ?? failures[0];
  }

  private async one(
    batch: OpenBatch,
    number: number,
    work: (batch: Batch, progress: BatchProgress, context: DeliverContext) => Promise<BatchProgress>,
  ): Promise<BatchProgress> {
    const zipped = await this.deps.store.readBatch(this.claim, number); // also proves the claim, before anybody is asked anything
    const lines = batch.lines ?? (await unpackText(zipped)).split('\n');
    const save = async (progress: BatchProgress): Promise<void> => {
      await this.deps.store.saveBatch(this.claim, number, progress);
      batch.progress = progress;
    };
    const done = await work({ id: `${this.claim.ref}#${number}`, lines, zipped }, batch.progress, {
      save,
      signal: this.signal,
    });
    await save(done);
    return done;
  }
}

function receiptOf({ entries, letters }: Settlement, { unsent }: Manifest, batches: OpenBatch[]): Receipt {
  const sent = batches.reduce((sum, { records, progress }) => sum + records - progress.rejected.length, 0);
  const withdrawn = entries.filter(({ state }) => state === 'withdrawn').length - unsent.length;
  const sum = (of: (progress: BatchProgress) => number): number =>
    batches.reduce((n, { progress }) => n + of(progress), 0);
  return {
    confirmed: sent,
    withdrawn,
    rejected: letters.length,
    requests: sum(({ requests }) => requests),
    bytes: sum(({ bytes }) => bytes),
    possibleDuplicates: sum(({ possibleDuplicates }) => possibleDuplicates),
  };
}
