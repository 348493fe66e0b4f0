// The activities, handed their dependencies, as Temporal calls them: with heartbeats, and with failures in Temporal's words.
import { Context } from '@temporalio/activity';
import type { FeedState } from '../src/core/feed-state.ts';
import type { Page, Receipt, Shipment } from '../src/core/progress.ts';
import { reviveCheckpoint, saveCheckpoint } from './checkpoints.ts';
import type { ActivityContext } from './context.ts';
import { deliverShipment, type DeliverInput } from './deliver.ts';
import type { Deps } from './deps.ts';
import { expirePage, type ExpireInput } from './expire.ts';
import { failureOf } from './failure.ts';
import { fetchPage, type FetchInput } from './fetch.ts';
import { HandOver } from './hand-over.ts';
import { translatePage, type TranslateInput } from './translate.ts';
import { wakeFeed } from './wake.ts';

const HEARTBEAT_MS = 2_000;

/** Runs the work of one attempt with a heartbeat that only says "alive". */
async function attempt<T>(work: (context: ActivityContext) => Promise<T>): Promise<T> {
  const { info, cancellationSignal: signal, heartbeat } = Context.current();
  const context = { ref: `${info.workflowExecution!.runId}/${info.activityId}`, signal };
  const timer = setInterval(() => heartbeat(), HEARTBEAT_MS);
  try {
    return await work(context);
  } catch (error) {
    throw failureOf(error, signal.aborted);
  } finally {
    clearInterval(timer);
  }
}

export function createActivities(given: Deps) {
  const deps = { ...given, handOver: new HandOver() };
  return {
    fetch: (input: FetchInput): Promise<Page> => attempt((context) => fetchPage(deps, input, context)),
    expire: (input: ExpireInput): Promise<Page> => attempt((context) => expirePage(deps, input, context)),
    translate: (input: TranslateInput): Promise<Shipment> => attempt((context) => translatePage(deps, input, context)),
    deliver: (input: DeliverInput): Promise<Receipt> => attempt((context) => deliverShipment(deps, input, context)),
    saveCheckpoint: (feed: string, workflow: string, state: FeedState): Promise<void> =>
      attempt(() => saveCheckpoint(deps, feed, workflow, state)),
    reviveCheckpoint: (workflow: string): Promise<FeedState | null> => attempt(() => reviveCheckpoint(deps, workflow)),
    wake: (feed: string): Promise<void> =>
      attempt(() => wakeFeed(deps, Context.current().client.workflow, Context.current().info.taskQueue, feed)),
  };
}

/** The contract that the workflows see. */
export type Activities = ReturnType<typeof createActivities>;
