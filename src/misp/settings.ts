// How a feed is read: from its filter, the version of its MISP and a few numbers of the config.
import type { MispVersion } from './client.ts';
import { type Filter, includesOf, pageSizeOf, restSearchOf, type Wanted } from './query.ts';
import type { PageSettings } from './read-page.ts';

export interface ReadingOptions extends Wanted {
  /** Rows a page; the filter may ask for less. */
  pageSize?: number;
  lookbackSeconds?: number;
  /** Small answers share a page until it has so many rows: each page costs Temporal a dozen events. */
  pageRowsEnough?: number;
  /** Of an events feed: so many plain attributes of the event stand beside each attribute. Left out: no events feed. */
  contextAttributes?: number;
}

const LOOKBACK_SECONDS = 15 * 60;
/** An idle poll reads no more new rows than this. */
const FIRST_PAGE = 100;

export function pageSettingsOf(filter: Filter, version: MispVersion, options: ReadingOptions = {}): PageSettings {
  const includes = includesOf(filter, options);
  const pageSize = pageSizeOf(includes, options.pageSize);
  return {
    pageSize,
    firstPage: Math.min(FIRST_PAGE, pageSize),
    lookbackSeconds: options.lookbackSeconds ?? LOOKBACK_SECONDS,
    deletedForms: version.deletedForms,
    narrow: restSearchOf(filter),
    includes,
  };
}
