// What only activities can meet. The kinds of all other errors are in src/errors.ts; failure.ts maps them to Temporal.
import { PermanentError } from '../src/errors.ts';

/** Neither the body nor the receipt is there any more: the page is fetched again. */
export class Missing extends Error {
  constructor(what: string) {
    super(`${what} is no longer in the store: the page is fetched again`);
    this.name = 'Missing';
  }
}

export class FeedRemoved extends PermanentError {
  constructor(feed: string) {
    super(
      'FEED_UNKNOWN',
      `the feed ${feed} is not in the config of this worker: run \`misp-relay apply\`, and restart the worker`,
    );
  }
}
