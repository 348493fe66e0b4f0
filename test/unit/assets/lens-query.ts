// What Kibana asks Elasticsearch for a panel, in the queries and aggregations that both know.
import type { Column, Json, Layer } from './kibana.ts';

/** The part of KQL that our files use, as a query of Elasticsearch. */
export function kqlQuery(kql: string): Json {
  if (kql === '') return { match_all: {} };
  const query = kql
    .replace(/\s*<=\s*("[^"]+")/g, ':[* TO $1]')
    .replace(/\s*>=\s*("[^"]+")/g, ':[$1 TO *]')
    .replace(/\s*<\s*("[^"]+")/g, ':{* TO $1}')
    .replace(/ and /g, ' AND ')
    .replace(/ or /g, ' OR ')
    .replace(/\bnot /g, 'NOT ');
  return { query_string: { query } };
}

/** Of one layer, each column under its id. */
export function aggregationsOf({ columns, columnOrder }: Layer): Json {
  const buckets = columnOrder.filter((id) => columns[id]!.isBucketed);
  const metrics = columnOrder.filter((id) => !columns[id]!.isBucketed);
  let aggs: Json = Object.fromEntries(metrics.map((id) => [id, metricOf(columns[id]!)]));
  for (const id of buckets.toReversed()) aggs = { [id]: { ...bucketOf(columns[id]!), aggs } };
  return aggs;
}

function metricOf({ operationType, sourceField: field, filter }: Column): Json {
  switch (operationType) {
    case 'count':
      return { filter: kqlQuery(filter?.query ?? '') };
    case 'unique_count':
      return { cardinality: { field } };
    case 'max':
    case 'min':
      return { [operationType]: { field } };
    default:
      throw new Error(`${operationType} is not known here`);
  }
}

function bucketOf({ operationType, sourceField: field, params }: Column): Json {
  switch (operationType) {
    case 'terms':
      return { terms: { field, size: params.size } };
    case 'date_histogram':
      // Kibana makes a fixed interval of `auto`, by the range of time that is looked at.
      return { date_histogram: { field, calendar_interval: params.interval === 'auto' ? 'month' : params.interval } };
    case 'filters':
      return {
        filters: {
          filters: Object.fromEntries(params.filters!.map(({ label, input }) => [label, kqlQuery(input.query)])),
        },
      };
    default:
      throw new Error(`${operationType} is not known here`);
  }
}

interface Answer {
  value?: number | null;
  doc_count?: number;
  buckets?: Record<string, unknown>[] | Record<string, Record<string, unknown>>;
}

/** Ids of the columns for which the answer has nothing: no group, no document, no value. */
export function silentColumns({ columns, columnOrder }: Layer, answer: Record<string, unknown>): string[] {
  const [bucket, ...rest] = columnOrder;
  if (bucket === undefined || !columns[bucket]!.isBucketed) {
    return columnOrder.filter((id) => {
      const { value, doc_count } = answer[id] as Answer;
      return value === null || (value ?? doc_count ?? 0) === 0;
    });
  }
  const { buckets = [] } = answer[bucket] as Answer;
  const filled = Object.values(buckets).filter(({ doc_count }) => (doc_count as number) > 0);
  if (filled.length === 0) return columnOrder;
  const each = filled.map(
    (one) => new Set(silentColumns({ columns, columnOrder: rest, ignoreGlobalFilters: false }, one)),
  );
  return rest.filter((id) => each.every((silent) => silent.has(id)));
}
