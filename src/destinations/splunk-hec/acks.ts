// Waits for the acknowledgements of a batch. `true` is told exactly once, `false` means "unknown", and an answer that cannot be
// read means nothing (splunk-hec 3.6, T6).
import { z } from 'zod';
import { PermanentError, RetryableError } from '../../errors.ts';
import { HttpFailure } from '../../http.ts';
import type { Batch, BatchProgress, DeliverContext, DestinationContext, Pending } from '../destination.ts';
import type { AckHandle, HecClient } from './client.ts';
import { conclude, saidBy } from './conclusion.ts';
import { ackMissing } from './posting.ts';
import { confirmed, givenUp } from './progress.ts';

const POLL_MS_MIN = 1_000;
const POLL_MS_MAX = 10_000;
const POLL_GROWTH = 1.5;
const FAILURES_IN_A_ROW_MAX = 3;
/** A load balancer that changes its cookie each time can never lead back to the right indexer. */
const LOSSES_IN_A_ROW_MAX = 3;
/** A batch that was sent again so often, in vain, is given a rest. */
const ROUNDS_MAX = 2;

const handleSchema = z.object({ channel: z.string(), ackId: z.int().min(0), cookies: z.string() });

export interface AckSettings {
  required: boolean;
  timeoutMs: number;
}

export class AckWaiting {
  private readonly client: HecClient;
  private readonly settings: AckSettings;
  private readonly context: DestinationContext;
  /** Acknowledgements that were told, until they are saved: HEC will not tell them again. */
  private readonly told = new Set<string>();

  constructor(client: HecClient, settings: AckSettings, context: DestinationContext) {
    this.client = client;
    this.settings = settings;
    this.context = context;
  }

  /** Until nothing is pending: confirmed, or back in `todo`. */
  async wait(batch: Batch, start: BatchProgress, context: DeliverContext): Promise<BatchProgress> {
    let progress = start;
    let failures = 0;
    for (let pause = POLL_MS_MIN; ; pause = Math.min(pause * POLL_GROWTH, POLL_MS_MAX)) {
      const round = await this.round(progress, context);
      progress = round.progress;
      if (progress.pending.length === 0) break;
      failures = round.failure ? failures + 1 : 0;
      if (round.failure && failures >= FAILURES_IN_A_ROW_MAX) throw round.failure;
      await this.context.sleep(pause, context.signal);
    }
    if (progress.todo.length > 0) this.refuseToSpin(batch, progress);
    return progress;
  }

  /** Asks once for everything that is pending, and gives up what is overdue. */
  private async round(
    start: BatchProgress,
    context: DeliverContext,
  ): Promise<{ progress: BatchProgress; failure: RetryableError | null }> {
    let progress = start;
    let failure: RetryableError | null = null;
    for (const [place, handles] of placesOf(start.pending)) {
      context.signal.throwIfAborted();
      const [{ channel, cookies }] = handles as [AckHandle];
      const there = (pending: Pending): boolean => placeOf(handleOf(pending)) === place;
      if (this.client.channels.isLost(channel)) {
        progress = await this.keep(givenUp(progress, there), context);
        continue;
      }
      try {
        const told = await this.poll(channel, cookies, handles, context.signal);
        if (told === 'lost') progress = await this.keep(givenUp(progress, there), context);
        else progress = await this.confirm(progress, told, context);
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        if (error instanceof HttpFailure && error.code === 'HTTP_ABORTED') throw error;
        failure = error;
      }
    }
    const now = this.context.nowMs();
    // Also when the clock was set back: nobody waits for days.
    const overdue = (each: Pending): boolean =>
      Math.abs(now - each.sentAt) >= this.settings.timeoutMs || handleOf(each) === null;
    if (progress.pending.some(overdue)) progress = await this.keep(givenUp(progress, overdue), context);
    return { progress, failure };
  }

  private async poll(
    channel: string,
    cookies: string,
    handles: readonly AckHandle[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string> | 'lost'> {
    const open = handles.filter((handle) => !this.told.has(keyOf(handle)));
    if (open.length > 0) {
      const ids = open.map(({ ackId }) => ackId);
      const { reply, told, moved } = await this.client.pollAcks({ id: channel, cookies }, ids, signal);
      if (moved) return 'lost';
      if (told === null && reply.code === 14) {
        if (this.settings.required) throw ackMissing(this.client.host);
        return 'lost';
      }
      if (told === null) throw this.failureOf(reply);
      for (const ackId of told) this.told.add(keyOf({ channel, ackId }));
      if (told.length > 0) this.client.channels.lossesInARow = 0;
    }
    return this.told;
  }

  /** Saved before it is forgotten. */
  private async confirm(
    progress: BatchProgress,
    told: ReadonlySet<string>,
    context: DeliverContext,
  ): Promise<BatchProgress> {
    const isTold = (each: Pending): boolean => {
      const handle = handleOf(each);
      return handle !== null && told.has(keyOf(handle));
    };
    const done = progress.pending.filter(isTold);
    if (done.length === 0) return progress;
    const next = await this.keep(confirmed(progress, isTold), context);
    for (const each of done) this.told.delete(keyOf(handleOf(each)!));
    return next;
  }

  private async keep(progress: BatchProgress, context: DeliverContext): Promise<BatchProgress> {
    await context.save(progress);
    return progress;
  }

  /** A poll that cannot be read never confirms; whether to go on asking is another matter. */
  private failureOf(reply: Parameters<typeof conclude>[0]): Error {
    const { host } = this.client;
    const { rest } = conclude(reply, { length: 1, host, worked: true, index: undefined });
    if (rest.kind === 'blocked') return new PermanentError(rest.code, rest.message);
    return new RetryableError('HEC_ACK_UNREADABLE', `${host} does not say what it acknowledges (${saidBy(reply)})`);
  }

  private refuseToSpin(batch: Batch, progress: BatchProgress): void {
    const { host, channels } = this.client;
    if (channels.lossesInARow >= LOSSES_IN_A_ROW_MAX) {
      channels.lossesInARow = 0;
      throw new PermanentError(
        'HEC_ACK_NOT_STICKY',
        `the load balancer of ${host} changes its cookie again and again, so acknowledgements cannot be followed: make its sessions sticky, or set ack: off`,
      );
    }
    if (channels.lossesInARow === 0 && progress.possibleDuplicates >= ROUNDS_MAX * batch.lines.length) {
      throw new RetryableError(
        'HEC_ACK_LATE',
        `${host} has not acknowledged within ${this.settings.timeoutMs / 1000} s, several times: look at its indexers and queues`,
      );
    }
  }
}

const keyOf = ({ channel, ackId }: Pick<AckHandle, 'channel' | 'ackId'>): string => `${channel} ${ackId}`;
const placeOf = (handle: AckHandle | null): string | null => handle && `${handle.channel} ${handle.cookies}`;

/** Null for what no version of this code wrote: then it cannot be asked for. */
function handleOf({ handle }: Pending): AckHandle | null {
  const read = handleSchema.safeParse(handle);
  return read.success ? read.data : null;
}

/** Pending acknowledgements by channel and cookies: one request asks for all of one place. */
function placesOf(pending: readonly Pending[]): Map<string, AckHandle[]> {
  const places = new Map<string, AckHandle[]>();
  for (const each of pending) {
    const handle = handleOf(each);
    if (handle) places.set(placeOf(handle)!, [...(places.get(placeOf(handle)!) ?? []), handle]);
  }
  return places;
}
