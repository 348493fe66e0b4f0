import { type Row } from './model.ts';

/**
 * Rows in an order, brought up to date only when they are read: the touched ones are taken out and merged in again, so that a
 * change costs one pass over the index and no sort of it.
 */
export class SortedIndex {
  private sorted: Row[] = [];
  private touched = new Set<Row>();
  private readonly compare: (a: Row, b: Row) => number;

  constructor(compare: (a: Row, b: Row) => number) {
    this.compare = compare;
  }

  /** To be called for each row that was added, removed, or whose sort key changed. */
  touch(row: Row): void {
    this.touched.add(row);
  }

  /** The rows that are not gone, sorted. Not to be changed. */
  rows(): readonly Row[] {
    if (this.touched.size > 0) this.refresh();
    return this.sorted;
  }

  private refresh(): void {
    const fresh = [...this.touched].filter((row) => !row.gone).sort(this.compare);
    const kept = this.sorted.length === 0 ? this.sorted : this.sorted.filter((row) => !this.touched.has(row));
    this.touched.clear();
    if (kept.length === 0) this.sorted = fresh;
    else if (fresh.length === 0) this.sorted = kept;
    else if (this.compare(kept[kept.length - 1]!, fresh[0]!) <= 0) this.sorted = kept.concat(fresh);
    else this.sorted = this.merge(kept, fresh);
  }

  private merge(a: readonly Row[], b: readonly Row[]): Row[] {
    const merged = new Array<Row>(a.length + b.length);
    let i = 0;
    let j = 0;
    for (let k = 0; k < merged.length; k++) {
      merged[k] = j >= b.length || (i < a.length && this.compare(a[i]!, b[j]!) <= 0) ? a[i++]! : b[j++]!;
    }
    return merged;
  }
}

/** The first place whose row has a timestamp >= `timestamp`, in rows sorted by timestamp. */
export function lowerBound(rows: readonly Row[], timestamp: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.timestamp < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}
