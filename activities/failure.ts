// The one place where an error becomes a failure in Temporal's words. Retries are declared in workflows/options.ts.
import { CancelledFailure } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { PermanentError, RelayError, messageOf } from '../src/errors.ts';
import { Missing } from './errors.ts';

/** What the workflows tell apart, by the type of the failure. */
export const FAILURE_TYPES = { permanent: 'Permanent', missing: 'Missing', retryable: 'Retryable' } as const;

const REASON_CHARACTERS_MAX = 500;

/** `aborted`: the result is no longer wanted. */
export function failureOf(error: unknown, aborted: boolean): Error {
  if (aborted) return new CancelledFailure('no longer wanted');
  // The code is what docs/errors.md is looked up by.
  const code = error instanceof RelayError ? ` [${error.code}]` : '';
  const message = messageOf(error).slice(0, REASON_CHARACTERS_MAX - code.length) + code;
  if (error instanceof PermanentError)
    return ApplicationFailure.nonRetryable(message, FAILURE_TYPES.permanent, error.code);
  if (error instanceof Missing) return ApplicationFailure.nonRetryable(message, FAILURE_TYPES.missing);
  const nextRetryDelay = error instanceof RelayError ? error.retryAfterMs : undefined;
  const type = error instanceof RelayError ? FAILURE_TYPES.retryable : error instanceof Error ? error.name : 'Error';
  return ApplicationFailure.create({
    message,
    type,
    nonRetryable: false,
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
    ...(error instanceof RelayError ? { details: [error.code] } : {}),
  });
}
