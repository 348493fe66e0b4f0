// Makes a shipment of a page: filters, makes records, drops what the ledger has confirmed or knows newer, turns what must go
// into withdrawals, encodes what is left, and cuts it into batches that are ready to send.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bitmapOf, isMarked } from '../src/core/bitmap.ts';
import type { Counts } from '../src/core/feed-state.ts';
import type { Page, Shipment } from '../src/core/progress.ts';
import { expiryOf, expiryWithdrawal, outcomeOf, type Outcome } from '../src/delivery-of.ts';
import { RecordError } from '../src/errors.ts';
import type { LedgerEntry } from '../src/store/store.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import type { LedgerRow } from '../src/records/ledger-row.ts';
import { identityOf } from '../src/records/delivery.ts';
import { countedFrom } from '../src/records/lifetime.ts';
import type { IndicatorRecord } from '../src/records/record.ts';
import type { Verdict } from '../src/records/verdict.ts';
import { settleAbandoned } from './abandoned.ts';
import { BatchCutter } from './batches.ts';
import type { ActivityContext } from './context.ts';
import type { Deps } from './deps.ts';
import { FeedRemoved, Missing } from './errors.ts';
import { brokenLetter, rowLetter, unreadableLetter } from './letters.ts';
import type { HandedShipment, Manifest } from './manifest.ts';
import { packJson, packLines, refOf, unpackJson } from './packing.ts';
import { unpackPage } from './page-bytes.ts';
import type { StoredPage } from './stored-page.ts';

export interface TranslateInput {
  feed: string;
  workflow: string;
  page: Page;
  /** Marks the rows that the dedup window does not know. */
  fresh: string;
}

/** So many rows are worked on before heartbeats and other activities get their turn. */
const ROWS_A_TURN = 500;

export async function translatePage(deps: Deps, input: TranslateInput, context: ActivityContext): Promise<Shipment> {
  const feed = deps.feeds.get(input.feed);
  if (!feed) throw new FeedRemoved(input.feed);
  const bytes = await deps.store.getPage(input.page.ref, input.workflow);
  if (!bytes) throw new Missing(`page ${input.page.ref}`);
  const page = deps.handOver?.take<StoredPage>(input.page.ref) ?? (await unpackPage(bytes));
  await settleAbandoned(deps, { owner: input.workflow });
  const generation = await deps.store.generationOf(feed.name);
  const translation = new Translation(feed, page);
  const ledger = await known(deps, feed, input.workflow, page);
  await translation.rows(input, ledger);
  translation.broken();
  await translation.expired(ledger);
  const { manifest, batches, settled, counts } = translation;
  const lines = batches.done();
  const packed = await packJson(manifest);
  const ref = refOf(context.ref, packed);
  await deps.store.putShipment({
    ref,
    owner: input.workflow,
    feed: feed.name,
    page: input.page.ref,
    generation,
    manifest: packed,
    batches: await Promise.all(lines.map(async (each) => ({ records: each.length, body: await packLines(each) }))),
  });
  deps.handOver?.give(ref, { manifest, lines } satisfies HandedShipment);
  return { ref, records: manifest.records.length, settled: bitmapOf(settled), counts };
}

/** What the ledger holds; and what another workflow of this feed has on its way, which may arrive after us. */
async function known(
  { store }: Deps,
  { name }: FeedRuntime,
  owner: string,
  page: StoredPage,
): Promise<Map<string, LedgerRow>> {
  const uuids = new Set([...page.rows.map(({ row }) => row.uuid), ...(page.expired ?? [])]);
  const rows = await store.lookUp(name, [...uuids]);
  for (const manifest of await store.manifestsUnderWay(name, owner)) {
    const { records } = await unpackJson<Manifest>(manifest);
    for (const { entry } of records) {
      const row = rows.get(entry.uuid);
      if (uuids.has(entry.uuid) && mayArriveLate(entry, row)) rows.set(entry.uuid, inDoubt(entry, row));
    }
  }
  return rows;
}

