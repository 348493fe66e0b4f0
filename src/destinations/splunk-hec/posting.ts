// Sends what a batch still owes, request by request: saved before each, saved after each (splunk-hec 3.8).
import { PermanentError, RetryableError } from '../../errors.ts';
import { HttpFailure } from '../../http.ts';
import type { Batch, BatchProgress, DeliverContext, Range } from '../destination.ts';
import type { Channel } from './channel.ts';
import type { AckHandle, HecBody, HecClient } from './client.ts';
import { conclude, type Conclusion, type Rest } from './conclusion.ts';
import { answered, begun, resumed, size, type Outcome } from './progress.ts';

/** After so many refusals in a row each record goes alone: a HEC that names the wrong place must not cost its neighbours. */
const REFUSALS_IN_A_ROW_MAX = 3;
const JITTER = 0.2;

export interface PostingSettings {
  ack: 'auto' | 'required' | 'off';
  index: string | undefined;
  nowMs: () => number;
}

/** What this process has learnt of the token. */
export interface AckMemory {
  /** Whether the token has acknowledgements; null: not known yet. */
  acks: boolean | null;
}

export async function postBatch(
  client: HecClient,
  settings: PostingSettings,
  memory: AckMemory,
  batch: Batch,
  start: BatchProgress,
  context: DeliverContext,
): Promise<BatchProgress> {
  const { host } = client;
  let progress = resumed(start);
  let refusals = 0;
  let channel = client.channels.open();
  for (let next = progress.todo[0]; next; next = progress.todo[0]) {
    context.signal.throwIfAborted();
    const range = refusals < REFUSALS_IN_A_ROW_MAX ? next : { from: next.from, to: next.from + 1 };
    const body = bodyOf(batch, range);
    const posting = begun(progress, range, body.bytes);
    await context.save(posting);
    if (client.channels.isLost(channel.id)) channel = client.channels.open();
    const { reply, handle } = await post(client, body, channel, progress, context);
    const question = { length: size(range), index: settings.index, host, worked: client.worked };
    const conclusion = conclude(reply, question);
    const { rest } = conclusion;
    if (conclusion.taken > 0 && rest.kind !== 'none' && handle === null && settings.ack === 'auto') {
      memory.acks ??= await client.givesAcks(context.signal).catch(() => null);
    }
    const outcome = outcomeOf(conclusion, range, handle, settings, memory);
    // A 200 of a token without acknowledgements, although they are required: that is no success (splunk-hec rule 25).
    const missing = settings.ack === 'required' && rest.kind === 'none' && handle === null;
    progress = answered(posting, missing ? { ...outcome, taken: 0, unknown: true } : outcome);
    await context.save(progress);
    if (missing) throw ackMissing(host);
    stopFor(rest);
    if (rest.kind === 'refused') refusals++;
    else if (refusals < REFUSALS_IN_A_ROW_MAX) refusals = 0;
  }
  return progress;
}

/** The whole batch as it lies ready, or the part that is asked for. */
function bodyOf({ lines, zipped }: Batch, { from, to }: Range): HecBody {
  if (zipped && from === 0 && to === lines.length) return { zipped, bytes: unzippedBytes(zipped) };
  const text = lines.slice(from, to).join('\n');
  return { text, bytes: Buffer.byteLength(text) };
}

/** The last four bytes of a gzip (RFC 1952, ISIZE); a batch is far below the 4 GB that they can count. */
const unzippedBytes = (zipped: Uint8Array): number =>
  new DataView(zipped.buffer, zipped.byteOffset, zipped.byteLength).getUint32(zipped.byteLength - 4, true);

/** `before`: the progress as it was before the request. */
async function post(
  client: HecClient,
  body: HecBody,
  channel: Channel,
  before: BatchProgress,
  context: DeliverContext,
): ReturnType<HecClient['post']> {
  try {
    return await client.post(body, channel, context.signal);
  } catch (error) {
    // Not a byte was sent: nothing is in doubt. In any other case `posting` stays, and the next attempt counts it.
    const unsent = error instanceof PermanentError || (error instanceof HttpFailure && error.sent === 'no');
    if (unsent) await context.save(before);
    throw error;
  }
}

function outcomeOf(
  { taken, ackId, rest }: Conclusion,
  range: Range,
  handle: AckHandle | null,
  { ack, nowMs }: PostingSettings,
  memory: AckMemory,
): Outcome {
  const waits = ack !== 'off' && ackId !== null && handle !== null;
  if (waits) memory.acks = true;
  else if (rest.kind === 'none') memory.acks = false;
  // With acknowledgements in use, a prefix without one is not proved; alone it gets its own answer (T7).
  const unproved = rest.kind !== 'none' && (ack === 'required' || (ack === 'auto' && memory.acks !== false));
  return {
    range,
    taken,
    prefix: waits ? { sentAt: nowMs(), handle } : unproved ? 'unproved' : 'confirmed',
    ...(rest.kind === 'refused' ? { refused: { code: rest.code, reason: rest.reason } } : {}),
    ...(rest.kind === 'split' ? { split: { doubtful: rest.doubtful } } : {}),
    unknown: rest.kind === 'unknown' || (rest.kind === 'blocked' && rest.doubtful === true),
  };
}

function stopFor(rest: Rest): void {
  if (rest.kind === 'blocked') throw new PermanentError(rest.code, rest.message);
  if (rest.kind !== 'retry' && rest.kind !== 'unknown') return;
  const { code, message, retryAfterMs } = rest;
  // Many feeds may have been told the same time.
  const wait =
    retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs * (1 + Math.random() * JITTER)) };
  throw new RetryableError(code, message, wait);
}

export const ackMissing = (host: string): PermanentError =>
  new PermanentError(
    'HEC_ACK_MISSING',
    `${host} gives no acknowledgements for this token: enable indexer acknowledgement for it in Splunk, or set ack: auto`,
  );
