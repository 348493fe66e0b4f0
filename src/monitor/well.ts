// Whether a feed is well: one rule for `status --check`, `/healthz` and alarms.
import type { FeedLook } from './look.ts';

/** What somebody should look at, one sentence each; none for a feed that goes on by itself. Being paused is nobody's trouble, but its lag is. */
export function troublesOf({ mode, state, lagSeconds }: FeedLook, maxLagSeconds?: number): string[] {
  const troubles: string[] = [];
  if (mode === 'blocked') troubles.push(`blocked by the ${state!.blocked!.by}: ${state!.blocked!.reason}`);
  if (mode === 'stalled') troubles.push('stalled: one page takes longer than ten minutes');
  if (mode === 'not running') troubles.push('it does not run, or no worker answers');
  if (mode === 'unknown') troubles.push('it has no checkpoint: run `misp-relay apply`');
  if (isLate(lagSeconds, maxLagSeconds)) troubles.push(lateness(lagSeconds!, maxLagSeconds!));
  return troubles;
}

export const isLate = (lagSeconds: number | null, maxLagSeconds: number | undefined): boolean =>
  lagSeconds !== null && maxLagSeconds !== undefined && lagSeconds > maxLagSeconds;

export const lateness = (lagSeconds: number, maxLagSeconds: number): string =>
  `its lag of ${lagSeconds} s is more than ${maxLagSeconds} s`;
