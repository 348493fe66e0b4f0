// Splunk's HTTP Event Collector. The protocol and its traps: splunk-hec 1 to 3; the parts lie in the folder beside this file.
import { RecordError } from '../errors.ts';
import { envelopeOf, splunkVocabulary, type EnvelopeOptions } from '../translate/splunk.ts';
import type {
  Batch,
  BatchLimits,
  BatchProgress,
  CheckResult,
  DeliverContext,
  Destination,
  DestinationContext,
  DestinationKind,
} from './destination.ts';
import type { Shape } from '../translate/shape.ts';
import type { Delivery } from '../records/delivery.ts';
import { AckWaiting } from './splunk-hec/acks.ts';
import { checkHec, hintsOf } from './splunk-hec/check.ts';
import { HecClient } from './splunk-hec/client.ts';
import { heartbeatLine, postHeartbeat } from './splunk-hec/heartbeat.ts';
import { hecOptions, type HecOptions } from './splunk-hec/options.ts';
import { postBatch, type AckMemory } from './splunk-hec/posting.ts';

/** One event at most (splunk-hec rule 8). */
const RECORD_BYTES_MAX = 1_000_000;

/** Splunk Cloud often, and the default of frozenTimePeriodInSecs, six years (splunk-hec T12). */
const USUAL_RETENTION_DAYS = [90, 2_184];

class SplunkHec implements Destination {
  readonly limits: BatchLimits;
  readonly withdraws = 'record';
  readonly vocabulary = splunkVocabulary;
  readonly retentionDays: readonly number[];
  readonly heartbeat?: Destination['heartbeat'];
  private readonly options: HecOptions;
  private readonly envelope: EnvelopeOptions;
  private readonly client: HecClient;
  private readonly acks: AckWaiting;
  private readonly memory: AckMemory = { acks: null };
  private readonly nowMs: () => number;

  constructor(options: HecOptions, context: DestinationContext) {
    const { batchRecords, batchBytes, concurrency, index, source, sourcetype, time } = options;
    this.options = options;
    this.limits = {
      recordsMax: batchRecords,
      bytesMax: batchBytes,
      recordBytesMax: Math.min(batchBytes, RECORD_BYTES_MAX),
      concurrency,
    };
    this.retentionDays = time === 'attribute' ? USUAL_RETENTION_DAYS : [];
    this.envelope = { time, host: options.host ?? context.host, sourcetype, index, source };
    this.client = new HecClient(options, context);
    const ackSettings = { required: options.ack === 'required', timeoutMs: options.ackTimeout * 1000 };
    this.acks = new AckWaiting(this.client, ackSettings, context);
    this.nowMs = context.nowMs;
    if (options.heartbeat) {
      this.heartbeat = (told, signal) =>
        postHeartbeat(this.client, heartbeatLine(told, this.nowMs(), this.envelope), signal);
    }
    if (options.tls?.insecure) context.log.warn('the certificate of this Splunk is not checked (tls.insecure)');
  }

  check(signal: AbortSignal): Promise<CheckResult> {
    return checkHec(this.client, this.options, signal);
  }

  hints(): string[] {
    return hintsOf(this.options);
  }

  encode(delivery: Delivery, shape: Shape): string {
    const envelope = envelopeOf(delivery, (body) => shape(body, delivery), this.envelope);
    const { event } = envelope;
    // HEC refuses an event without content, and would do so for the whole rest of a request (code 13).
    if (typeof event !== 'object' || event === null || Object.keys(event).length === 0) {
      throw new RecordError('EVENT_EMPTY', 'nothing is left of the event after translate:');
    }
    return JSON.stringify(envelope);
  }

  deliver(batch: Batch, progress: BatchProgress, context: DeliverContext): Promise<BatchProgress> {
    const { ack, index } = this.options;
    return postBatch(this.client, { ack, index, nowMs: this.nowMs }, this.memory, batch, progress, context);
  }

  confirm(batch: Batch, progress: BatchProgress, context: DeliverContext): Promise<BatchProgress> {
    return this.acks.wait(batch, progress, context);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

export const splunkHec: DestinationKind<HecOptions> = {
  type: 'splunk-hec',
  options: hecOptions,
  create: (options, context) => new SplunkHec(options, context),
};
