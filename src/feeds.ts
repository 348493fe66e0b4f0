// What the activities need of each feed: its source, its filter, its destination, ready to work. Made once from the config.
import type { Destination } from './destinations/destination.ts';
import type { Shape } from './translate/shape.ts';
import type { ReadingOptions } from './misp/settings.ts';
import type { Filter } from './misp/query.ts';
import type { MispClient, MispVersion } from './misp/client.ts';
import type { LifetimeRules } from './records/lifetime.ts';
import type { Endpoint } from './records/delivery.ts';
import type { IndicatorRecord } from './records/record.ts';

export interface SourceRuntime {
  name: string;
  /** Without credentials and without a trailing slash. */
  url: string;
  client: MispClient;
  /** Asked for once, before the first page. Throws PermanentError MISP_TOO_OLD and MISP_HIDES_ROWS. */
  version(signal: AbortSignal): Promise<MispVersion>;
}

export interface FeedRuntime {
  name: string;
  source: SourceRuntime;
  destination: Destination;
  endpoint: Endpoint;
  filter: Filter;
  /** Null when the record passes, otherwise the rule that leaves it out. */
  matches(record: IndicatorRecord): string | null;
  lifetime: LifetimeRules;
  /** Points by which a decay score must move to be delivered again. */
  decayStep: number;
  /** Seconds between two readings of everything that is live, for its decay scores; null: never. */
  refreshEvery: number | null;
  /** Changes when the filter does: then a poll under way begins anew. */
  filterDigest: string;
  reading: ReadingOptions;
  shape: Shape;
}

export class Feeds {
  private readonly byName: ReadonlyMap<string, FeedRuntime>;
  constructor(feeds: readonly FeedRuntime[]) {
    this.byName = new Map(feeds.map((feed) => [feed.name, feed]));
  }
  get(name: string): FeedRuntime | undefined {
    return this.byName.get(name);
  }
  names(): string[] {
    return [...this.byName.keys()];
  }
}
