// NDJSON in a file, with rotation: for air gaps, trials and pipes. One line for each delivery, the same body as in Splunk.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { z } from 'zod';
import { nearest } from '../disk.ts';
import { bodyOf, splunkVocabulary } from '../translate/splunk.ts';
import type {
  Batch,
  BatchLimits,
  BatchProgress,
  CheckResult,
  DeliverContext,
  Destination,
  DestinationKind,
} from './destination.ts';
import type { Shape } from '../translate/shape.ts';
import type { Delivery } from '../records/delivery.ts';
import { RotatingFile, failureOf } from './file/rotating-file.ts';

const RECORD_BYTES_MAX = 16 * 1024 * 1024;

const options = z.strictObject({
  path: z.string('is missing').min(1, 'is empty'),
  /** A file that would grow beyond this is set aside first. */
  maxBytes: z.int().min(1_000).default(100_000_000),
  /** How many of the files that were set aside remain. Left out: all; nothing is ever deleted. */
  keep: z.int().min(1).optional(),
});
type FileOptions = z.output<typeof options>;

class FileDestination implements Destination {
  readonly limits: BatchLimits = {
    recordsMax: 5_000,
    bytesMax: RECORD_BYTES_MAX,
    recordBytesMax: RECORD_BYTES_MAX,
    concurrency: 1,
  };
  readonly withdraws = 'record';
  readonly vocabulary = splunkVocabulary;
  private readonly file: RotatingFile;

  constructor(file: RotatingFile) {
    this.file = file;
  }

  async check(): Promise<CheckResult> {
    const { path } = this.file;
    try {
      const found = await nearest(path);
      if (found.isDirectory && found.path === path)
        return { ok: false, code: 'FILE_NOT_WRITABLE', message: `${path} is a folder: name a file in it` };
      if (!found.isDirectory && found.path !== path)
        return { ok: false, code: 'FILE_NOT_WRITABLE', message: `${found.path} is no folder: choose another path` };
      await access(found.path, constants.W_OK);
      return { ok: true, message: `${path} can be written` };
    } catch (error) {
      const { code, message } = failureOf(error, path);
      return { ok: false, code, message };
    }
  }

  encode(delivery: Delivery, shape: Shape): string {
    return JSON.stringify(shape(bodyOf(delivery), delivery));
  }

  /** A batch is confirmed when the disk has it. One that an earlier attempt began is written again. */
  async deliver(batch: Batch, start: BatchProgress, context: DeliverContext): Promise<BatchProgress> {
    let progress = start;
    if (progress.posting !== null) {
      const doubtful = progress.posting.to - progress.posting.from;
      progress = { ...progress, posting: null, possibleDuplicates: progress.possibleDuplicates + doubtful };
    }
    for (let range = progress.todo[0]; range; range = progress.todo[0]) {
      context.signal.throwIfAborted();
      const text = batch.lines
        .slice(range.from, range.to)
        .map((line) => `${line}\n`)
        .join('');
      const { requests, bytes } = progress;
      progress = { ...progress, posting: range, requests: requests + 1, bytes: bytes + Buffer.byteLength(text) };
      await context.save(progress);
      await this.file.append(text);
      progress = { ...progress, posting: null, todo: progress.todo.slice(1) };
      await context.save(progress);
    }
    return progress;
  }

  async close(): Promise<void> {
    await this.file.idle();
  }
}

export const file: DestinationKind<FileOptions> = {
  type: 'file',
  options,
  create: ({ path, maxBytes, keep }, context) =>
    new FileDestination(new RotatingFile(context.resolvePath(path), { maxBytes, keep, nowMs: context.nowMs })),
};
