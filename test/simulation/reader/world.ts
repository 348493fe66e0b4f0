// A reader beside a MISP that changes: it crashes between any two requests, and every poll is checked against what was there.
import { type Cursor, newCursor } from '../../../src/core/cursor.ts';
import {
  accept,
  giveUp,
  nextRequest,
  type Progress,
  type ReaderSettings,
  type Request,
  type Row,
  startPoll,
} from '../../../src/misp/reader.ts';
import { Bound } from './bound.ts';
import { contentOf, type ModelRow } from './misp-answers.ts';
import type { Misp } from './misp-model.ts';
import type { Random } from './random.ts';
import { count, type Tally } from './tally.ts';

/** These changes move no selector: they wait for the reconcile, or for the next change that does. */
const LEFT_TO_RECONCILE = new Set([
  'before the first poll',
  'local tag, sighting',
  'hidden from us',
  'visible again',
  'edit by sync, not published',
  'delete by sync, not published',
]);

/** They also hide what happened to the row before: it is not seen until they are. */
const MASKS = new Set([
  'hidden from us',
  'visible again',
  'edit by sync, not published',
  'delete by sync, not published',
]);

type Seen = Row & { uuid: string; content: string };

/** An invariant does not hold. */
export class Broken extends Error {}

export class World {
  readonly misp: Misp;
  readonly dice: Random;
  readonly settings: ReaderSettings;
  readonly tally: Tally;
  cursor: Cursor;
  /** Ours minus MISP's clock. */
  skew: number;
  poll = 0;
  down = 0;
  between: () => void = () => {};
  seen = new Map<string, string>();
  unreadable = new Set<string>();
  requestsOfPass = new Map<string, number>();
  constructor(misp: Misp, dice: Random, settings: ReaderSettings, since: number, skew: number, tally: Tally) {
    this.misp = misp;
    this.dice = dice;
    this.settings = settings;
    this.tally = tally;
    this.skew = skew;
    this.cursor = newCursor(since);
  }
  ours(): number {
    return this.misp.now + this.skew;
  }

  // ---------------------------------------------------------------- the caller

  runPoll(): { from: number; low: number; first: boolean } {
    const first = this.cursor.id === null;
    let job = { from: 0, low: 0 };
    const cursor = this.run(startPoll(this.cursor, this.ours(), this.settings), (progress) => {
      if (progress.job.kind === 'poll' && progress.job.until !== null) job = progress.job;
    });
    this.cursor = cursor!;
    this.tally.polls++;
    return { ...job, first };
  }

  run(start: Progress, look: (progress: Progress) => void = () => {}): Cursor | null {
    const { misp, settings, tally, dice } = this;
    this.seen = new Map();
    this.unreadable = new Set();
    this.requestsOfPass = new Map();
    const bound = new Bound(misp, settings);
    let requests = 0;
    let progress = start;
    for (;;) {
      // What is there before the first poll knows the newest ids is what the feed begins with.
      const firstAnswer = progress.job.kind === 'poll' && progress.job.cursor.id === null && progress.step === 0;
      if (!firstAnswer) this.between();
      progress = JSON.parse(JSON.stringify(progress)) as Progress; // a crash at any place
      const askedAt = this.ours();
      const request = nextRequest(progress, settings);
      tally.requests++;
      this.requestsOfPass.set(request.pass, (this.requestsOfPass.get(request.pass) ?? 0) + 1);
      bound.look();
      if (this.down > 0) {
        this.down--; // the probe fails too: an outage, the same again
        tally.outages++;
        continue;
      }
      const http = misp.restSearch({ ...request.body });
      if (dice.chance(0.01)) {
        tally.lostAnswers++;
        continue;
      }
      if (http.status !== 200) {
        tally.failed++;
        const givenUp = giveUp(progress, settings);
        if (givenUp.unreadable) this.checkUnreadable(request);
        progress = givenUp.progress;
        continue;
      }
      requests++;
      if (requests > bound.requests()) throw new Broken(`no end: ${requests} requests, ${JSON.stringify(progress)}`);
      const rows = http.rows.map((row): Seen => ({
        id: row.id,
        timestamp: row.timestamp,
        uuid: row.uuid,
        content: contentOf(row),
      }));
      const { resultCount, skipped, date } = http;
      const outcome = accept(progress, { rows, resultCount, skipped, date, askedAt }, settings);
      for (const row of http.rows) this.show(row, request);
      tally.rows += rows.length;
      if (outcome.doubtful !== null) tally.doubtful++;
      if (outcome.progress === null) {
        tally.worst = Math.max(tally.worst, requests / bound.requests());
        tally.requestsMax = Math.max(tally.requestsMax, requests);
        return outcome.cursor;
      }
      progress = outcome.progress;
      look(progress);
    }
  }

