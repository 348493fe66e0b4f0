// What must hold at every step: nothing is called confirmed that the destination has not proved, no place moves over unconfirmed work, and
// nothing is sent again without one of the causes that docs/guarantees.md names.
import assert from 'node:assert/strict';
import type { StoredPage } from '../../../activities/stored-page.ts';
import type { FeedState } from '../../../src/core/feed-state.ts';
import type { Page, Receipt } from '../../../src/core/progress.ts';
import type { NewDeadLetter, Settlement } from '../../../src/store/store.ts';
import type { Arrivals, Line } from './arrivals.ts';
import { count, type Tally } from './tally.ts';
import type { Rule, Shown } from './truth.ts';

interface Sent {
  /** When the ledger was looked into for it. */
  madeAt: number;
  lines: Line[];
  receipt: Receipt | null;
}

/** Whether an attribute has expired by now. */
type EndOf = (timestamp: number, lastSeen: string | null) => boolean;
type ReadRow = StoredPage['rows'][number];

export class Proofs {
  private readonly sink: Arrivals;
  private readonly rule: Rule;
  private readonly tally: Tally;
  private readonly endOf: EndOf;
  /** Counts what happens: only the order matters. */
  private clock = 0;
  private forgottenAt = 0;
  private readonly pages = new Map<string, StoredPage>();
  /** The pages that lead to a place; null: without rows. */
  private readonly places = new Map<string, (string | null)[]>();
  private readonly shipments = new Map<string, Sent>();
  /** What the ledger holds of each attribute, and since when. */
  private readonly doubted = new Map<string, number>();
  private readonly known = new Map<string, Line & { at: number }>();
  /** What a person must look at: its code, by uuid or by place. */
  readonly letters = new Map<string, string>();
  /** Found where nobody can be told: inside an attempt. */
  broken: string | null = null;

  constructor(sink: Arrivals, rule: Rule, tally: Tally, endOf: EndOf) {
    this.sink = sink;
    this.endOf = endOf;
    this.rule = rule;
    this.tally = tally;
    sink.onPost = (ids) => {
      try {
        this.posted(ids);
      } catch (error) {
        this.broken ??= String(error);
      }
    };
  }

  // ---- what happens

  pageStored(ref: string, page: StoredPage): void {
    this.pages.set(ref, page);
  }

  /** A fetch has told the loop what it read. */
  pageRead(workflow: string, state: FeedState, page: Page): void {
    const place = placeOf(workflow, page.cursor ?? state.cursor, page.next);
    this.places.set(place, [...(this.places.get(place) ?? []), page.rows === 0 ? null : page.ref]);
  }

  ledgerSeen(): number {
    return ++this.clock;
  }

  shipmentStored(ref: string, madeAt: number, lines: Line[]): void {
    this.shipments.set(ref, { madeAt, lines, receipt: null });
  }

  /** The ledger says so now: the destination must have proved it. */
  settled(ref: string, { entries, letters }: Settlement): void {
    const at = ++this.clock;
    const lines = new Map(this.shipments.get(ref)!.lines.map((line) => [line.seq, line]));
    for (const { uuid, seq, state, digest } of entries) {
      if (digest === null) {
        this.known.delete(uuid);
        this.doubted.set(uuid, Math.max(seq, this.doubted.get(uuid) ?? 0));
        count(this.tally, 'left in doubt');
      }
      if (state === 'rejected' || digest === null) continue;
      const line = lines.get(seq);
      const action = state === 'live' ? 'upsert' : 'withdraw';
      const proved = this.sink.byUuid
        .get(uuid)
        ?.some((each) => each.seq === seq && each.proved && each.action === action);
      assert(
        line ? proved : state === 'withdrawn' && !this.isLiveBefore(uuid, seq),
        `the ledger says ${state} of ${uuid} (seq ${seq}), and the destination has not proved it`,
      );
      const forgotten = this.shipments.get(ref)!.madeAt < this.forgottenAt; // it learns that it must go again
      if (line && !forgotten && seq >= Math.max(this.known.get(uuid)?.seq ?? 0, this.doubted.get(uuid) ?? 0))
        this.known.set(uuid, { ...line, at });
    }
    for (const letter of letters) this.letters.set(nameOf(letter), letter.code);
  }

  finished(ref: string, receipt: Receipt): void {
    this.shipments.get(ref)!.receipt = receipt;
  }

  /** `redeliver`: what is confirmed may be sent again. */
  forgotten(): void {
    this.forgottenAt = ++this.clock;
    this.known.clear();
  }

  // ---- what must hold

  /** No place is reached over a page whose rows are not all accounted for. */
  reached(workflow: string, { cursor, reading }: FeedState): void {
    const place = placeOf(workflow, cursor, reading);
    const pages = this.places.get(place);
    if (!pages) return;
    this.places.delete(place); // looked at once: what comes later may be asked for again
    if (pages.includes(null)) return;
    const problems = pages.map((ref) => this.problemOf(this.pages.get(ref!)!));
    assert(problems.includes(null), `${workflow} goes past a page that is not confirmed: ${problems[0]}`);
  }

