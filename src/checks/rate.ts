// The searches that a MISP will be asked for, against what the role of our user may make (misp-api 8: a fixed window of 900 s).
import { Cron } from 'croner';
import { newCursor } from '../core/cursor.ts';
import type { DeletedForm } from '../misp/reader.ts';
import { startPoll } from '../misp/reader.ts';
import { selectorsOf } from '../misp/reader/selectors.ts';
import { INTERVAL_SECONDS } from '../schedules.ts';
import type { Finding } from './check.ts';

/** When a feed of the source polls. */
export interface Rhythm {
  interval?: number | undefined;
  cron?: string | undefined;
}

const WINDOW_SECONDS = 900;
const WINDOW_MS = WINDOW_SECONDS * 1000;
/** What changes in MISP costs searches too. */
const SHARE_FOR_IDLE_POLLS = 0.8;
const CRON_RUNS = 200;

/** A poll that finds nothing makes one search for each of its passes. */
export function searchesOfIdlePoll(deletedForms: DeletedForm[]): number {
  const later = { ...newCursor(1), mark: { id: 1, date: 1, readAt: 1 } }; // a first poll makes fewer
  const settings = { pageSize: 1, firstPage: 1, lookbackSeconds: 0, deletedForms };
  return selectorsOf(startPoll(later, 2, settings)).length;
}

/** Polls in the fullest window. */
export function pollsInWindow({ interval = INTERVAL_SECONDS, cron }: Rhythm): number {
  if (cron === undefined) return WINDOW_SECONDS / interval;
  const runs = new Cron(cron, { paused: true, mode: '5-part', timezone: 'UTC' }).nextRuns(CRON_RUNS).map(Number);
  return Math.max(0, ...runs.map((from) => runs.filter((run) => run >= from && run < from + WINDOW_MS).length));
}

export function rateOf(
  limit: number | null,
  feeds: readonly Rhythm[],
  deletedForms: DeletedForm[],
): { findings: Finding[]; facts: string[] } {
  const each = searchesOfIdlePoll(deletedForms);
  const planned = feeds.reduce((sum, feed) => sum + pollsInWindow(feed) * each, 0);
  const about = `about ${Math.ceil(planned)}`;
  if (limit === null) return { findings: [], facts: [`no rate limit, ${about} searches in 15 minutes`] };
  if (limit === 0) return { findings: [], facts: [] }; // no searches at all: the first one is told so
  const facts = `${about} of the ${limit} searches that its role may make in 15 minutes are planned`;
  if (planned <= limit * SHARE_FOR_IDLE_POLLS) return { findings: [], facts: [facts] };
  const seconds = (WINDOW_SECONDS * each * feeds.length) / (limit * SHARE_FOR_IDLE_POLLS);
  const interval = Math.ceil(seconds / 10) * 10;
  const remedy = `interval: ${interval}s or more for ${feeds.length === 1 ? 'its feed' : `each of its ${feeds.length} feeds`}, or a higher rate limit for the role`;
  if (planned <= limit) {
    return { findings: [{ level: 'warning', message: `${facts}, and changes need some too`, remedy }], facts: [] };
  }
  return { findings: [{ level: 'failed', message: facts, remedy, code: 'MISP_RATE_LIMIT' }], facts: [] };
}
