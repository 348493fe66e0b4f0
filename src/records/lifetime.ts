// How long an attribute counts: expiry, by its age, and decay, by MISP's own scores. Pure.
import type { DecayScore, IndicatorRecord } from './record.ts';

/** Seconds after which an attribute expires; null: never. A type that is not named takes the default. */
export interface ExpiryRule {
  default: number | null;
  byType: Readonly<Record<string, number | null>>;
}

export interface LifetimeRules {
  expiry: ExpiryRule;
  excludeDecayed: boolean;
}

/** Why a record no longer counts: also the reason of its withdrawal. */
export type End = 'expired' | 'decayed';

export const NEVER: LifetimeRules = { expiry: { default: null, byType: {} }, excludeDecayed: false };

export const isEnd = (rule: string): rule is End => rule === 'expired' || rule === 'decayed';

/** Null while the record counts. `at`: epoch seconds. */
export function endOf({ expiry, excludeDecayed }: LifetimeRules, record: IndicatorRecord, at: number): End | null {
  const expires = expiresAt(expiry, record.type, countedFrom(record));
  if (expires !== null && expires <= at) return 'expired';
  return excludeDecayed && isDecayed(record.decay) ? 'decayed' : null;
}

/** Epoch seconds; null: never. */
export function expiresAt({ default: otherwise, byType }: ExpiryRule, type: string, from: number): number | null {
  const seconds = Object.hasOwn(byType, type) ? byType[type]! : otherwise;
  return seconds === null ? null : from + seconds;
}

/** The greater of `last_seen` and the timestamp, in epoch seconds: Elastic counts so too (elastic-ti-misp 2.5). */
export function countedFrom({ timestamp, lastSeen }: IndicatorRecord): number {
  const seen = lastSeen === null ? NaN : Math.floor(Date.parse(lastSeen) / 1000);
  return Number.isNaN(seen) ? timestamp : Math.max(timestamp, seen);
}

/** At least half of the models say so: Elastic's rule (elastic-ti-misp 2.5). Without a score nothing is decayed. */
export function isDecayed(scores: readonly DecayScore[] | null): boolean {
  if (scores === null || scores.length === 0) return false;
  return scores.filter(({ decayed }) => decayed).length >= scores.length / 2;
}

/** For the longest of them; null: some never expire. */
export function longestLife({ default: otherwise, byType }: ExpiryRule): number | null {
  const all = [otherwise, ...Object.values(byType)];
  return all.some((seconds) => seconds === null) ? null : Math.max(...(all as number[]));
}
