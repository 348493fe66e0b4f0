// What the activities need of each feed: its source, its filter, its destination, ready to work. Made once from the config.
import type { Destination, Shape } from './destinations/destination.ts';
import type { PageSettings } from './misp/read-page.ts';
import type { Filter } from './misp/query.ts';
import type { DeletedForm } from './misp/reader.ts';
import type { MispClient } from './misp/client.ts';
import type { IndicatorRecord } from './translate/record.ts';

export interface SourceRuntime {
  name: string;
  /** Without credentials and without a trailing slash. */
  url: string;
  client: MispClient;
  /** By the version that the MISP says; asked for once. Throws PermanentError MISP_TOO_OLD. */
  deletedForms(signal: AbortSignal): Promise<DeletedForm[]>;
}

export interface FeedRuntime {
  name: string;
  source: SourceRuntime;
  destination: Destination;
  filter: Filter;
  /** Null when the record passes, otherwise the rule that leaves it out. */
  matches(record: IndicatorRecord): string | null;
  /** Changes when the filter does: then a poll under way begins anew. */
  filterDigest: string;
  pages: Omit<PageSettings, 'deletedForms'>;
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
