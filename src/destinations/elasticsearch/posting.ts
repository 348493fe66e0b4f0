// Sends what a batch still owes, request by request: saved before each, saved after each. Only what failed goes again.
import { PermanentError, RetryableError } from '../../errors.ts';
import { HttpFailure } from '../../http.ts';
import type { Batch, BatchProgress, DeliverContext } from '../destination.ts';
import { missing, type Target } from './blocks.ts';
import type { Answered, ElasticsearchClient } from './client.ts';
import { type Again, conclude, type Conclusion, type Outcome } from './conclusion.ts';
import { bodyOf, isDelete } from './line.ts';
import type { Pace } from './pace.ts';
import { answered, begun, settledTo } from './progress.ts';

const JITTER = 0.2;

export interface Posting {
  client: ElasticsearchClient;
  pace: Pace;
  target: Target;
  /** Null: each action names its own index. */
  alias: string | null;
  nowMs: () => number;
}

export async function postBatch(
  { client, pace, target, alias, nowMs }: Posting,
  batch: Batch,
  start: BatchProgress,
  context: DeliverContext,
): Promise<BatchProgress> {
  const { signal } = context;
  let progress = settledTo(start, start.posting);
  while (progress.todo.length > 0) {
    signal.throwIfAborted();
    const doubt = progress.posting;
    const picked = pace.pick(progress.todo, batch.lines);
    const lines = picked.map((index) => batch.lines[index]!);
    if (alias !== null && lines.some(isDelete)) await proveAlias(client, target, alias, signal);
    const text = bodyOf(lines, nowMs());
    const bytes = Buffer.byteLength(text);
    const asked = begun(progress, picked, bytes);
    await context.save(asked);
    const { worked } = client;
    const reply = await post(client, pace, { alias, text, picked, before: progress }, context);
    const conclusion = conclude(reply, { length: lines.length, host: reply.host, worked, target });
    const outcomes = outcomesOf(conclusion, picked.length, reply.host);
    progress = outcomes === 'split' ? settledTo(asked, doubt) : answered(asked, doubt, picked, outcomes);
    if (conclusion.kind === 'too large') pace.tooLarge(bytes);
    await context.save(progress);
    if (outcomes !== 'split') stopFor(outcomes, conclusion, pace);
  }
  return progress;
}

interface Request {
  alias: string | null;
  text: string;
  picked: readonly number[];
  before: BatchProgress;
}

async function post(
  client: ElasticsearchClient,
  pace: Pace,
  { alias, text, picked, before }: Request,
  context: DeliverContext,
): Promise<Answered> {
  try {
    return await client.bulk(alias, text, context.signal);
  } catch (error) {
    // Not a byte was sent: nothing more is in doubt than before. In any other case `posting` stays.
    const unsent = error instanceof PermanentError || (error instanceof HttpFailure && error.sent === 'no');
    if (unsent) await context.save(before);
    else pace.tooBusy(picked.length);
    throw error;
  }
}

/**
 * A delete with a version of ours makes the index that it does not find, and `require_alias` is not looked at for it (measured on 8.19).
 * Then an index would stand where the alias belongs, so it must be there first.
 */
async function proveAlias(
  client: ElasticsearchClient,
  target: Target,
  alias: string,
  signal: AbortSignal,
): Promise<void> {
  const reply = await client.get(`/_alias/${encodeURIComponent(alias)}`, signal);
  if (reply.status === 200 && reply.json) return;
  const { host } = reply;
  const { code, message } =
    reply.status === 404 && reply.json ? missing(host, target) : wholeOf(conclude(reply, questionOf(reply, target)));
  if (reply.status >= 400 && reply.status < 500 && reply.status !== 429) throw new PermanentError(code, message);
  throw new RetryableError(code, message);
}

const questionOf = ({ host }: Answered, target: Target) => ({ length: 0, host, worked: true, target });

const wholeOf = (conclusion: Conclusion): { code: string; message: string } =>
  'code' in conclusion
    ? conclusion
    : {
        code: 'ELASTICSEARCH_UNREADABLE',
        message: 'the answer about the write alias cannot be read: does a proxy stand before it?',
      };

/** `split`: none was looked at, and smaller requests may pass. */
function outcomesOf(conclusion: Conclusion, length: number, host: string): readonly Outcome[] | 'split' {
  if (conclusion.kind === 'items') return conclusion.outcomes;
  if (conclusion.kind !== 'too large') return Array.from({ length }, () => conclusion);
  if (length > 1) return 'split';
  const reason = `the document alone is larger than ${host} takes (413, http.max_content_length)`;
  return [{ kind: 'refused', code: 'ELASTICSEARCH_413', reason }];
}

/** Throws when the next request would fare no better: what needs a person goes before what needs time. */
function stopFor(outcomes: readonly Outcome[], conclusion: Conclusion, pace: Pace): void {
  const block = outcomes.find((outcome) => outcome.kind === 'blocked');
  if (block) throw new PermanentError(block.code, block.message);
  const again = outcomes.filter((outcome): outcome is Again => outcome.kind === 'again');
  if (again.length === 0) return pace.well(outcomes.length);
  pace.tooBusy(outcomes.length);
  const { code, message, retryAfterMs } = again[0]!;
  const some =
    conclusion.kind === 'items' ? `${message}: ${again.length} of ${outcomes.length} documents go again` : message;
  // Many feeds may have been told the same time.
  const wait =
    retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs * (1 + Math.random() * JITTER)) };
  throw new RetryableError(code, some, wait);
}