/** An older version may be live beside what we find, unless a withdrawal that is newer lies there. */
const mayArriveLate = (entry: LedgerEntry, row: LedgerRow | undefined): boolean =>
  entry.state === 'live' && row?.state !== 'live' && !(row && row.withdrawals > 0 && row.seq > entry.seq);

/** What is gone must then be withdrawn, although the ledger does not know it as live. */
const inDoubt = (entry: LedgerEntry, row: LedgerRow | undefined): LedgerRow => ({
  ...aheadOf(entry, row),
  digest: null,
  rejectedDigest: row?.rejectedDigest ?? null,
  withdrawals: row?.withdrawals ?? entry.withdrawals,
});

class Translation {
  readonly manifest: Manifest;
  readonly batches: BatchCutter;
  readonly settled: boolean[] = [];
  readonly counts: Counts = { filtered: {}, unchanged: 0 };
  private readonly feed: FeedRuntime;
  private readonly page: StoredPage;

  constructor(feed: FeedRuntime, page: StoredPage) {
    this.feed = feed;
    this.page = page;
    this.batches = new BatchCutter(feed.destination.limits);
    this.manifest = { feed: feed.name, records: [], unsent: [], letters: [], rejected: [], resolved: [] };
  }

  async rows({ fresh }: TranslateInput, ledger: Map<string, LedgerRow>): Promise<void> {
    const { local, rows } = this.page;
    /** An attribute may stand twice in a page: the later row has seen what the earlier one does. */
    const ahead = new Map(ledger);
    const keys = new Set<string>();
    for (let n = 0; n < rows.length; n++) {
      if (n % ROWS_A_TURN === ROWS_A_TURN - 1) await nextTurn();
      const { row, ofEvent } = rows[n]!;
      const key = `${row.uuid}:${row.timestamp}:${row.deleted}`;
      // Of a key that stands twice, only the first row is marked: the second says nothing of the window.
      const settled = !isMarked(fresh, n) && !keys.has(key);
      keys.add(key);
      this.settled.push(true);
      if (settled && !local && !ofEvent) this.counts.unchanged++;
      else this.row(n, ahead);
    }
  }

  broken(): void {
    const { letters, resolved } = this.manifest;
    for (const row of this.page.broken) {
      letters.push(brokenLetter(row));
      if (row.letter) resolved.push(row.letter.id); // it comes back as the new letter
    }
    letters.push(...this.page.unreadable.map(unreadableLetter));
  }

  /** They were found a moment ago: what has become newer or is gone by now stays as it is. */
  async expired(ledger: ReadonlyMap<string, LedgerRow>): Promise<void> {
    const { expired = [], observedAt } = this.page;
    for (const [n, uuid] of expired.entries()) {
      if (n % ROWS_A_TURN === ROWS_A_TURN - 1) await nextTurn();
      const known = ledger.get(uuid);
      const isOver = known?.state === 'live' && known.expiresAt !== null && known.expiresAt <= observedAt;
      if (isOver) this.expire(known, observedAt);
      else this.counts.unchanged++;
    }
  }

  private expire(known: LedgerRow, observedAt: number): void {
    const { timestamp, deleted, digest, identity, withdrawals, countedFrom, expiresAt } = known;
    const delivery = expiryWithdrawal(this.feed, known, observedAt);
    const entry: LedgerEntry = {
      uuid: identity.uuid,
      timestamp,
      deleted,
      digest: digest ?? '',
      seq: delivery.seq,
      state: 'withdrawn',
      identity,
      withdrawals: withdrawals + 1,
      countedFrom,
      expiresAt,
    };
    try {
      this.batches.add(this.feed.destination.encode(delivery, this.feed.shape));
      this.manifest.records.push({ entry, letter: null, row: null });
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.manifest.letters.push(rowLetter(undefined, entry, 'translate', error.code, error.message));
      this.manifest.rejected.push({ ...entry, state: 'rejected' });
    }
  }

