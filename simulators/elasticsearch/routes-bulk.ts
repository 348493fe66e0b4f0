// `POST /_bulk` and `POST /<index>/_bulk`.
import { Bulk } from './bulk.ts';
import { parseBulk } from './bulk-parse.ts';
import { illegal } from './errors.ts';
import { type ElasticsearchFault } from './fault-table.ts';
import { type Answer, type Call, flag, refreshes, type Route, timeOf } from './rest.ts';

/** What the bulk route needs of the simulator. */
export interface BulkWorld {
  /** The fault of the request that is played now. */
  fault: () => { fault: ElasticsearchFault | undefined; most: number };
  hasPipeline: (name: string) => boolean;
  counted: (items: number, lost: number) => void;
}

const bulkParameters = [
  ...['wait_for_active_shards', 'refresh', 'routing', 'pipeline', 'require_alias', 'list_executed_pipelines'],
  ...['_source', '_source_includes', '_source_excludes'],
];
/** OpenSearch knows neither (elasticsearch-bulk 2.1). */
const newer = ['require_data_stream', 'include_source_on_error'];
export const bulkRoutes = (world: BulkWorld): Route[] => {
  const bulk: Omit<Route, 'pattern'>[] = [
    {
      methods: ['POST', 'PUT'],
      parameters: [...bulkParameters, ...newer],
      without: ['opensearch'],
      handle: (call) => playBulk(call, world),
    },
    {
      methods: ['POST', 'PUT'],
      parameters: bulkParameters,
      without: ['elasticsearch', 'minimal', 'serverless'],
      handle: (call) => playBulk(call, world),
    },
  ];
  return ['/_bulk', '/:index/_bulk'].flatMap((pattern) => bulk.map((route) => ({ ...route, pattern })));
};

function playBulk(call: Call, world: BulkWorld): Answer {
  const { parameters, cluster } = call;
  const refresh = parameters.get('refresh');
  if (refresh !== null && !['', 'true', 'false', 'wait_for'].includes(refresh))
    throw illegal(`Unknown value for refresh: [${refresh}].`);
  timeOf(parameters, 'timeout');
  const shards = parameters.get('wait_for_active_shards') ?? '1';
  const pipeline = parameters.get('pipeline') ?? undefined;
  const operations = parseBulk(call.text, {
    index: call.at['index'],
    requireAlias: flag(parameters, 'require_alias'),
    requireDataStream: flag(parameters, 'require_data_stream'),
    pipeline,
  });
  const bulk = new Bulk(cluster, {
    forced: refresh === '' || refresh === 'true',
    refresh: refreshes(parameters),
    activeShards: shards === 'all' ? 'all' : Number(shards),
    hideSource: !flag(parameters, 'include_source_on_error', true),
    hasPipeline: world.hasPipeline,
    ...world.fault(),
  });
  const items = bulk.run(operations);
  world.counted(items.length, bulk.lost);
  const ingest = operations.some((operation) => operation.pipeline !== undefined && operation.pipeline !== '_none');
  return {
    status: 200,
    body: { errors: bulk.errors, took: 0, ...(ingest ? { ingest_took: 0 } : {}), items },
    delayMs: (cluster.switches.msPer1000Items * items.length) / 1000,
  };
}
