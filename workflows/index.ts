// The workflows that a worker offers.
export { backfillFeed } from './backfill-feed.ts';
export { poll } from './poll.ts';
export { syncFeed } from './sync-feed.ts';