  private row(n: number, ledger: Map<string, LedgerRow>): void {
    const { row: attribute, seq, letter } = this.page.rows[n]!;
    const row = ledger.get(attribute.uuid);
    if (letter && row && row.seq > letter.seq && row.state !== 'rejected' && row.rejectedDigest === null) {
      this.manifest.resolved.push(letter.id); // something newer is confirmed
      this.counts.unchanged++;
      return;
    }
    const before = letter && row ? { ...row, rejectedDigest: null } : row;
    const outcome = outcomeOf(this.feed, attribute, before, { seq, observedAt: this.page.observedAt });
    if (outcome.delivery) {
      ledger.set(attribute.uuid, this.send(n, outcome, before));
      return;
    }
    const { record, verdict } = outcome;
    if (verdict.kind === 'filtered') this.filter(n, verdict.rule);
    else this.leave(record, verdict, before, seq);
    if (letter) this.manifest.resolved.push(letter.id);
  }

  /** What the ledger will hold. */
  private send(
    n: number,
    { record, verdict, delivery }: Extract<Outcome, { delivery: object }>,
    known: LedgerRow | undefined,
  ): LedgerRow {
    const { feed, page } = this;
    const { seq } = delivery;
    const withdrawals = known?.withdrawals ?? 0;
    const entry = {
      uuid: record.uuid,
      timestamp: record.timestamp,
      deleted: record.deleted,
      digest: verdict.digest,
      seq,
      state: verdict.kind === 'upsert' ? ('live' as const) : ('withdrawn' as const),
      // A deleted row may have lost its value: what was delivered is what must be known.
      identity: verdict.kind === 'upsert' ? identityOf(record) : known!.identity,
      withdrawals: withdrawals + (verdict.kind === 'withdraw' ? 1 : 0),
      ...this.ageOf(record),
    };
    const letter = page.rows[n]!.letter?.id ?? null;
    try {
      this.batches.add(feed.destination.encode(delivery, feed.shape));
      this.manifest.records.push({ entry, letter, row: n });
      return aheadOf(entry, known);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.manifest.letters.push(rowLetter(page.rows[n]!.row, entry, 'translate', error.code, error.message));
      this.manifest.rejected.push({ ...entry, state: 'rejected' });
      if (letter !== null) this.manifest.resolved.push(letter); // it comes back as the new letter
      const rejected = { ...aheadOf({ ...entry, state: 'rejected' as const }, known), digest: null };
      return { ...(known ?? rejected), rejectedDigest: verdict.digest, seq };
    }
  }

  private filter(n: number, rule: string): void {
    this.settled[n] = false;
    this.counts.filtered[rule] = (this.counts.filtered[rule] ?? 0) + 1;
  }

  private leave(record: IndicatorRecord, verdict: Verdict, known: LedgerRow | undefined, seq: number): void {
    this.counts.unchanged++;
    if (verdict.kind !== 'note deleted') return;
    const { uuid, timestamp } = record;
    const identity = known?.identity ?? identityOf(record);
    const withdrawals = known?.withdrawals ?? 0;
    this.manifest.unsent.push({
      uuid,
      timestamp,
      deleted: true,
      digest: verdict.digest,
      seq,
      state: 'withdrawn',
      identity,
      withdrawals,
      ...this.ageOf(record),
    });
  }

  private ageOf(record: IndicatorRecord): { countedFrom: number; expiresAt: number | null } {
    return { countedFrom: countedFrom(record), expiresAt: expiryOf(this.feed, record) };
  }
}

const aheadOf = (entry: Manifest['records'][number]['entry'], before: LedgerRow | undefined): LedgerRow => ({
  ...entry,
  countedFrom: entry.countedFrom ?? entry.timestamp,
  expiresAt: entry.expiresAt ?? null,
  rejectedDigest: null,
  at: 0,
  shipment: before?.shipment ?? '',
});
