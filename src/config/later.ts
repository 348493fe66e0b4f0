// Keys of capabilities that are not there yet: refused with that reason, not as a typo.
import type { Problem } from './document.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const entriesOf = (value: unknown): [string, Record<string, unknown>][] =>
  isObject(value)
    ? Object.entries(value).filter((entry): entry is [string, Record<string, unknown>] => isObject(entry[1]))
    : [];

const FEED_KEYS = {
  reconcile: 'reconciliation',
} as const;

/** The keys are taken out of the problems that the schema would report. */
export function notThereYet(config: unknown): Problem[] {
  if (!isObject(config)) return [];
  const problems: Problem[] = [];
  const add = (path: (string | number)[], what: string): void => {
    problems.push({ path, message: `${what} is not there yet: take it out` });
  };
  if (typeof config['store'] === 'string' && /^postgres(ql)?:/.test(config['store']))
    add(['store'], 'a PostgreSQL store');
  for (const [name, feed] of entriesOf(config['feeds'])) {
    for (const [key, what] of Object.entries(FEED_KEYS)) if (feed[key] !== undefined) add(['feeds', name, key], what);
  }
  return problems;
}
