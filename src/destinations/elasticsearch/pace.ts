// How much one request may carry: less after it was too much, and more again when it goes well. Shared by all batches of a destination.
import type { Range } from '../destination.ts';

export class Pace {
  private readonly recordsMax: number;
  private records: number;
  private bytes: number;

  constructor(limits: { recordsMax: number; bytesMax: number }) {
    this.recordsMax = limits.recordsMax;
    this.records = limits.recordsMax;
    this.bytes = limits.bytesMax;
  }

  /** Places of the records that the next request carries: the first that are owed, at least one. */
  pick(todo: readonly Range[], lines: readonly string[]): number[] {
    const picked: number[] = [];
    let bytes = 0;
    for (const { from, to } of todo) {
      for (let index = from; index < to; index++) {
        bytes += Buffer.byteLength(lines[index]!) + 1;
        if (picked.length >= this.records || (picked.length > 0 && bytes > this.bytes)) return picked;
        picked.push(index);
      }
    }
    return picked;
  }

  /** So many records were too many for now. */
  tooBusy(records: number): void {
    this.records = Math.min(this.records, Math.max(1, records >> 1));
  }

  /** The limit of a server does not move, so this is remembered. */
  tooLarge(bytes: number): void {
    this.bytes = Math.min(this.bytes, bytes >> 1);
  }

  /** A request of so many records went well. */
  well(records: number): void {
    if (records >= this.records) this.records = Math.min(this.recordsMax, this.records * 2);
  }
}
