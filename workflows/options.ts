// The retry policies and time limits of all activities: here, and nowhere else.
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import { TIME_SCALE } from './time-scale.ts';

const SECOND = 1_000 * TIME_SCALE;
const MINUTE = 60 * SECOND;

/** 1, 2, 4 … 32 s, then every minute: 64 attempts take about an hour. Then the page starts again, so that an outage has page boundaries too. */
const anHour = { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: MINUTE, maximumAttempts: 64 };
const withoutEnd = { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: MINUTE };

const heartbeatTimeout = 15 * SECOND;

/** Read-only: dropped at once when it is no longer wanted. */
export const fetchOptions: ActivityOptions = {
  startToCloseTimeout: 10 * MINUTE,
  heartbeatTimeout,
  retry: anHour,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

export const translateOptions: ActivityOptions = { startToCloseTimeout: 10 * MINUTE, heartbeatTimeout, retry: anHour };

/** Only asks the store. */
export const expireOptions: ActivityOptions = {
  startToCloseTimeout: MINUTE,
  heartbeatTimeout,
  retry: anHour,
  summary: 'looks for what has expired',
};

/** Never cancelled: what is being sent is finished. */
export const deliverOptions: ActivityOptions = { startToCloseTimeout: 20 * MINUTE, heartbeatTimeout, retry: anHour };

/** The loop does not go on without them. */
export const checkpointOptions: ActivityOptions = { startToCloseTimeout: MINUTE, heartbeatTimeout, retry: withoutEnd };

/** The next tick of the Schedule tries again. */
export const wakeOptions: ActivityOptions = {
  startToCloseTimeout: 20 * SECOND,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumAttempts: 5 },
};

/** A page that takes longer than this makes an alarm. */
export const STALL_MS = 10 * MINUTE;

/** An idle run begins anew above this many events in its history. */
export const IDLE_EVENTS_MAX = 2_000;
