// What one answer proves by itself.
import type { Progress, Walk } from './progress.ts';
import { type Body, endOf } from './requests.ts';
import { LAST_SECOND, type Selector, selectorAt } from './selectors.ts';

/** What the reader must know of a row; timestamps in epoch seconds. */
export interface Row {
  id: number;
  timestamp: number;
}

export interface Answer<R extends Row = Row> {
  /** In the order of the answer. A row without a readable id or timestamp is left out, and so counts as hidden. */
  rows: R[];
  /** X-Result-Count, and X-Skipped-Elements-Count (0 when absent). */
  resultCount: number;
  skipped: number;
  /** The `Date` header in epoch seconds, or null; and our clock when the request was sent. */
  date: number | null;
  askedAt: number;
}

/** The answer is not what was asked for. Nothing of it may be used. */
export class WrongAnswer extends Error {}

/**
 * Proved not full (misp-api 3.5). X-Result-Count above the rows means full, or that rows are hidden; the honoured limit tells the two
 * apart.
 */
export function isWhole(progress: Progress, body: Body, answer: Answer): boolean {
  const { rows, resultCount, skipped } = answer;
  if (skipped > 0) return false;
  if (resultCount <= rows.length || (rows.length === 0 && resultCount <= 1)) return true;
  return resultCount > rows.length + 1 && resultCount <= Math.min(progress.honoured, body.limit);
}

/** An invalid order is dropped by MISP without a word (misp-api 3.1), so order and window are checked on every row. */
export function checkAnswer(progress: Progress, body: Body, { rows }: Answer): void {
  if (rows.length > body.limit) throw new WrongAnswer(`${rows.length} rows came, ${body.limit} were asked for`);
  const selector = selectorAt(progress);
  rows.forEach((row, i) => {
    const last = rows[i - 1];
    if (last && !follows(progress.walk, last, row))
      throw new WrongAnswer(`the rows are not in the order ${body.order}`);
    if (!isInside(progress.walk, selector, row))
      throw new WrongAnswer(`a row lies outside the time that was asked for`);
  });
}

function follows(walk: Walk, last: Row, row: Row): boolean {
  if (walk.by === 'key') return (row.timestamp - last.timestamp || row.id - last.id) > 0;
  return walk.second === null ? row.id < last.id : row.id > last.id;
}

function isInside(walk: Walk, selector: Selector, row: Row): boolean {
  if (walk.by === 'key') {
    const to = endOf(walk, selector);
    return (walk.since === 0 || row.timestamp >= walk.since) && (to >= LAST_SECOND || row.timestamp <= to);
  }
  return walk.second === null || row.timestamp === walk.second || (walk.second === 0 && row.timestamp < 0);
}
