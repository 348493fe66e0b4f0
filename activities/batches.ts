// Cuts encoded records into batches, by count and by bytes.
import type { BatchLimits } from '../src/destinations/destination.ts';
import { RecordError } from '../src/errors.ts';

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
    const bytes = Buffer.byteLength(line) + 1;
    const { recordsMax, bytesMax, recordBytesMax } = this.limits;
    if (bytes > recordBytesMax || bytes > bytesMax) {
      throw new RecordError(
        'RECORD_TOO_LARGE',
        `the encoded record has ${bytes} bytes; the destination takes ${Math.min(recordBytesMax, bytesMax)}`,
      );
    }
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
