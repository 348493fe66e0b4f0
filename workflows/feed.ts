// The life of one feed, or of one backfill, as plain sequential code. It imports nothing of Temporal: what it needs from
// outside are FeedPorts. Handlers change the state at once; this loop looks at it after every `await`.
//
// A poll is read page by page: fetch, translate, deliver. While a page is translated and delivered the next one is fetched.
// The place moves past a page only when it is confirmed, and the cursor only when the whole poll is.
import {
  RUNNING_MAX,
  backfillDied,
  backfillFoundRunning,
  backfillRefused,
  backfillStarted,
  firstMessageTaken,
} from '../src/core/backfills.ts';
import { saved } from '../src/core/checkpoint.ts';
import type { DedupWindow } from '../src/core/dedup-window.ts';
import { expireLater, lookForExpired, moveExpiryPast, sliceConfirmed } from '../src/core/expiry.ts';
import type { Backfill, Change, FeedState, Message, Reading, Side } from '../src/core/feed-state.ts';
import {
  block,
  movePast,
  pageConfirmed,
  pageRead,
  startDelivery,
  startReading,
  type Page,
  type Receipt,
  type Shipment,
} from '../src/core/progress.ts';

/** Each port tries again by itself. What it cannot do it says with GaveUp; any other error is a fault of ours and ends the run. */
export interface FeedPorts {
  /** After `cancel`, `page` settles at once. */
  fetch(reading: Reading, epoch: number): { page: Promise<Page>; cancel(): void };
  /** A slice of what is live and has expired, as a page. */
  expire(): Promise<Page>;
  /** False: a run that began before there was expiry. */
  expiresInOutage(): boolean;
  translate(page: Page, fresh: string): Promise<Shipment>;
  /** Commits `after` together with the page; is never cancelled. */
  deliver(page: Page, shipment: Shipment, after: FeedState): Promise<Receipt>;
  /** Never gives up, otherwise the loop would spin. */
  saveCheckpoint(state: FeedState): Promise<void>;
  /** Does not wait for its end. */
  startBackfill(backfill: Backfill): Promise<'started' | 'found running' | { refused: string }>;
  /** False: this backfill cannot be reached any more. */
  tell(id: string, message: Message): Promise<boolean>;
  /** The condition only reads. */
  until(condition: () => boolean): Promise<void>;
  /** Calls `late` once, unless the returned function is called before the stall limit. */
  watch(late: () => void): () => void;
  shouldContinueAsNew(idle: boolean): boolean;
  /** On every change, also from handlers: it answers at once and changes nothing. */
  show(status: Status): void;
  /** Epoch seconds. */
  now(): number;
}

/** A port gave up: for ever, and the feed is blocked until somebody helps; or for now, and the page starts again. */
export class GaveUp extends Error {
  readonly forEver: boolean;
  constructor(reason: string, forEver: boolean) {
    super(reason);
    this.forEver = forEver;
  }
}

export type Mode = 'starting' | 'idle' | 'running' | 'pausing' | 'paused' | 'blocked' | 'stalled' | 'ending';
/** The whole state, and the mode that follows from it; `starting` only until the state is there. */
export type Status = FeedState & { mode: Mode };
export type Ending = 'continueAsNew' | 'end';
type Turn = Ending | 'tell' | 'save' | 'backfill' | 'read' | 'expire' | 'wait';

export class Feed {
  state: FeedState;
  readonly window: DedupWindow;
  private readonly ports: FeedPorts;
  /** Pages are being read, perhaps to try a blocked one. */
  private reading = false;
  /** Only shown: these two decide nothing. */
  private shipping = false;
  private stalled = false;

  constructor(ports: FeedPorts, state: FeedState, window: DedupWindow) {
    this.ports = ports;
    this.state = state;
    this.window = window;
  }

  /** When it returns nothing is in flight, and all that matters is in `state` and `window`. */
  async run(): Promise<Ending> {
    this.show(); // a new run has forgotten what the last one showed
    for (;;) {
      await this.ports.until(() => this.turn() !== 'wait');
      const turn = this.turn();
      switch (turn) {
        case 'continueAsNew':
        case 'end':
          return turn;
        case 'tell':
          await this.tellFirst();
          break;
        case 'save':
          await this.save();
          break;
        case 'backfill':
          await this.startFirstBackfill();
          break;
        case 'read':
          await this.readPages();
          break;
        case 'expire':
          await this.expireSlice();
          break;
        case 'wait': // a command was taken back between the condition and here
      }
    }
  }

  /** Applies a command or an event. Never hold a state over an `await`: a handler may have replaced it. */
  apply(change: Change): void {
    this.state = change(this.state);
    if (this.state.owe !== null) this.window.clear(); // what is owed again must not look settled
    this.show();
  }

  status(): Status {
    const { ending, paused, blocked, reading, due } = this.state;
    const busy = this.stalled ? 'stalled' : reading || due ? 'running' : 'idle';
    const held = paused ? (this.shipping ? 'pausing' : 'paused') : blocked ? 'blocked' : busy;
    return { ...this.state, mode: ending ? 'ending' : held };
  }

  /** What comes next, seen from a page boundary. The one place that decides it. */
  private turn(): Turn {
    const {
      outbox,
      revision,
      savedRevision,
      ending,
      bounds,
      reading,
      paused,
      blocked,
      queued,
      running,
      due,
      expiring,
    } = this.state;
    const waits = blocked !== null && !due && !this.reading;
    const mayExpire = blocked?.by !== 'destination';
    let next: Turn;
    if (outbox.length > 0) next = 'tell';
    else if (revision !== savedRevision) next = 'save';
    else if (ending || (bounds && !reading)) next = 'end';
    else if (paused || (waits && !(mayExpire && expiring))) next = 'wait';
    else if (mayExpire && (expiring === 'first' || waits)) next = 'expire';
    else if (queued.length > 0 && running.length < RUNNING_MAX) next = 'backfill';
    else if (due || reading) next = 'read';
    else next = expiring ? 'expire' : 'wait';
    return next !== 'end' && this.ports.shouldContinueAsNew(next === 'wait') ? 'continueAsNew' : next;
  }

