// The same Feed as in production, driven by a seed: no Temporal, no clock, one process. An activation is what a workflow task
// is: commands and settled ports, with the conditions looked at after each of them, then microtasks, then conditions. Crashes
// are replayed from the recorded history, entities are lost and revived from their checkpoint, backfills are killed.
// Everything that must hold is an assertion.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { bitmapOf, isMarked } from '../../../src/core/bitmap.ts';
import * as backfills from '../../../src/core/backfills.ts';
import * as checkpoints from '../../../src/core/checkpoint.ts';
import { DedupWindow } from '../../../src/core/dedup-window.ts';
import * as states from '../../../src/core/feed-state.ts';
import * as operator from '../../../src/core/operator.ts';
import type { Page, Receipt, Shipment } from '../../../src/core/progress.ts';
import { Feed, GaveUp, type Ending, type FeedPorts } from '../../../workflows/feed.ts';

type Change = states.Change;
type FeedState = states.FeedState;

const WINDOW = 12,
  ROWS_PER_PAGE = 5,
  LOOKBACK = 3,
  ATTEMPTS_MAX = 12,
  TURNS = 150;

type Job = { change: Change } | { op: number; value?: unknown; error?: unknown };
interface Activation {
  suggested: boolean;
  jobs: Job[];
}
interface Op {
  name: string;
  args: unknown[];
  cancelled: boolean;
  settled: boolean;
  attempts: number;
  done: number;
  promised: Promised;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}
interface Child {
  alive: boolean;
  paused: boolean;
}
/** What the commands so far have promised. It is taken along by each checkpoint, and comes back with it after a loss. */
interface Promised {
  paused: boolean;
  asked: Map<string, number>;
  wants: Map<number, number>[];
  exempt: Set<number>;
} // wants: this row again, after this send; exempt: skipped by a forward reset

