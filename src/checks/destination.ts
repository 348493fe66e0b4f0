// A destination, by its own check. It writes nothing there.
import type { Destination } from '../destinations/destination.ts';
import { type Check, checkOf, type Finding, findingOf } from './check.ts';

export async function checkDestination(name: string, destination: Destination, signal: AbortSignal): Promise<Check> {
  const { ok, message, code, warnings = [] } = await destination.check(signal);
  const findings: Finding[] = warnings.map((warning) => findingOf(warning, 'warning'));
  if (!ok) findings.push(findingOf(message, 'failed', code));
  return checkOf('destination', name, findings, ok ? [message] : []);
}
