// Cuts encoded records into batches, by count and by bytes.
import type { BatchLimits } from '../src/destinations/destination.ts';
import { bytesOf } from '../src/delivery-of.ts';

export class BatchCutter {
  private readonly limits: BatchLimits;
  private readonly batches: string[][] = [];
  private lines: string[] = [];
  private bytes = 0;

  constructor(limits: BatchLimits) {
    this.limits = limits;
  }

  /** Throws RecordError RECORD_TOO_LARGE for a line that no request may carry; then nothing is added. */
  add(line: string): void {
    const bytes = bytesOf(line, this.limits);
    const { recordsMax, bytesMax } = this.limits;
    if (this.lines.length >= recordsMax || this.bytes + bytes > bytesMax) this.cut();
    this.lines.push(line);
    this.bytes += bytes;
  }

  done(): string[][] {
    this.cut();
    return this.batches;
  }

  private cut(): void {
    if (this.lines.length > 0) this.batches.push(this.lines);
    this.lines = [];
    this.bytes = 0;
  }
}