  /** Reads from where the poll stands until it is read, or until something else wants its turn at a page boundary. */
  private async readPages(): Promise<void> {
    this.apply(startReading(this.ports.now()));
    this.reading = true;
    const { epoch } = this.state;
    let leaving = false;
    const wanted = (): boolean => !leaving && this.state.epoch === epoch && !this.state.paused && !this.state.ending;
    let ahead: Promise<Page | undefined> | undefined = this.read(this.state.reading!, wanted);
    let stopWatch = this.ports.watch(() => this.setStalled(true));
    try {
      while (ahead) {
        const page: Page | undefined = await ahead;
        if (!page || !wanted()) return;
        ahead = page.next && this.turn() === 'read' ? this.read(page.next, wanted) : undefined; // one page ahead
        if (!(await this.ship(page, wanted))) return;
        stopWatch();
        this.setStalled(false);
        if (ahead) stopWatch = this.ports.watch(() => this.setStalled(true));
      }
    } finally {
      leaving = true; // a page that is still being read is dropped
      stopWatch();
      await ahead;
      this.reading = false;
    }
  }

  /** One page; or nothing, because the port gave up or a command made it unwanted. Then the request is dropped at once, retries and all. */
  private async read(reading: Reading, wanted: () => boolean): Promise<Page | undefined> {
    const request = this.ports.fetch(reading, this.state.epoch);
    // Both ways of settling are taken at once: no unhandled rejection.
    const answer: { page?: Page; error?: unknown } = {};
    const settled = request.page.then(
      (page) => {
        answer.page = page;
      },
      (error: unknown) => {
        answer.error = error;
      },
    );
    const answered = (): boolean => 'page' in answer || 'error' in answer;
    do {
      await this.ports.until(() => answered() || !wanted());
    } while (!answered() && wanted()); // a pause and a resume came together: what let us through no longer holds
    if (!wanted()) {
      request.cancel();
      await settled;
      return undefined;
    }
    if (answer.page) this.apply(pageRead);
    else this.gaveUp(answer.error, 'source');
    return answer.page;
  }

  /** Translates and delivers one page. True: it is behind us. */
  private async ship(page: Page, wanted: () => boolean): Promise<boolean> {
    if (page.rows === 0) {
      this.apply(movePast(page, this.ports.now()));
      return true;
    }
    const { epoch } = this.state;
    try {
      const shipment = await this.ports.translate(page, this.window.fresh(page.keys));
      if (!wanted()) return false; // nothing was sent yet
      this.shipping = true;
      this.apply(startDelivery);
      const at = this.ports.now();
      const after = movePast(page, at, shipment.counts)(this.state);
      const receipt = await this.ports.deliver(page, shipment, after);
      if (this.state.epoch === epoch) this.window.add(page.keys, shipment.settled);
      this.apply(pageConfirmed(page, shipment, receipt, after, at));
      return true;
    } catch (error) {
      this.gaveUp(error, 'destination');
      return false;
    } finally {
      this.shipping = false;
      this.show();
    }
  }

  /** Withdraws a slice of what has expired. What fails for now is tried again when its turn comes. */
  private async expireSlice(): Promise<void> {
    const { epoch } = this.state;
    const wanted = (): boolean => this.state.epoch === epoch && !this.state.paused && !this.state.ending;
    const stopWatch = this.ports.watch(() => this.setStalled(true));
    try {
      const page = await this.ports.expire();
      if (page.rows === 0) return this.apply(moveExpiryPast(page));
      const shipment = wanted() ? await this.ports.translate(page, '') : undefined;
      if (!shipment || !wanted()) return this.apply(expireLater); // nothing was sent yet
      this.shipping = true;
      this.apply(startDelivery);
      const after = moveExpiryPast(page)(this.state);
      this.apply(sliceConfirmed(page, await this.ports.deliver(page, shipment, after), after));
    } catch (error) {
      this.apply(expireLater);
      this.gaveUp(error, 'destination');
    } finally {
      stopWatch();
      this.shipping = false;
      this.setStalled(false);
      this.show();
    }
  }

  private async save(): Promise<void> {
    const written = this.state;
    await this.ports.saveCheckpoint(written);
    this.apply(saved(written));
  }

  private async startFirstBackfill(): Promise<void> {
    const next = this.state.queued[0]!;
    this.apply(backfillStarted(next)); // before its start: a quick one reports back before `startBackfill` returns
    const outcome = await this.ports.startBackfill(next);
    if (outcome === 'found running') this.apply(backfillFoundRunning(next.id));
    else if (outcome !== 'started') this.apply(backfillRefused(next.id, outcome.refused, this.ports.now()));
  }

  private async tellFirst(): Promise<void> {
    const { id, message } = this.state.outbox[0]!;
    this.apply(firstMessageTaken);
    if (!(await this.ports.tell(id, message))) this.apply(backfillDied(id, this.ports.now()));
  }

  private gaveUp(error: unknown, by: Side): void {
    if (!(error instanceof GaveUp)) throw error;
    if (error.forEver) this.apply(block(by, error.message, this.ports.now()));
    if (by === 'source' && this.ports.expiresInOutage()) this.apply(lookForExpired);
  }

  private setStalled(stalled: boolean): void {
    if (this.stalled === stalled) return;
    this.stalled = stalled;
    this.show();
  }

  private show(): void {
    this.ports.show(this.status());
  }
}
