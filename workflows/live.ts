// Runs a Feed under one workflow id: handlers, cancellation, the end of a run. No logic of its own.
import { CancellationScope, CancelledFailure, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { DedupWindow } from '../src/core/dedup-window.ts';
import { note, newState, STATE_VERSION, type Change, type FeedState } from '../src/core/feed-state.ts';
import { end, pause } from '../src/core/operator.ts';
import { Feed, type Ending, type Status } from './feed.ts';
import { descriptions, parse, signalOf, statusQuery, updateOf, type MessageName } from './messages.ts';
import { now, portsOf } from './ports.ts';

export interface Life {
  loop: Feed;
  ending: Ending;
}

/**
 * `begin` finds the state to go on from; until then commands are kept. A cancel from the Web UI pauses, finishes the page and
 * ends the run as cancelled.
 */
export async function live(
  feed: string,
  workflow: string,
  names: readonly MessageName[],
  begin: () => Promise<FeedState>,
  window: Uint8Array | undefined,
): Promise<Life> {
  const listener = new Listener(names);
  let cancelled = false;
  CancellationScope.current().cancelRequested.catch(() => {
    cancelled = true;
    listener.apply(pause('the workflow was cancelled', now()));
    listener.apply(end);
  });
  const life = await CancellationScope.nonCancellable(async () => {
    const state = await begin();
    // The task fails and is tried again, until a worker comes that knows this version.
    if (state.v !== STATE_VERSION)
      throw new Error(`state of an unknown version: ${JSON.stringify(state).slice(0, 100)}`);
    const loop: Feed = new Feed(
      portsOf(feed, workflow, () => loop.state),
      state,
      new DedupWindow(window),
    );
    listener.begin(loop);
    return { loop, ending: await loop.run() };
  });
  if (cancelled && life.ending === 'end') throw new CancelledFailure('the workflow was cancelled');
  return life;
}

/** Handlers only change the state, at once. They are set before the first `await`: an update that finds no handler is refused. */
class Listener {
  private loop: Feed | undefined;
  private early: Change[] = [];

  constructor(names: readonly MessageName[]) {
    for (const name of names) this.listen(name);
    setDefaultSignalHandler((name) => this.apply(note(`${name.slice(0, 50)}: there is no such signal`, now())));
    setHandler(statusQuery, () => this.status(), { description: 'The whole state of this feed, and its mode' });
  }

  begin(loop: Feed): void {
    this.loop = loop;
    for (const change of this.early) loop.apply(change);
    this.early = [];
  }

  apply(change: Change): void {
    if (this.loop) this.loop.apply(change);
    else this.early.push(change);
  }

  private status(): Status {
    return this.loop?.status() ?? { ...newState(0), mode: 'starting' };
  }

  private listen(name: MessageName): void {
    const description = descriptions[name];
    const signal = (input?: unknown): void => {
      const change = parse(name, input, now());
      this.apply(typeof change === 'string' ? note(change, now()) : change);
    };
    const update = (input?: unknown): Status => {
      const change = parse(name, input, now());
      if (typeof change !== 'string') this.apply(change);
      return this.status();
    };
    const validator = (input?: unknown): void => {
      const change = parse(name, input, now());
      if (typeof change === 'string') throw new Error(change);
    };
    setHandler(signalOf(name), signal, { description });
    setHandler(updateOf(name), update, { description, validator });
  }
}
