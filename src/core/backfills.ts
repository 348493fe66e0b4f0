// The backfills of a feed, seen from the feed: asked for, waiting, running, done; and what it forwards to them.
import { changed, note, withBegun, type Backfill, type Change, type Message } from './feed-state.ts';

/** How many backfills of one feed run at once; the others wait in its state. */
export const RUNNING_MAX = 2;
const QUEUED_MAX = 100;

/** One that is asked for already is not asked for again. */
export const backfill =
  (asked: Backfill, at: number): Change =>
  (state) => {
    if ([...state.queued, ...state.running].some(({ id }) => id === asked.id)) return state;
    if (state.queued.length >= QUEUED_MAX) {
      return note(`backfill ${asked.id}: refused, ${QUEUED_MAX} are waiting`, at)(state);
    }
    return changed({ ...state, queued: [...state.queued, asked] });
  };

export const backfillStarted =
  (started: Backfill): Change =>
  (state) =>
    changed({
      ...withBegun(state),
      queued: state.queued.filter(({ id }) => id !== started.id),
      running: [...state.running, started],
    });

/** Also one that a revived feed still has in its queue. */
export const backfillDone =
  (done: string): Change =>
  (state) => {
    const others = ({ id }: { id: string }): boolean => id !== done;
    if (state.queued.every(others) && state.running.every(others)) return state;
    return changed({
      ...state,
      queued: state.queued.filter(others),
      running: state.running.filter(others),
      outbox: state.outbox.filter(others),
    });
  };

export const backfillRefused =
  (id: string, reason: string, at: number): Change =>
  (state) =>
    note(`backfill ${id}: refused, ${reason}`, at)(backfillDone(id)(state));

/** It cannot be reached any more. One that reported back, or was retired, before it ended has not died. */
export const backfillDied =
  (lost: string, at: number): Change =>
  (state) => {
    if (!state.running.some(({ id }) => id === lost)) return state;
    const reason = `backfill ${lost}: died; ask for the same id again, and it goes on from its checkpoint`;
    return note(reason, at)(backfillDone(lost)(state));
  };

/** It ran before, perhaps paused, and goes on since it was asked for. A paused feed has told it so anyway. */
export const backfillFoundRunning =
  (id: string): Change =>
  (state) =>
    state.paused ? state : forward({ name: 'resume' }, id)(state);

/**
 * Puts a message into the outbox, for one backfill or for all that run. A waiting message that a newer one makes pointless is
 * dropped: at most two wait for each backfill.
 */
export const forward =
  (message: Message, to?: string): Change =>
  (state) => {
    const ids = to === undefined ? state.running.map(({ id }) => id) : [to];
    const pointless = (old: Message): boolean =>
      message.name === 'retire' || (old.name === 'poll') === (message.name === 'poll');
    const waiting = state.outbox.filter((old) => !(ids.includes(old.id) && pointless(old.message)));
    return { ...state, outbox: [...waiting, ...ids.map((id) => ({ id, message }))] };
  };

export const firstMessageTaken: Change = (state) => ({ ...state, outbox: state.outbox.slice(1) });