  /** A shipment that has its receipt has counted whatever it sent twice. */
  duplicatesAreCounted(): void {
    const sent = new Map<string, number>();
    for (const { shipment, deliveryId } of this.sink.arrived) {
      const line = `${shipment} ${deliveryId}`;
      sent.set(line, (sent.get(line) ?? 0) + 1);
    }
    const twice = new Map<string, number>();
    for (const [line, n] of sent) {
      const shipment = line.split(' ')[0]!;
      twice.set(shipment, (twice.get(shipment) ?? 0) + n - 1);
    }
    for (const [ref, n] of twice) {
      const receipt = this.shipments.get(ref)?.receipt;
      if (n > 0 && receipt) count(this.tally, 'duplicates, counted in a receipt', n);
      if (receipt)
        assert(
          n <= receipt.possibleDuplicates,
          `${ref} sent ${n} records twice and counts ${receipt.possibleDuplicates}`,
        );
    }
  }

  private problemOf({ rows, broken, unreadable }: StoredPage): string | null {
    const lost = broken.find(({ uuid }) => uuid !== null && !this.letters.has(uuid));
    if (lost) return `no dead letter for ${lost.uuid}`;
    const silent = unreadable.find(({ uuid, key }) => !this.letters.has(uuid ?? key));
    if (silent) return `no dead letter for ${silent.key}`;
    for (const row of rows) {
      const problem = this.problemOfRow(row);
      if (problem) return problem;
    }
    return null;
  }

  private problemOfRow({ row, seq, ofEvent }: ReadRow): string | null {
    const latest = this.sink.latest(row.uuid);
    if (this.letters.has(row.uuid) || (latest && latest.seq > seq)) return null;
    // What the event adds to a version that is known is only looked at in the pass that reads changed events.
    const known = this.sink.byUuid.get(row.uuid)?.some((each) => each.proved && each.timestamp === row.timestamp);
    if (!ofEvent && !row.deleted && known) return null;
    const shown = shownOf(row);
    const live = !row.deleted && this.rule.passes(shown, row.Event.published);
    // It may have been read before its end or after it, and the expiry comes at a poll.
    if (live && this.endOf(row.timestamp, row.last_seen ?? null)) return null;
    const proved = this.sink.byUuid
      .get(row.uuid)
      ?.some((each) => each.proved && each.content === this.sink.viewOf(shown));
    const there = latest?.action === 'upsert' && latest.content === this.sink.viewOf(shown) && proved;
    const good = live ? there : latest?.action !== 'upsert' || (!row.deleted && this.rule.keepsWhatLeft === true);
    return good
      ? null
      : `${row.uuid} (${live ? 'live' : 'gone'}, seq ${seq}); read: ${this.sink.viewOf(shown)} ofEvent ${ofEvent}; there: ${latest?.seq} ${latest?.proved} ${latest?.content}`;
  }

  /** A newer one may have come back meanwhile. */
  private isLiveBefore(uuid: string, seq: number): boolean {
    const latest = this.sink.latest(uuid);
    return latest?.action === 'upsert' && latest.seq < seq;
  }

  private posted(ids: string[]): void {
    const again = ids.filter((id) => (this.sink.times.get(id) ?? 0) > 0);
    if (again.length === 0) return;
    count(this.tally, 'sent again', again.length);
    const { madeAt, lines } = this.shipments.get(this.sink.sender())!;
    for (const id of again) {
      const uuid = id.slice(0, id.indexOf(':'));
      const known = this.known.get(uuid);
      const cameBack = lines.some((line) => line.uuid === uuid && line.deliveryId !== id); // after another version
      assert(
        known?.deliveryId !== id || known.at > madeAt || cameBack,
        `${id} is sent again although the ledger knew it before the shipment was made`,
      );
    }
  }
}

const placeOf = (workflow: string, cursor: FeedState['cursor'], reading: FeedState['reading']): string =>
  `${workflow} ${JSON.stringify([cursor, reading])}`;

/** The oracle knows a letter by its attribute, where it has one. */
const nameOf = ({ uuid, ident }: NewDeadLetter): string => uuid ?? ident;

const shownOf = (row: ReadRow['row']): Shown => {
  const tags = row.Tag ?? [];
  return {
    type: row.type,
    value: row.value,
    category: row.category,
    toIds: row.to_ids,
    comment: row.comment,
    timestamp: row.timestamp,
    tags: tags.filter(({ inherited }) => !inherited).map(({ name }) => name),
    info: row.Event.info,
    eventTags: (row.Event.Tag ?? tags.filter(({ inherited }) => inherited)).map(({ name }) => name),
  };
};
