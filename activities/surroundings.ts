// What stands around the rows of an events feed, read with them and put beside them.
import type { FeedRuntime } from '../src/feeds.ts';
import { attachContexts, readContexts } from '../src/misp/read-contexts.ts';
import type { AttributeRow } from '../src/misp/schema.ts';
import type { ActivityContext } from './context.ts';
import type { Deps } from './deps.ts';
import type { StoredAnswer } from './stored-page.ts';

/** Undefined: no events feed. It is asked under the lease of the page, as part of its reading. */
export async function surroundingsOf(
  deps: Deps,
  feed: FeedRuntime,
  rows: readonly AttributeRow[],
  { signal }: ActivityContext,
): Promise<StoredAnswer['around']> {
  const { contextAttributes: plain } = feed.reading;
  if (plain === undefined || rows.length === 0) return undefined;
  const { contexts, givenUp } = await readContexts(feed.source.client, rows, plain, signal);
  if (givenUp.length > 0) {
    const said = 'MISP cannot tell these events: their attributes go without their neighbours';
    deps.log.warn({ feed: feed.name, events: givenUp }, said);
  }
  attachContexts(rows, contexts, plain);
  return { contexts, plain };
}
