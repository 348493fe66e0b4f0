// Every error of ours is named by what must be done next: try again, stop and call the operator, or set one record aside.
// `code` is stable and stands in docs/errors.md. A message is one sentence for a person; it never holds a secret.

export type ErrorKind = 'retryable' | 'permanent' | 'record';

export interface RelayErrorOptions {
  cause?: unknown;
  /** Do not try again before this many milliseconds (Retry-After, X-Rate-Limit-Reset). */
  retryAfterMs?: number;
}

export abstract class RelayError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  constructor(code: string, message: string, { cause, retryAfterMs }: RelayErrorOptions = {}) {
    super(message, { cause });
    this.name = new.target.name;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** It may work later without anybody's help. Temporal tries again. */
export class RetryableError extends RelayError {
  readonly kind = 'retryable';
}

/** Somebody must help: the feed is blocked until then, and what is owed stays owed. */
export class PermanentError extends RelayError {
  readonly kind = 'permanent';
}

/** One record can never be taken: it becomes a dead letter, and its neighbours go on. */
export class RecordError extends RelayError {
  readonly kind = 'record';
}

/** The config is wrong; nothing has been started. `lines` is what the person reads. */
export class ConfigError extends Error {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
