// The checkpoint: what the store keeps of a feed, what the feed knows of it, and how a lost feed goes on from it.
import { count, type Receipt } from './progress.ts';
import { withBegun, type Change, type FeedState, type Message } from './feed-state.ts';

/** What `saveCheckpoint` commits, together with forgetting the digests of what is owed again. */
export const stored = (state: FeedState): FeedState => ({
  ...state,
  savedRevision: state.revision,
  owe: null,
  outbox: [],
});

/** What `deliver` commits, given the state after the page. */
export const committed = (after: FeedState, receipt: Receipt): FeedState => stored(count(receipt)(after));

export const saved =
  (written: FeedState): Change =>
  (state) => ({
    ...state,
    savedRevision: written.revision,
    owe: state.epoch === written.epoch ? null : state.owe,
  });

/**
 * The store keeps only a newer checkpoint, though always the ledger rows beside it. Others come from a lost entity, from an
 * attempt that was given up, or were kept already: a revision is never used twice.
 */
export const isNewer = (offered: FeedState, kept: FeedState): boolean =>
  offered.life > kept.life || (offered.life === kept.life && offered.revision > kept.revision);

/**
 * A lost entity goes on from its checkpoint. The store applies this, and keeps it, in the transaction that reads the
 * checkpoint. A feed is still paused, and tells its backfills what it is; a backfill goes on, because it was asked for again.
 */
export const revive: Change = (state) => {
  const message: Message = state.paused ? { name: 'pause', reason: state.paused.reason } : { name: 'resume' };
  return {
    ...(state.life > 1 ? withBegun(state) : state), // at its very first start it has delivered nothing
    life: state.life + 1,
    ending: false,
    paused: state.bounds ? null : state.paused,
    outbox: state.running.map(({ id }) => ({ id, message })),
  };
};