  private checkUnreadable(request: Request): void {
    const there = this.misp.restSearch({ ...request.body }, true);
    if (there.status !== 200 || there.rows.length !== 1 || !there.rows[0]!.poison)
      throw new Broken('a row was called unreadable that is not');
    this.unreadable.add(there.rows[0]!.uuid);
    this.tally.unreadable++;
  }

  private show(row: ModelRow, request: Request): void {
    this.seen.set(row.uuid, contentOf(row));
    if (!row.deleted) row.seenLive = true;
    for (const { change, poll } of row.pending) {
      const { event_timestamp: byEvent, publish_timestamp: byPublish } = request.body;
      const column = byEvent === undefined ? (byPublish === undefined ? 'A' : 'P') : 'E';
      const name = request.pass === 'new' ? 'new' : `${request.pass}/${column}`;
      const late = this.misp.poll - 1 - poll;
      count(this.tally.seenBy, change, `${name} ${late < 0 ? 'at once' : `+${late}`}`);
    }
    row.pending = [];
  }

  // ---------------------------------------------------------------- the invariants

  /** Every row that stayed as it was during the whole poll, and that a selector covers, was shown by this poll. */
  pollAndCheck(): void {
    const { misp } = this;
    misp.poll = ++this.poll;
    const start = misp.tick;
    const before = new Map(misp.events.map((event) => [event, { ...event }]));
    const { from, low, first } = this.runPoll();
    for (const row of misp.visible()) {
      const event = before.get(row.event);
      if (row.touched > start || !event || row.hidden || row.warned) continue;
      const E = Math.min(event.timestamp, row.event.timestamp);
      const P = Math.min(event.publish, row.event.publish);
      const covered = row.deleted
        ? !first && (row.timestamp >= from || E >= from || P >= from)
        : row.timestamp >= from || E >= from || P >= from || (!first && row.id > low);
      if (!covered) continue;
      if (row.poison) {
        if (!this.unreadable.has(row.uuid)) throw new Broken(`poison ${row.uuid} not reported`);
        continue;
      }
      if (this.seen.get(row.uuid) !== contentOf(row)) {
        throw new Broken(
          `poll ${this.poll} missed ${row.uuid}: ${JSON.stringify({ ...row, event: row.event.id })} from ${from} low ${low}`,
        );
      }
    }
  }

  /** After the changes stopped and some polls, every visible row was shown as it is now. */
  checkQuiet(): void {
    for (const row of this.misp.visible()) {
      if (row.hidden || row.warned || row.poison || (row.deleted && !row.seenLive)) continue;
      const owed = row.pending.filter(({ change }) => !LEFT_TO_RECONCILE.has(change));
      const masked = row.pending.some(({ change }) => MASKS.has(change));
      if (owed.length > 0 && !masked) throw new Broken(`never shown: ${JSON.stringify({ row, cursor: this.cursor })}`);
      for (const { change } of row.pending) this.tally.missed.set(change, (this.tally.missed.get(change) ?? 0) + 1);
    }
  }
}
