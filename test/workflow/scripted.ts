// A scripted stand-in for the activities: plain objects that keep the contract, without MISP, destination or store. A test replaces
// single activities by what shall happen; the rest goes well.
import { Context } from '@temporalio/activity';
import type { Activities } from '../../activities/index.ts';
import { packKey } from '../../src/core/attribute-key.ts';
import { bitmapOf, isMarked } from '../../src/core/bitmap.ts';
import { committed, isNewer, revive, stored } from '../../src/core/checkpoint.ts';
import type { FeedState } from '../../src/core/feed-state.ts';
import type { Page } from '../../src/core/progress.ts';

/** What the first poll reads; later ones read the last page again. */
export interface Poll {
  pages: number;
  rows: number;
}

type Call<Name extends keyof Activities> = Parameters<Activities[Name]>;

export class Scripted {
  /** By workflow id. */
  readonly checkpoints = new Map<string, FeedState>();
  /** What was asked of each activity, in order, every attempt. */
  readonly asked: { [Name in keyof Activities]: Call<Name>[] } = {
    fetch: [],
    expire: [],
    translate: [],
    deliver: [],
    saveCheckpoint: [],
    reviveCheckpoint: [],
    wake: [],
  };
  poll: Poll = { pages: 2, rows: 10 };
  private fetched = 0;
  private readonly usual: Activities;
  private readonly replaced: Partial<Activities> = {};

  constructor() {
    this.usual = {
      fetch: async ({ reading, bounds }) => this.page(reading, bounds),
      expire: async () => ({ ref: '', rows: 0, keys: '', until: 0, next: null, cursor: null }),
      translate: async ({ page: { ref, rows }, fresh }) => {
        const marks = Array.from({ length: rows }, (_, row) => isMarked(fresh, row));
        const records = marks.filter(Boolean).length;
        const settled = bitmapOf(marks.map(() => true));
        return { ref: `shipment of ${ref}`, records, settled, counts: { filtered: {}, unchanged: rows - records } };
      },
      deliver: async ({ workflow, shipment: { records }, after }) => {
        const receipt = { confirmed: records, withdrawn: 0, rejected: 0, requests: 1, bytes: 1, possibleDuplicates: 0 };
        this.keep(workflow, committed(after, receipt));
        return receipt;
      },
      saveCheckpoint: async (_, workflow, state) => this.keep(workflow, stored(state)),
      reviveCheckpoint: async (workflow) => {
        const found = this.checkpoints.get(workflow);
        if (!found) return null;
        const state = revive(found);
        this.checkpoints.set(workflow, stored(state));
        return state;
      },
      wake: async () => {},
    };
  }

  /** From now on this happens instead; without `work`, what usually happens. */
  play<Name extends keyof Activities>(name: Name, work?: Activities[Name]): void {
    if (work) this.replaced[name] = work;
    else delete this.replaced[name];
  }

  /** What usually happens, to be done late or again. */
  usually<Name extends keyof Activities>(name: Name): Activities[Name] {
    return this.usual[name];
  }

  /** What the worker is given. Like the real ones they heartbeat, so that a cancellation reaches them. */
  activities(): Activities {
    const run = <Name extends keyof Activities>(name: Name) =>
      (async (...args: Call<Name>) => {
        this.asked[name].push(args);
        const timer = setInterval(() => Context.current().heartbeat(), 200);
        try {
          const work = (this.replaced[name] ?? this.usual[name]) as (...args: Call<Name>) => Promise<unknown>;
          return await work(...args);
        } finally {
          clearInterval(timer);
        }
      }) as unknown as Activities[Name];
    return {
      fetch: run('fetch'),
      expire: run('expire'),
      translate: run('translate'),
      deliver: run('deliver'),
      saveCheckpoint: run('saveCheckpoint'),
      reviveCheckpoint: run('reviveCheckpoint'),
      wake: run('wake'),
    };
  }

  private page(reading: Call<'fetch'>[0]['reading'], bounds: Call<'fetch'>[0]['bounds']): Page {
    const again = reading.from.mark.readAt > 0;
    const number = (reading.progress as number | null) ?? (again ? this.poll.pages - 1 : 0);
    const until = bounds?.until ?? 2_000 + this.fetched++;
    const ended = bounds !== null || number + 1 >= this.poll.pages;
    const { rows } = this.poll;
    return {
      ref: `page ${this.fetched} ${number}`,
      rows,
      keys: Array.from({ length: rows }, (_, row) => keyOf(number, row)).join(''),
      until,
      next: ended ? null : { ...reading, until, progress: number + 1 },
      cursor: ended
        ? { ...reading.from, second: until, readAt: until, mark: { id: 1, date: until, readAt: until } }
        : null,
    };
  }

  private keep(workflow: string, state: FeedState): void {
    const kept = this.checkpoints.get(workflow);
    if (!kept || isNewer(state, kept)) this.checkpoints.set(workflow, state);
  }
}

const keyOf = (page: number, row: number): string =>
  packKey({
    uuid: `00000000-0000-4000-8000-${(page * 100_000 + row).toString(16).padStart(12, '0')}`,
    timestamp: 1,
    deleted: false,
  });

/** Until the result is no longer wanted; then it ends as cancelled. */
export const forEver = async (): Promise<never> => {
  const { cancelled } = Context.current();
  return cancelled;
};

/** A gate that an activity waits at. */
export function gate(): { open: () => void; opened: Promise<void> } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}
