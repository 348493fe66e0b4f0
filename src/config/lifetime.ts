// The keys of a feed that say how long an attribute counts: `expireAfter`, `includeDecayScore`, `excludeDecayed`, `decay`.
import { z } from 'zod';
import { duration } from '../options.ts';
import type { ExpiryRule, LifetimeRules } from '../records/lifetime.ts';

const DAY = 86_400;
const REFRESH_SECONDS_MIN = 600;

/** Seconds; null: never. */
const age = z.union([z.literal('never').transform(() => null), duration.refine((s) => s > 0, 'is too short')]);

/** One age for all, or one for each type with a `default`. */
export const expireAfter = z.union([age, z.record(z.string(), age)]);

export const decay = z.strictObject({
  /** Ids of MISP's decaying models. Left out: all that are enabled. */
  models: z
    .array(z.union([z.string(), z.number()]).transform(String))
    .min(1, 'an empty list is no choice: leave it out')
    .optional(),
  refreshEvery: z
    .union([z.literal('never').transform(() => null), duration.refine((s) => s >= REFRESH_SECONDS_MIN, 'is too short')])
    .default(DAY),
  redeliverStep: z.int().min(1).max(100).default(10),
});

interface LifetimeConfig {
  expireAfter?: z.output<typeof expireAfter> | undefined;
  includeDecayScore: boolean;
  excludeDecayed: boolean;
}

/** `otherwise`: what a feed of this destination does that says nothing, in seconds. */
export function lifetimeOf({ expireAfter: given, excludeDecayed }: LifetimeConfig, otherwise?: number): LifetimeRules {
  return { expiry: expiryOf(given, otherwise ?? null), excludeDecayed };
}

/** Decay scores cost MISP a query for each row, so they are asked for only where something looks at them. */
export const wantsScores = ({ includeDecayScore, excludeDecayed }: LifetimeConfig): boolean =>
  includeDecayScore || excludeDecayed;

function expiryOf(given: LifetimeConfig['expireAfter'], otherwise: number | null): ExpiryRule {
  if (given === undefined) return { default: otherwise, byType: {} };
  if (given === null || typeof given === 'number') return { default: given, byType: {} };
  const { default: named, ...byType } = given;
  return { default: named === undefined ? otherwise : named, byType };
}
