// What only activities can meet. The kinds of all other errors are in src/errors.ts; failure.ts maps them to Temporal.
import { RetryableError } from '../src/errors.ts';

/** Neither the body nor the receipt is there any more: the page is fetched again. */
export class Missing extends Error {
  constructor(what: string) {
    super(`${what} is no longer in the store: the page is fetched again`);
    this.name = 'Missing';
  }
}

/** A worker reads its config when it starts: one that is started again knows the feed. */
export class FeedRemoved extends RetryableError {
  constructor(feed: string) {
    super(
      'FEED_UNKNOWN',
      `the feed ${feed} is not in the config of this worker: restart it, or run \`misp-relay apply\` when the feed has gone`,
    );
  }
}
