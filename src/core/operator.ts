// What an operator can do to a feed. A handler applies these at once, and does nothing else. Repeating one is harmless.
import { forward } from './backfills.ts';
import { resetTo } from './cursor.ts';
import { changed, cut, note, type Change } from './feed-state.ts';

export const pause =
  (reason: string, at: number): Change =>
  (state) => {
    const paused = state.paused ? state : changed({ ...state, paused: { reason: cut(reason), at } });
    return forward({ name: 'pause', reason: cut(reason) })(paused);
  };

/** Goes on after a pause, and tries a blocked page once. */
export const resume = (): Change => (state) => {
  const going = state.paused ? changed({ ...state, paused: null }) : state;
  return forward({ name: 'resume' })({ ...going, due: state.due || state.blocked !== null });
};

/** The only command that need not be saved: what revives a lost feed is a poll. */
export const poll = (): Change => (state) => forward({ name: 'poll' })({ ...state, due: true });

/**
 * Reads again from a second. With `redeliver`, what is confirmed from there on is sent again; without it the ledger drops it.
 * A reset forward is reported as skipped seconds.
 */
export const resetCursor =
  (to: number, redeliver: boolean, at: number): Change =>
  (state) => {
    const skippedSeconds = Math.max(0, to - state.cursor.second);
    const reset = changed({
      ...state,
      epoch: state.epoch + 1,
      cursor: resetTo(state.cursor, to),
      reading: null,
      due: true,
      owe: redeliver ? Math.min(to, state.owe ?? to) : state.owe,
      totals: { ...state.totals, skippedSeconds: state.totals.skippedSeconds + skippedSeconds },
    });
    if (skippedSeconds === 0) return reset;
    return note(`the cursor was reset forward: ${skippedSeconds} seconds are skipped`, at)(reset);
  };

/** The run was cancelled: it ends at the next page boundary, with everything saved. */
export const end: Change = (state) => changed({ ...state, ending: true });

/** The feed has left the config. Its backfills end too; should it come back, they go on from their checkpoints. */
export const retire = (): Change => (state) => {
  if (state.ending) return state;
  const told = forward({ name: 'retire' })(state);
  return end({ ...told, queued: [...state.running, ...state.queued], running: [] });
};
