// Feeds that bring everything to where each record is matched against logs.
import type { RelayConfig } from './config.ts';

/** One sentence for each, by the name of the feed. */
export function toIdsWarnings({ feeds, destinations }: RelayConfig, destination?: string): Map<string, string> {
  const warnings = new Map<string, string>();
  for (const [name, feed] of Object.entries(feeds)) {
    if (destination !== undefined && feed.destination !== destination) continue;
    if (!destinations[feed.destination]!.kind.matchesAll || feed.filter.toIds === true) continue;
    warnings.set(
      name,
      `feed ${name} also brings what MISP does not call fit for detection, and indicator rules match every document: set filter: { toIds: true }, unless you want that`,
    );
  }
  return warnings;
}
