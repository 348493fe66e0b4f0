// Elasticsearch, by its _bulk API, and what speaks as it does. The protocol and its traps: elasticsearch-bulk 1 to 2; the parts lie in the
// folder beside this file.
import { ecsVocabulary, type EcsOptions } from '../translate/ecs.ts';
import type { Shape } from '../translate/shape.ts';
import type { Delivery } from '../records/delivery.ts';
import type {
  Batch,
  BatchLimits,
  BatchProgress,
  CheckResult,
  DeliverContext,
  Destination,
  DestinationContext,
  DestinationKind,
  Installation,
  InstallRequest,
  WithdrawalForm,
} from './destination.ts';
import type { Target } from './elasticsearch/blocks.ts';
import { checkElasticsearch } from './elasticsearch/check.ts';
import { ElasticsearchClient } from './elasticsearch/client.ts';
import { hintsOf } from './elasticsearch/hints.ts';
import { installElasticsearch } from './elasticsearch/install/install.ts';
import { lineOf, type LineSettings } from './elasticsearch/line.ts';
import { aliasOf, DASHBOARD_ID, streamOf } from './elasticsearch/names.ts';
import { elasticsearchOptions, type ElasticsearchOptions } from './elasticsearch/options.ts';
import { Pace } from './elasticsearch/pace.ts';
import { postBatch, type Posting } from './elasticsearch/posting.ts';

const EXPIRE_AFTER_SECONDS = 90 * 86_400;

class Elasticsearch implements Destination {
  readonly limits: BatchLimits;
  readonly withdraws: WithdrawalForm;
  readonly vocabulary = ecsVocabulary;
  readonly wantsOriginal: boolean;
  readonly installsItself: boolean;
  private readonly options: ElasticsearchOptions;
  private readonly settings: LineSettings;
  private readonly posting: Posting;
  private readonly target: Target;
  private readonly client: ElasticsearchClient;

  constructor(options: ElasticsearchOptions, context: DestinationContext) {
    const { mode, namespace, onWithdraw = 'delete', batchBytes, batchRecords, concurrency, pipeline } = options;
    this.options = options;
    this.limits = { recordsMax: batchRecords, bytesMax: batchBytes, recordBytesMax: batchBytes, concurrency };
    this.withdraws = mode === 'data_stream' ? 'record' : onWithdraw;
    this.wantsOriginal = options.preserveOriginal;
    this.installsItself = options.install === 'auto';
    this.settings = { mode, onWithdraw, ecs: ecsOptions(options) };
    const alias = mode === 'index' ? (options.alias ?? aliasOf(namespace)) : null;
    const names = alias === null ? [streamOf('attributes', namespace), streamOf('events', namespace)] : [alias];
    this.target = { mode, names, pipeline };
    this.client = new ElasticsearchClient(options, context);
    const { client, target } = this;
    this.posting = { client, pace: new Pace(this.limits), target, alias, nowMs: context.nowMs };
    if (options.tls?.insecure) context.log.warn('the certificate of this Elasticsearch is not checked (tls.insecure)');
  }

  check(signal: AbortSignal): Promise<CheckResult> {
    const { client, options, target } = this;
    return checkElasticsearch({ client, options, target, signal });
  }

  install(request: InstallRequest, signal: AbortSignal): Promise<Installation> {
    const { client, target, options } = this;
    return installElasticsearch({ client, target, namespace: options.namespace }, request, signal);
  }

  hints(): string[] {
    return hintsOf(this.options);
  }

  encode(delivery: Delivery, shape: Shape): string {
    return lineOf(delivery, shape, this.settings);
  }

  deliver(batch: Batch, progress: BatchProgress, context: DeliverContext): Promise<BatchProgress> {
    return postBatch(this.posting, batch, progress, context);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

const ecsOptions = ({ feedName, time, tags, namespace, preserveOriginal }: ElasticsearchOptions): EcsOptions => ({
  feedName,
  time,
  tags: tags ?? null,
  namespace,
  dashboardId: DASHBOARD_ID,
  preserveOriginal,
});

export const elasticsearch: DestinationKind<ElasticsearchOptions> = {
  type: 'elasticsearch',
  options: elasticsearchOptions,
  expireAfter: EXPIRE_AFTER_SECONDS,
  matchesAll: true,
  installs: true,
  create: (options, context) => new Elasticsearch(options, context),
};
