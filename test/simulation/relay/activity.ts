// Temporal's part of an activity: the call, as workflows/ports.ts makes it, and what an error means to Temporal.
import type { ApplicationFailure } from '@temporalio/common';
import { saveCheckpoint } from '../../../activities/checkpoints.ts';
import { deliverShipment } from '../../../activities/deliver.ts';
import { Missing } from '../../../activities/errors.ts';
import { failureOf } from '../../../activities/failure.ts';
import { expirePage } from '../../../activities/expire.ts';
import { fetchPage } from '../../../activities/fetch.ts';
import { translatePage } from '../../../activities/translate.ts';
import type { Page } from '../../../src/core/progress.ts';
import { RelayError } from '../../../src/errors.ts';
import { ClaimLost } from '../../../src/store/store.ts';
import type { Attempt } from './attempt.ts';
import { FEED } from './worker.ts';
import type { Op } from './workflow.ts';

/** One attempt of it, on the worker of the attempt. */
export function run(workflow: string, { call, ref }: Op, attempt: Attempt): Promise<unknown> {
  const { deps } = attempt.worker;
  const context = { ref, signal: attempt.signal };
  switch (call.name) {
    case 'fetch':
      return fetchPage(deps, { feed: FEED, workflow, reading: call.reading, bounds: call.bounds }, context);
    case 'expire':
      return expirePage(deps, { feed: FEED, workflow }, context);
    case 'translate': {
      const page: Page = { ...call.page, keys: '', next: null, cursor: null };
      return translatePage(deps, { feed: FEED, workflow, page, fresh: call.fresh }, context);
    }
    case 'deliver': {
      const { page, shipment, after } = call;
      attempt.shipment = shipment.ref;
      const input = { feed: FEED, workflow, page: page.ref, shipment: { ...shipment, settled: '' }, after };
      return deliverShipment(deps, input, context);
    }
    case 'saveCheckpoint':
      return saveCheckpoint(deps, FEED, workflow, call.state);
    default:
      throw new Error(`${call.name} is no activity`);
  }
}

/** Throws what is no error of the product's own: a fault of ours, which fails the seed. */
export function failureFrom(error: unknown): ApplicationFailure & { code: string } {
  const isExpected =
    error instanceof RelayError ||
    error instanceof ClaimLost ||
    error instanceof Missing ||
    (error instanceof Error && error.message === 'no longer wanted');
  if (!isExpected) throw error;
  const code = error instanceof RelayError ? error.code : error.name;
  return Object.assign(failureOf(error, false) as ApplicationFailure, { code });
}
