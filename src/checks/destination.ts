// A destination, by its own check. It writes nothing there.
import type { Destination } from '../destinations/destination.ts';
import { type Check, checkOf, type Finding, findingOf } from './check.ts';

/** `known`: warnings that the config alone gives. */
export async function checkDestination(
  name: string,
  destination: Destination,
  known: readonly string[],
  signal: AbortSignal,
): Promise<Check> {
  const { ok, message, code, warnings = [] } = await destination.check(signal);
  const findings: Finding[] = [...warnings, ...known].map((warning) => findingOf(warning, 'warning'));
  if (!ok) findings.push(findingOf(message, 'failed', code));
  return checkOf('destination', name, findings, ok ? [message] : []);
}
