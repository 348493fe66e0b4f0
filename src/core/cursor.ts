// Where a feed stands between two polls. The reader (src/misp/reader.ts) makes it; the feed only holds it, and resets it.

export interface Cursor {
  /** Up to here everything is confirmed: `until` of the last completed poll, on MISP's clock, which may also go back. */
  second: number;
  /** Our clock, in epoch seconds, at the start of that poll; null before the first one. */
  readAt: number | null;
  /** The highest id that was visible a lookback before the last poll: new rows are read down to it. Null: not known. */
  id: number | null;
  /** The highest id that was visible when MISP's clock and ours showed this; it becomes `id` when it is a lookback old by both. */
  mark: { id: number; date: number; readAt: number };
  /** A first poll that was not completed, or a backfill, may have delivered something. */
  begun?: true;
}

export const newCursor = (second: number): Cursor => ({
  second,
  readAt: null,
  id: null,
  mark: { id: 0, date: 0, readAt: 0 },
});

/** Nothing can have been delivered yet. */
export const isFirst = ({ mark, begun }: Cursor): boolean => mark.readAt === 0 && !begun;

/** What a first poll, or a backfill, has delivered may be deleted before the next poll begins. */
export const begun = (cursor: Cursor): Cursor => (isFirst(cursor) ? { ...cursor, begun: true } : cursor);

/**
 * The cursor after an operator's reset. Backward: the known id stays, since rows above it are still new. Forward: what lies
 * in between is skipped, whatever its id, so the id is found out anew.
 */
export const resetTo = (cursor: Cursor, second: number): Cursor =>
  second > cursor.second
    ? { ...newCursor(second), mark: cursor.mark, ...(cursor.begun ? { begun: true } : {}) }
    : { ...cursor, second };
