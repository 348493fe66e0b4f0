// The last settled keys, first in, first out. It saves work; it never decides alone: a key that is in it was confirmed by
// the destination, or is a dead letter, and one that fell out is found in the ledger.
import { slicesOf } from './attribute-key.ts';
import { bitmapOf, isMarked } from './bitmap.ts';

export const WINDOW_KEYS_MAX = 10_000;

export class DedupWindow {
  /** A Set keeps the order of insertion: the oldest comes first. */
  private readonly keys: Set<string>;
  private readonly keysMax: number;

  constructor(bytes: Uint8Array = new Uint8Array(), keysMax: number = WINDOW_KEYS_MAX) {
    this.keysMax = keysMax;
    this.keys = new Set(slicesOf(new TextDecoder().decode(bytes)));
  }

  get size(): number {
    return this.keys.size;
  }

  /** Marks the rows that were never settled, as far as the window knows; of a key that comes twice, the first row. */
  fresh(keys: string): string {
    const seen = new Set<string>();
    const marks: boolean[] = [];
    for (const key of slicesOf(keys)) {
      marks.push(!this.keys.has(key) && !seen.has(key));
      seen.add(key);
    }
    return bitmapOf(marks);
  }

  /** Takes in the keys whose rows are marked. A key that is there already becomes the newest. */
  add(keys: string, marked: string): void {
    let row = 0;
    for (const key of slicesOf(keys)) {
      if (!isMarked(marked, row++)) continue;
      this.keys.delete(key);
      this.keys.add(key);
    }
    for (const oldest of this.keys) {
      if (this.keys.size <= this.keysMax) break;
      this.keys.delete(oldest);
    }
  }

  clear(): void {
    this.keys.clear();
  }

  /**
   * Copied: in the sandbox TextEncoder answers with the host's Uint8Array, which Temporal's converter takes for a plain
   * object (3 MB of JSON instead of 280 KB).
   */
  bytes(): Uint8Array {
    return Uint8Array.from(new TextEncoder().encode([...this.keys].join('')));
  }
}
