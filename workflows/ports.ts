// Connects the ports of a Feed to Temporal: activities, timers, child workflows, signals.
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  log,
  ParentClosePolicy,
  patched,
  proxyActivities,
  proxySinks,
  setCurrentDetails,
  sleep,
  startChild,
  workflowInfo,
  type Sinks,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../activities/index.ts';
import type { FeedState } from '../src/core/feed-state.ts';
import { isoOf } from '../src/core/times.ts';
import { GaveUp, type FeedPorts, type Mode, type Status } from './feed.ts';
import { isUndecodable, signalOf } from './messages.ts';
import {
  checkpointOptions,
  deliverOptions,
  expireOptions,
  fetchOptions,
  IDLE_EVENTS_MAX,
  STALL_MS,
  translateOptions,
} from './options.ts';

/** Activities see a name for each page in the Web UI. */
const { saveCheckpoint, reviveCheckpoint } = proxyActivities<Activities>(checkpointOptions);
const { expire } = proxyActivities<Activities>(expireOptions);

/** Told outside the history: what hears it can decide nothing. */
export interface RelaySinks extends Sinks {
  relay: { polled(feed: string, status: Status): void };
}
const { relay } = proxySinks<RelaySinks>();

export const backfillId = (feed: string, id: string): string => `backfill/${feed}/${id}`;
export const now = (): number => Math.floor(Date.now() / 1000);

/** Null: this workflow has never run before. */
export const revived = async (workflow: string): Promise<FeedState | null> => decoded(await reviveCheckpoint(workflow));

/** `state` reads the feed's present state; it decides nothing, it only names pages in the Web UI. */
export function portsOf(feed: string, workflow: string, state: () => FeedState): FeedPorts {
  const summary = (what: string): string => `page ${state().totals.pages + 1} · ${what}`;
  let shown: Mode | undefined;
  let polls: number | undefined;
  return {
    fetch(reading) {
      const scope = new CancellationScope();
      const { fetch } = proxyActivities<Activities>({
        ...fetchOptions,
        summary: `reads from ${isoOf(reading.from.second)}`,
      });
      const { bounds, refreshed } = state();
      return {
        page: attempt(scope.run(() => fetch({ feed, workflow, reading, bounds, refreshed }))),
        cancel: () => scope.cancel(),
      };
    },
    expire: () => attempt(expire({ feed, workflow })),
    expiresInOutage: () => patched('expire in an outage'),
    translate(page, fresh) {
      const { translate } = proxyActivities<Activities>({
        ...translateOptions,
        summary: summary(`${page.rows} attributes`),
      });
      // Keys and the next place stay here: they would be copied into the history once more.
      return attempt(translate({ feed, workflow, page: { ...page, keys: '', next: null, cursor: null }, fresh }));
    },
    deliver(page, shipment, after) {
      const { deliver } = proxyActivities<Activities>({
        ...deliverOptions,
        summary: summary(`${shipment.records} to send`),
      });
      return attempt(deliver({ feed, workflow, page: page.ref, shipment: { ...shipment, settled: '' }, after }));
    },
    saveCheckpoint: (written) =>
      saveCheckpoint(feed, workflow, written).catch((error: unknown) => {
        throw new Error(`saveCheckpoint must never give up: ${String(error)}`); // the task waits for the right worker
      }),
    startBackfill: (asked) =>
      startChild('backfillFeed', {
        workflowId: backfillId(feed, asked.id),
        args: [feed, asked],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${feed}: ${isoOf(asked.since)} to ${isoOf(asked.until)}`,
      }).then(
        () => 'started' as const,
        (error: unknown) =>
          error instanceof WorkflowExecutionAlreadyStartedError
            ? ('found running' as const)
            : { refused: String(error) },
      ),
    tell: (to, { name, ...input }) =>
      getExternalWorkflowHandle(backfillId(feed, to))
        .signal(signalOf(name), input)
        .then(
          () => true,
          () => false,
        ),
    until: (check) => condition(check),
    watch(late) {
      const scope = new CancellationScope();
      scope.run(() => sleep(STALL_MS, { summary: 'stall alarm' })).then(late, () => {});
      return () => scope.cancel();
    },
    shouldContinueAsNew: (idle) => {
      const { continueAsNewSuggested, historyLength } = workflowInfo();
      return continueAsNewSuggested || (idle && historyLength > IDLE_EVENTS_MAX);
    },
    show(status) {
      setCurrentDetails(detailsOf(feed, status));
      if (status.mode !== shown) alarm(feed, status);
      shown = status.mode;
      // The first time nothing has ended: the run has only begun.
      if (polls !== undefined && status.totals.polls > polls && !status.bounds) relay.polled(feed, status);
      polls = status.totals.polls;
    },
    now,
  };
}

/** One line with a fixed name when a feed needs somebody, and one when it is well again. */
function alarm(feed: string, { mode, blocked, reading }: Status): void {
  if (mode === 'blocked') log.error('feed.blocked', { feed, by: blocked?.by, reason: blocked?.reason });
  else if (mode === 'stalled') log.error('feed.stalled', { feed, until: reading?.until });
  else log.debug('feed.mode', { feed, mode });
}

/** How an activity says that it gave up, in the words of the loop. */
function attempt<T>(result: Promise<T>): Promise<T> {
  return result.then(decoded, (error: unknown) => {
    if (!(error instanceof ActivityFailure)) throw error;
    const { cause } = error;
    throw new GaveUp(
      cause?.message ?? error.message,
      cause instanceof ApplicationFailure && cause.type === 'Permanent',
    );
  });
}

/** The converter never throws, but only an operator may send what cannot be decoded. */
function decoded<T>(result: T): T {
  if (isUndecodable(result)) throw new Error(`the result of an activity cannot be decoded: ${result.undecodable}`);
  return result;
}

/** A short Markdown summary for the page of the feed in the Web UI. */
function detailsOf(
  feed: string,
  { mode, cursor, reading, poll, totals, paused, blocked, running, queued, notes }: Status,
): string {
  const held = blocked ? ` by the ${blocked.by}: ${blocked.reason}` : paused?.reason ? `: ${paused.reason}` : '';
  const lines = [
    `**${feed}** is **${mode}**${held}.`,
    '',
    `- confirmed up to ${isoOf(cursor.second)}${reading?.until ? `, reading up to ${isoOf(reading.until)}` : ''}`,
    `- ${reading ? 'this' : 'last'} poll: ${poll.pages} pages, ${poll.rows} rows, ${poll.confirmed} confirmed, ${poll.rejected} dead letters`,
    `- in all: ${totals.polls} polls, ${totals.confirmed} confirmed (${totals.withdrawn} withdrawals), ${totals.rejected} dead letters`,
  ];
  if (running.length + queued.length > 0)
    lines.push(`- backfills: ${running.length} running, ${queued.length} waiting`);
  const last = notes.at(-1);
  if (last) lines.push(`- ${isoOf(last.at)}: ${last.reason}`);
  return lines.join('\n');
}