function generator(seed: number): () => number {
  // mulberry32
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const drain = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

// The source. Row r has second r/2, and there are quiet seconds. Every 7th is published 5 s late and found by another pass; every 11th is filtered, every 13th refused for ever.
const timestamp = (r: number): number => Math.floor(r / 2);
const exists = (r: number): boolean => timestamp(r) % 20 < 6;
const isLate = (r: number): boolean => r % 7 === 0;
const appears = (r: number): number => timestamp(r) + (isLate(r) ? 5 : 0);
const isFiltered = (r: number): boolean => r % 11 === 3;
const isRefused = (r: number): boolean => r % 13 === 5;
const keyOf = (r: number): string => String(r).padStart(28, 'k');

export async function simulate(seed: number): Promise<{ hash: string; stats: Record<string, number> }> {
  const random = generator(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const chance = (p: number): boolean => random() < p;
  const hash = createHash('sha1');
  const stats: Record<string, number> = {};
  const tally = (what: string, n = 1): void => {
    stats[what] = (stats[what] ?? 0) + n;
  };
  const note = (what: string, ...more: unknown[]): void => {
    tally(what);
    hash.update(what + JSON.stringify(more));
  };

  // The world.
  let now = 20;
  const down = { fetch: false, deliver: false, sourceForbids: false, destinationForbids: false };
  const ledger = new Map<number, boolean>(); // settled rows; false: the digest was forgotten
  const sends = new Map<number, number>(),
    lastSend = new Map<number, number>();
  let sendClock = 0;
  const pages = new Map<string, { rows: number[] }>(),
    shipments = new Map<string, { rows: number[]; receipt?: Receipt }>();
  const slices = new Map<string, number>(); // how many have expired, by page
  let expired = 0; // so many of what is live have expired
  let checkpoint = checkpoints.stored(states.newState(0)); // written by `apply`
  let late: (() => void)[] = []; // attempts that everybody has given up, but which still happen
  const children = new Map<string, Child>(),
    finishedChildren = new Set<string>(),
    retiredChildren = new Map<string, number | undefined>(); // and what they were asked as

  // What was promised.
  let promised: Promised = { paused: false, asked: new Map(), wants: [], exempt: new Set() },
    promisedByCheckpoint = structuredClone(promised);
  const answered = new Map<string, number>(); // backfills that were started or refused, and what they were asked as
  let askedAs = 0;
  const isAnswered = (id: string, as: number): boolean => (answered.get(id) ?? 0) >= as;
  let redelivers = 0,
    losses = 0,
    asks = 0,
    permanentFailures = 0;
  let failuresWhileBlocked = 0;

  // One run of the entity, and its history.
  let feed!: Feed, finished: { how?: Ending; error?: unknown } | undefined;
  let ops: Op[] = [],
    conditions: { check: () => boolean; resolve(): void }[] = [];
  let history: Activation[] = [],
    initial = '',
    initialWindow: Uint8Array = new Uint8Array();
  let suggested = false,
    pagesAtSuggestion = -1,
    turnsSinceEnding = 0,
    quiet = false;
  let replaying: Op[] | undefined;

  const live = (name?: string): Op[] => ops.filter((o) => !o.settled && !o.cancelled && (!name || o.name === name));
  const call = (name: string, ...given: unknown[]): Op & { promise: Promise<never> } => {
    const args = copy(given); // as in a history
    let resolve!: (value: unknown) => void, reject!: (error: unknown) => void;
    const promise = new Promise<never>((a, b) => {
      resolve = a as (value: unknown) => void;
      reject = b;
    });
    const before = replaying?.[ops.length];
    const op = {
      name,
      args,
      cancelled: false,
      settled: false,
      attempts: 0,
      done: 0,
      promised: before?.promised ?? structuredClone(promised),
      resolve,
      reject,
      promise,
    };
    if (before) {
      assert.deepEqual([name, args], [before.name, before.args], 'a replay asks for the same');
      op.attempts = before.attempts;
      op.done = before.done;
    } else {
      assert(!replaying, 'a replay asks for no more');
      note(name, ...args);
    }
    ops.push(op);
    assert(live().length <= 2, 'a page and the next one, nothing else, at once');
    return op;
  };
  const shippingNothing = (): void =>
    assert.equal(live('translate').length + live('deliver').length, 0, 'one page is shipped at a time');
  const ports: FeedPorts = {
    fetch(reading, epoch) {
      const { paused, ending, owe, revision, savedRevision } = feed.state;
      assert(!paused && !ending, 'no fetch while paused or ending');
      assert(live('fetch').length === 0, 'one fetch at a time');
      assert.equal(epoch, feed.state.epoch);
      assert(owe === null, 'what is owed again was forgotten before a page is read');
      if (live().length === 0) assert.equal(revision, savedRevision, 'commands are saved before the next page');
      const op = call('fetch', reading, epoch);
      return {
        page: op.promise,
        cancel: () => {
          op.cancelled = true;
        },
      };
    },
    expire() {
      const { paused, ending, due, expiring, blocked } = feed.state;
      assert.equal(live().length, 0);
      assert(!paused && !ending && blocked?.by !== 'destination', 'what cannot be delivered is not looked for');
      assert(!due || expiring === 'first', 'a poll goes before what has expired');
      return call('expire').promise;
    },
    expiresInOutage: () => true,
    translate(page, fresh) {
      shippingNothing();
      return call('translate', page.ref, fresh).promise;
    },
    deliver(_page, shipment, after) {
      shippingNothing();
      assert(!feed.state.paused && !feed.state.ending, 'no delivery starts while paused or ending');
      assert.equal(after.owe, null);
      return call('deliver', shipment.ref, after).promise;
    },
    saveCheckpoint(state) {
      assert.equal(live().length, 0);
      return call('saveCheckpoint', state).promise;
    },
    startBackfill(b) {
      assert.equal(live().length, 0);
      assert(!feed.state.paused && feed.state.running.length <= 2);
      return call('startBackfill', b).promise;
    },
    tell(id, message) {
      assert.equal(live().length, 0);
      return call('tell', id, message).promise;
    },
    until(check) {
      return check()
        ? Promise.resolve()
        : new Promise((resolve) => {
            conditions.push({ check, resolve });
          });
    },
    watch: () => () => {}, // only shown, and tested by itself
    shouldContinueAsNew: (idle) => suggested || (idle && history.length > 60),
    show(status) {
      if (!replaying) hash.update(status.mode);
    },
    now: () => 7,
  };

  const begin = (state: string, window: Uint8Array): void => {
    ops = [];
    conditions = [];
    finished = undefined;
    initial = state;
    initialWindow = window;
    feed = new Feed(ports, JSON.parse(state) as FeedState, new DedupWindow(window, WINDOW));
    feed.run().then(
      (how) => {
        finished = { how };
      },
      (error: unknown) => {
        finished = { error };
      },
    );
  };
  const activate = async (a: Activation): Promise<void> => {
    suggested = a.suggested;
    for (const job of a.jobs) {
      if ('change' in job) feed.apply(job.change);
      else {
        const op = ops[job.op]!;
        op.settled = true;
        if ('error' in job) op.reject(job.error);
        else op.resolve(copy(job.value));
      }
      // As the SDK does: a condition that holds between two jobs is let through, and may no longer hold when the code goes on.
      conditions = conditions.filter((c) => {
        const holds = c.check();
        if (holds) c.resolve();
        return !holds;
      });
    }
    for (let rounds = 0; ; rounds++) {
      assert(rounds < 50, 'no spinning');
      await drain();
      const open = conditions.find((c) => c.check());
      if (!open) break;
      conditions.splice(conditions.indexOf(open), 1);
      open.resolve();
    }
    for (const job of a.jobs)
      if ('op' in job && (job.value as Receipt | undefined)?.confirmed)
        assert.notEqual(feed.state.blocked?.by, 'destination', 'a confirmed record clears a block');
    if (finished?.error) throw finished.error as Error;
  };
  const record = async (a: Activation): Promise<void> => {
    history.push(a);
    await activate(a);
  };
  const text = (): string => JSON.stringify([feed.state, Buffer.from(feed.window.bytes()).toString()]);

  /** kill -9 of the worker: a new Feed is brought to the same place by the recorded history alone. */
  const crash = async (): Promise<void> => {
    const before = ops,
      state = text(),
      ended = finished,
      recorded = history;
    replaying = before;
    history = [];
    begin(initial, initialWindow);
    for (const a of recorded) await record(a);
    assert.equal(ops.length, before.length, 'a replay asks for as much');
    assert.equal(text(), state);
    assert.deepEqual(
      ops.map((o) => [o.settled, o.cancelled]),
      before.map((o) => [o.settled, o.cancelled]),
    );
    assert.equal(finished?.how, ended?.how);
    replaying = undefined;
    tally('crash');
  };

  // The store.
  const put = (offered: FeedState, by: Promised): void => {
    checkpoint = copy(offered);
    promisedByCheckpoint = by;
  };
  const save = (state: FeedState, by: Promised): void => {
    if (!checkpoints.isNewer(state, checkpoint)) {
      tally('outdated checkpoint');
      return;
    } // neither does it forget
    if (state.owe !== null) for (const r of ledger.keys()) if (timestamp(r) >= state.owe) ledger.set(r, false);
    put(checkpoints.stored(state), by);
  };
  const isSettled = (r: number): boolean =>
    ledger.get(r) === true && promised.wants.every((rows) => (lastSend.get(r) ?? 0) > (rows.get(r) ?? -1));

  const refusal = (by: states.Side, reason: string): { error: unknown } => {
    permanentFailures++;
    if (feed.state.blocked?.by === by)
      assert(++failuresWhileBlocked <= asks + 1, 'blocked never spins: each try was asked for');
    return { error: new GaveUp(reason, true) };
  };
  /** One attempt of a port's work. undefined: it failed and will be tried again. */
  const attempt = (op: Op): { value?: unknown; error?: unknown } | undefined => {
    op.attempts++;
    const again = (): { error: unknown } | undefined =>
      op.attempts > ATTEMPTS_MAX ? { error: new GaveUp('for now', false) } : undefined;
    switch (op.name) {
      case 'fetch': {
        const [reading, epoch] = op.args as [states.Reading, number];
        if (down.sourceForbids && chance(0.5)) return refusal('source', '403');
        if (down.fetch || chance(0.15)) return again();
        const until = reading.until ?? now;
        let { pass, after } = (reading.progress ?? { pass: 1, after: -1 }) as { pass: number; after: number };
        for (;;) {
          const all: number[] = [];
          for (let r = after + 1; timestamp(r) <= until; r++) {
            if (
              exists(r) &&
              appears(r) <= until &&
              isLate(r) === (pass === 2) &&
              appears(r) >= reading.from.second - LOOKBACK
            )
              all.push(r);
          }
          const rows = all.slice(0, ROWS_PER_PAGE);
          const progress =
            all.length > ROWS_PER_PAGE ? { pass, after: rows.at(-1)! } : pass === 1 ? { pass: 2, after: -1 } : null;
          if (rows.length === 0 && progress && chance(0.8)) {
            ({ pass, after } = progress);
            continue;
          } // over empty answers by itself
          const ref = `${epoch}/${pages.size}`;
          pages.set(ref, { rows });
          if (rows.length === 0) tally(progress ? 'empty page' : 'empty last page');
          const next = progress && { ...reading, until, progress };
          const page: Page = {
            ref,
            rows: rows.length,
            keys: rows.map(keyOf).join(''),
            until,
            next,
            cursor: next ? null : { ...reading.from, second: until, id: until },
            ...(next || expired === 0 ? {} : { expired: true }),
          };
          return { value: page };
        }
      }
      case 'expire': {
        if (chance(0.1)) return again();
        const rows = Math.min(expired, ROWS_PER_PAGE);
        const ref = `expired ${pages.size}`;
        pages.set(ref, { rows: [] });
        slices.set(ref, rows);
        const more = expired > rows ? { expired: true } : {};
        return { value: { ref, rows, keys: '', until: now, next: null, cursor: null, ...more } satisfies Page };
      }
      case 'translate': {
        const [ref, fresh] = op.args as [string, string];
        if (chance(0.1)) return again();
        const { rows } = pages.get(ref)!;
        if (ref.startsWith(`${feed.state.epoch}/`))
          rows.forEach((r, i) => {
            if (!isMarked(fresh, i)) assert(isSettled(r) && !isFiltered(r), 'the window hides no row that is owed');
          });
        const toSend = rows.filter((r, i) => isMarked(fresh, i) && !isFiltered(r) && !ledger.get(r));
        shipments.set(ref, { rows: toSend });
        const shipment: Shipment = {
          ref,
          records: toSend.length,
          settled: bitmapOf(rows.map((r) => !isFiltered(r))),
          counts: {
            filtered: { rule: rows.filter(isFiltered).length },
            unchanged: rows.filter((r) => !isFiltered(r) && !toSend.includes(r)).length,
          },
        };
        return { value: shipment };
      }
      case 'deliver': {
        const [ref, after] = op.args as [string, FeedState];
        const shipment = shipments.get(ref)!;
        if (shipment.receipt) return { value: shipment.receipt };
        const left = shipment.rows.length - op.done;
        const target = down.deliver ? op.done : chance(0.8) ? shipment.rows.length : op.done + pick(left + 1);
        for (; op.done < target; op.done++) {
          const r = shipment.rows[op.done]!;
          if (!isRefused(r)) sends.set(r, (sends.get(r) ?? 0) + 1);
          lastSend.set(r, ++sendClock);
          ledger.set(r, true);
        }
        if (down.destinationForbids && chance(0.5)) return refusal('destination', 'token revoked');
        if (down.deliver || op.done < shipment.rows.length) return again();
        const withdrawn = Math.min(expired, slices.get(ref) ?? 0);
        expired -= withdrawn;
        tally('expired', withdrawn);
        const rejected = shipment.rows.filter(isRefused).length;
        shipment.receipt = {
          confirmed: shipment.rows.length - rejected + withdrawn,
          withdrawn,
          rejected,
          requests: 1,
          bytes: 0,
          possibleDuplicates: 0,
        };
        if (!checkpoints.isNewer(after, checkpoint)) tally('outdated checkpoint');
        else put(checkpoints.committed(after, shipment.receipt), op.promised);
        return { value: shipment.receipt };
      }
      case 'saveCheckpoint': {
        const [state] = op.args as [FeedState];
        if (chance(0.2)) {
          if (chance(0.5))
            late.push(() => {
              save(state, op.promised);
            });
          return undefined;
        }
        save(state, op.promised);
        return { value: undefined };
      }
      case 'startBackfill': {
        const [{ id }] = op.args as [states.Backfill];
        retiredChildren.delete(id);
        answered.set(id, askedAs);
        if (children.get(id)?.alive) return { value: 'found running' };
        if (chance(0.1)) return { value: { refused: 'not now' } };
        children.set(id, { alive: !finishedChildren.has(id) || chance(0.5), paused: false });
        if (!children.get(id)!.alive)
          late.push(() => {
            if (!finished && feed.state.running.some((b) => b.id === id)) reports.push(id);
          });
        return { value: 'started' };
      }
      case 'tell': {
        const [id, message] = op.args as [string, states.Message];
        const child = children.get(id);
        if (message.name === 'retire') {
          if (!finishedChildren.has(id)) retiredChildren.set(id, promised.asked.get(id));
          if (child) child.alive = false;
          return { value: true };
        }
        if (!child?.alive) {
          retiredChildren.delete(id);
          return { value: false };
        }
        if (message.name !== 'poll') child.paused = message.name === 'pause';
        return { value: true };
      }
      default:
        throw new Error(op.name);
    }
  };
  let reports: string[] = []; // of backfills, on their way

  // Commands.
  const issue = (change: Change, before?: (s: FeedState) => void, afterwards?: (s: FeedState) => void): Job => ({
    change: (s) => {
      if (!replaying) before?.(s);
      const next = change(s);
      if (!replaying) {
        if (next.due) asks++;
        afterwards?.(next);
      }
      return next;
    },
  });
  const done = (id: string): Job =>
    issue(backfills.backfillDone(id), (s) => {
      retiredChildren.delete(id);
      if (s.queued.some((b) => b.id === id)) answered.set(id, askedAs); // asked for again, and done before it could start
    });
  const reset = (share: number, ahead: number, redeliver: boolean): Job => {
    let to = 0;
    return issue(
      (s) => {
        to = ahead > 0 ? s.cursor.second + ahead : Math.floor(s.cursor.second * share); // the cursor is known only when it is applied
        return operator.resetCursor(to, redeliver, 7)(s);
      },
      undefined,
      ({ owe }) => {
        for (let r = 0; appears(r) < to + 1 || timestamp(r) < to + 1; r++) {
          if (ahead > 0 && !(isSettled(r) && (owe === null || timestamp(r) < owe))) {
            promised.exempt.add(r);
            for (const rows of promised.wants) rows.delete(r);
          }
        }
        for (const r of promised.exempt) if (appears(r) >= to) promised.exempt.delete(r);
        if (!redeliver) return;
        redelivers++;
        promised.wants.push(
          new Map([...ledger.keys()].filter((r) => timestamp(r) >= to).map((r) => [r, lastSend.get(r) ?? 0])),
        );
      },
    );
  };
  const command = (): Job => {
    const r = random();
    if (r < 0.22)
      return issue(operator.pause('seed', 7), () => {
        promised.paused = true;
      });
    if (r < 0.47)
      return issue(operator.resume(), () => {
        promised.paused = false;
      });
    if (r < 0.67) return issue(operator.poll());
    if (r < 0.8) return reset(random(), chance(0.15) ? 1 + pick(8) : 0, chance(0.3));
    if (r < 0.94) {
      const b = { id: `b${pick(40)}`, since: 0, until: 9 };
      return issue(backfills.backfill(b, 7), (s) => {
        if ([...s.queued, ...s.running].some(({ id }) => id === b.id)) return; // asked for already
        promised.asked.set(b.id, ++askedAs);
      });
    }
    if (r < 0.96) return issue(operator.retire());
    if (r < 0.97)
      return issue(
        (s) => operator.end(operator.pause('cancelled', 7)(s)),
        () => {
          promised.paused = true;
        },
      );
    return issue(states.note('nonsense', 7));
  };

  // What must hold.
  const owed = (cursor: number): number[] => {
    const rows: number[] = [];
    for (let r = 0; timestamp(r) <= cursor; r++)
      if (exists(r) && appears(r) < cursor && !isFiltered(r) && !promised.exempt.has(r) && !isSettled(r)) rows.push(r);
    return rows;
  };
  const place = ({ cursor, reading, poll, totals }: FeedState): unknown => ({
    cursor,
    reading,
    poll,
    polls: totals.polls,
    pages: totals.pages,
  });
  const lasting = ({
    cursor: _c,
    reading: _r,
    poll: _p,
    totals,
    due: _d,
    notes: _n,
    expiring: _e,
    ...rest
  }: FeedState): unknown => ({
    ...rest,
    confirmed: totals.confirmed,
    rejected: totals.rejected,
    skippedSeconds: totals.skippedSeconds,
  });
  const check = (): void => {
    const { state } = feed;
    assert.deepEqual(owed(state.cursor.second), [], 'the cursor is only over confirmed work');
    assert.deepEqual(
      owed(checkpoint.cursor.second).filter((r) => appears(r) < state.cursor.second),
      [],
      'and so is the stored one',
    );
    for (const o of live('fetch')) {
      assert(!state.paused && !state.ending, 'paused or ending: the fetch is dropped at once');
      assert.equal(o.args[1], state.epoch, 'reset: the fetch is dropped at once');
      if (live().length === 1)
        assert.deepEqual(o.args[0], feed.state.reading, 'a page ahead is dropped with the page before it');
    }
    assert(state.running.length <= 2);
    if (live().length === 0 && !finished) {
      assert.equal(state.outbox.length, 0);
      assert.deepEqual(lasting(checkpoint), lasting(state), 'at rest the checkpoint is the state');
      if (!state.reading && state.poll.rows > 0)
        assert.deepEqual(place(checkpoint), place(state), 'at rest the place is stored');
      for (const { id } of state.running)
        if (children.get(id)?.alive)
          assert.equal(children.get(id)!.paused, state.paused !== null, 'backfills pause with the feed');
      if (state.blocked && !state.paused) assert(state.reading, 'what is blocked has a page that waits');
      assert(
        state.paused || state.blocked || !(state.due || state.reading || state.expiring),
        'it rests only when it is held or has nothing to do',
      );
    }
    if (!state.blocked) failuresWhileBlocked = asks = 0; // since it is blocked
    turnsSinceEnding = state.ending && !finished ? turnsSinceEnding + 1 : 0;
    assert(turnsSinceEnding < 200, 'retire ends');
    if (suggested && !finished)
      assert(pagesAtSuggestion < 0 || state.totals.pages - pagesAtSuggestion <= 2, 'continue-as-new within two pages');
    pagesAtSuggestion = !suggested || finished ? -1 : pagesAtSuggestion < 0 ? state.totals.pages : pagesAtSuggestion;
  };

  /** The entity is gone, or has ended; a new one begins with its checkpoint. */
  const revive = async (): Promise<void> => {
    for (const op of live()) {
      // what was under way may still happen
      if (!chance(0.5)) continue;
      if (op.name === 'deliver' || op.name === 'saveCheckpoint')
        late.push(() => {
          attempt(op);
        }); // the attempt goes on by itself
      else if (op.name === 'startBackfill' || op.name === 'tell') attempt(op); // the server had taken it
    }
    const kept = copy(checkpoint);
    promised = structuredClone(promisedByCheckpoint); // what was not saved is gone
    assert.equal(kept.paused !== null, promised.paused, 'a pause that was saved is still there');
    for (const [id, as] of retiredChildren) if (promised.asked.get(id) !== as) retiredChildren.delete(id);
    for (const [id, as] of promised.asked) {
      assert(
        isAnswered(id, as) || [...kept.queued, ...kept.running].some((b) => b.id === id),
        'a backfill that was saved is still there',
      );
    }
    const state = checkpoints.revive(kept);
    checkpoint = checkpoints.stored(state);
    note('revival');
    pagesAtSuggestion = -1;
    history = [];
    begin(JSON.stringify(state), new Uint8Array());
    await record({ suggested: false, jobs: [issue(operator.poll())] }); // what revives it is a poll
  };

  const step = async (jobs: Job[]): Promise<void> => {
    await record({ suggested: suggested || chance(0.03), jobs });
    for (;;) {
      // a cancelled fetch answers at once, in an activation of its own
      const dropped = ops.findIndex((o) => o.cancelled && !o.settled);
      if (dropped < 0) break;
      await record({ suggested, jobs: [{ op: dropped, error: new GaveUp('cancelled', false) }] });
    }
    check();
    if (chance(0.02)) await crash();
    if (!quiet && chance(live('saveCheckpoint').length + live('startBackfill').length ? 0.03 : 0.005)) {
      losses++;
      await revive();
      return;
    }
    if (!finished) return;
    assert.equal(live().length, 0, 'nothing is in flight at the end of a run');
    const state = JSON.stringify(feed.state);
    assert.deepEqual(JSON.parse(state), feed.state, 'the state survives JSON');
    note(finished.how!);
    if (finished.how === 'end') {
      assert.deepEqual(lasting(checkpoint), lasting(feed.state), 'it saves before it ends');
      await revive();
      return;
    }
    const window = feed.window.bytes();
    history = [];
    suggested = false;
    begin(state, window);
    await record({ suggested: false, jobs: [] });
  };

  const turn = async (commands: boolean): Promise<void> => {
    const jobs: Job[] = [];
    if (chance(0.2)) now += pick(4);
    if (commands && chance(0.05)) expired += 1 + pick(8);
    if (commands) {
      if (chance(0.04)) down.fetch = !down.fetch;
      if (chance(0.04)) down.deliver = !down.deliver;
      if (chance(down.sourceForbids ? 0.2 : 0.02)) down.sourceForbids = !down.sourceForbids;
      if (chance(down.destinationForbids ? 0.2 : 0.02)) down.destinationForbids = !down.destinationForbids;
      for (let n = chance(0.2) ? 1 + pick(3) : 0; n > 0; n--) jobs.push(command());
    }
    if (late.length && chance(0.3)) {
      const [first, ...rest] = late;
      late = rest;
      first!();
    }
    for (const [id, child] of children) {
      if (!child.alive) continue;
      if (!child.paused && chance(0.08)) {
        child.alive = false;
        finishedChildren.add(id);
        reports.push(id);
      } else if (chance(0.01)) {
        child.alive = false;
        tally('backfill killed');
      }
    }
    for (const op of live()) {
      if (!chance(0.6)) continue;
      const outcome = attempt(op);
      if (outcome) jobs.push({ op: ops.indexOf(op), ...outcome });
      const id = op.name === 'startBackfill' ? (op.args[0] as states.Backfill).id : '';
      const quick = children.get(id);
      if (quick?.alive && !quick.paused && outcome && chance(0.2)) {
        quick.alive = false;
        finishedChildren.add(id);
        jobs.unshift(done(id));
      } // reports in the activation of its own start
    }
    for (const id of reports) jobs.push(done(id));
    reports = [];
    if (jobs.length) await step(jobs);
  };

  begin(JSON.stringify(states.newState(0)), new Uint8Array());
  await record({ suggested: false, jobs: [] });
  for (let i = 0; i < TURNS; i++) await turn(true);

  // Everything is healthy again: it comes to rest, and nothing is missing.
  down.fetch = down.deliver = down.sourceForbids = down.destinationForbids = false;
  quiet = true;
  const wakeUp = (): Promise<void> =>
    step([
      issue(operator.resume(), () => {
        promised.paused = false;
      }),
      issue(operator.poll()),
    ]);
  const last = now;
  await wakeUp();
  for (let turns = 1; ; turns++) {
    await turn(false);
    assert(turns < 4000, `it comes to rest: ${JSON.stringify(feed.state)}`);
    if (turns % 60 === 0) await wakeUp(); // finds the backfills that died
    const { queued, running } = feed.state;
    if (
      feed.status().mode === 'idle' &&
      live().length + late.length + queued.length + running.length === 0 &&
      !finished
    )
      break;
  }
  assert(feed.state.cursor.second >= last, 'a poll that was asked for was made');
  assert.deepEqual(owed(feed.state.cursor.second), [], 'nothing is owed');
  assert.equal(expired, 0, 'what has expired is withdrawn');
  for (const [r, n] of sends)
    assert(
      n <= 1 + redelivers + losses + (stats.end ?? 0),
      `row ${r} was sent ${n} times: ${redelivers} redeliveries, ${losses} losses`,
    );
  for (const r of sends.keys()) assert(!isFiltered(r));
  for (const [id, as] of promised.asked) assert(isAnswered(id, as), `backfill ${id} was started or refused`);
  assert.equal(retiredChildren.size, 0, 'a backfill that was retired is started again');
  for (const [id, child] of children)
    assert(!child.alive || !promised.asked.has(id), `backfill ${id} is neither running nor reported`);
  hash.update(JSON.stringify(feed.state));
  const sent = [...sends.values()].reduce((a, b) => a + b, 0);
  tally('sends', sent);
  tally('sent again', sent - sends.size);
  tally('redeliveries', redelivers);
  tally('losses', losses);
  tally('permanent failures', permanentFailures);
  tally('pages', feed.state.totals.pages);
  return { hash: hash.digest('hex'), stats };
}
