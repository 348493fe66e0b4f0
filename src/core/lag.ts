// How far a feed is behind. MISP's clock decides, since the cursor is on it too: a clock of ours that is wrong changes nothing.
import type { FeedState } from './feed-state.ts';

type Place = Pick<FeedState, 'cursor' | 'totals' | 'poll'>;

/** By how many seconds MISP's clock was ahead of ours when both were last noted; 0 before MISP was ever asked. */
const offsetOf = ({ cursor: { mark } }: Place): number => (mark.readAt === 0 ? 0 : mark.date - mark.readAt);

/**
 * Seconds between MISP's clock and the second up to which all is confirmed. A feed that has not completed a poll yet is behind since its
 * first poll began, or since it was made. `now` and `madeAt` in epoch seconds of our clock.
 */
export function lagOf(state: Place, now: number, madeAt: number): number {
  const { totals, poll, cursor } = state;
  if (totals.polls === 0) return Math.max(0, now - (poll.startedAt > 0 ? poll.startedAt : madeAt));
  return Math.max(0, now + offsetOf(state) - cursor.second);
}

/** When the last whole poll ended, in epoch seconds of our clock; while another one runs, when that last one began. Null: none did yet. */
export const lastSuccessOf = ({ totals, poll, cursor }: Place): number | null =>
  totals.polls === 0 ? null : Math.max(poll.endedAt ?? 0, cursor.readAt ?? 0);
