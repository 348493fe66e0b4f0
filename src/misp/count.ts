// How much the first poll will read: for its report only. MISP has no cheap total (X-Result-Count is one of a page, and a search without
// limit loads every row), so the number of rows is found by asking for single rows further and further back.
import type { MispClient } from './client.ts';
import { type Filter, restSearchOf } from './query.ts';

export interface Count {
  /** Attributes with a timestamp of `since` or later; rows that a filter of ours leaves out after reading are counted too. */
  count: number;
  /** `count` is only an upper bound of what will be delivered: the filter looks at more than MISP was asked for. */
  atMost: boolean;
  /** The newest Attribute.timestamp among them, in epoch seconds; it may lie in the future. Null when there is none. */
  newest: number | null;
}

/** About 2 log2(n) searches of one row each. `since` in epoch seconds; 0: everything. */
export async function countMatching(
  client: MispClient,
  filter: Filter,
  since: number,
  signal?: AbortSignal,
): Promise<Count> {
  const search = { ...restSearchOf(filter), ...(since > 0 ? { timestamp: since } : {}) };
  // Without an order, which does not matter for a number and would cost a sort.
  const isThere = async (offset: number): Promise<boolean> => {
    const { rows, resultCount } = await client.restSearch({ ...search, limit: 1, page: offset + 1 }, signal);
    return rows.length > 0 || resultCount > 1; // a hidden row is there too
  };
  let high = 1;
  while (await isThere(high - 1)) high *= 2;
  let low = high >> 1; // at least `low` rows, fewer than `high`
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await isThere(middle - 1)) low = middle;
    else high = middle;
  }
  const last = await client.restSearch({ ...search, order: 'timestamp desc,id desc', limit: 1, page: 1 }, signal);
  const newest = Number((last.rows[0] as { timestamp?: unknown } | undefined)?.timestamp);
  return { count: low, atMost: looksAtMore(filter), newest: Number.isFinite(newest) ? newest : null };
}

function looksAtMore({
  types,
  categories,
  tags,
  toIds,
  published,
  orgs,
  threatLevels,
  enforceWarninglist,
  maxTlp,
}: Filter): boolean {
  const lists = [types, categories, tags, toIds, published, orgs, threatLevels];
  return enforceWarninglist || maxTlp !== 'off' || lists.some((each) => each !== undefined);
}
