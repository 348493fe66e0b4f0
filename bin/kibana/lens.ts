// Panels of a Kibana dashboard, as Lens of Kibana 8.0 keeps them by value; a later Kibana brings them up to date when it imports them.
export type Json = Record<string, unknown>;

/** A metric of a table: the number of documents, or the newest date of a field. */
export type Metric = 'count' | { newest: string };

export interface Panel {
  title: string;
  kind: 'pie' | 'bars' | 'table' | 'over time';
  /** What documents are grouped by, from the outside to the inside. Of `over time`, the date, and then what splits the bars. */
  by: readonly string[];
  /** Of a table; others count. */
  metrics?: readonly Metric[];
  /** Groups; 10 unless given. */
  size?: number;
  /** Kibana's query language, beside that of the dashboard. */
  query?: string;
  /** In 48ths of the width; half unless given. */
  width?: number;
}

export const DATA_VIEW = 'misp-relay-indicators';
const LAYER = 'layer';
const KINDS = { pie: 'lnsPie', bars: 'lnsXY', table: 'lnsDatatable', 'over time': 'lnsXY' } as const;

/** `embeddableConfig.attributes` of a panel. */
export function lensOf(panel: Panel): Json {
  const { kind, by, metrics = ['count'], query = '' } = panel;
  const groups = by.map((field, n) => [`by${n}`, groupOf(panel, field, n)] as const);
  const values = metrics.map((metric, n) => [`value${n}`, metricOf(metric)] as const);
  const columns = Object.fromEntries([...groups, ...values]);
  const layer = { columnOrder: Object.keys(columns), columns, incompleteColumns: {} };
  const names = ['indexpattern-datasource-current-indexpattern', `indexpattern-datasource-layer-${LAYER}`];
  return {
    title: '',
    type: 'lens',
    visualizationType: KINDS[kind],
    references: names.map((name) => ({ id: DATA_VIEW, name, type: 'index-pattern' })),
    state: {
      datasourceStates: { indexpattern: { layers: { [LAYER]: layer } } },
      filters: [],
      query: { language: 'kuery', query },
      visualization: visualizationOf(kind, Object.keys(columns)),
    },
  };
}

function groupOf({ kind, metrics, size = 10 }: Panel, field: string, n: number): Json {
  if (kind === 'over time' && n === 0) {
    return {
      ...{ label: field, dataType: 'date', isBucketed: true, scale: 'interval', sourceField: field },
      operationType: 'date_histogram',
      params: { interval: 'auto' },
    };
  }
  const counts = metrics === undefined || metrics[0] === 'count';
  return {
    ...{ label: field, dataType: 'string', isBucketed: true, scale: 'ordinal', sourceField: field },
    operationType: 'terms',
    params: {
      size,
      orderBy: counts ? { type: 'column', columnId: 'value0' } : { type: 'alphabetical' },
      orderDirection: counts ? 'desc' : 'asc',
      otherBucket: counts,
      missingBucket: false,
    },
  };
}

function metricOf(metric: Metric): Json {
  if (metric === 'count') {
    return {
      ...{ label: 'Indicators', customLabel: true, dataType: 'number', isBucketed: false, scale: 'ratio' },
      operationType: 'count',
      sourceField: 'Records',
    };
  }
  const { newest } = metric;
  return {
    ...{ label: `newest ${newest}`, customLabel: true, dataType: 'date', isBucketed: false, scale: 'ratio' },
    operationType: 'max',
    sourceField: newest,
  };
}

function visualizationOf(kind: Panel['kind'], columns: readonly string[]): Json {
  const groups = columns.filter((name) => name.startsWith('by'));
  const values = columns.filter((name) => name.startsWith('value'));
  const layer = { layerId: LAYER, layerType: 'data' };
  if (kind === 'table') return { ...layer, columns: columns.map((columnId) => ({ columnId })) };
  if (kind === 'pie') {
    const look = {
      numberDisplay: 'percent',
      categoryDisplay: 'default',
      legendDisplay: 'default',
      nestedLegend: false,
    };
    return { shape: 'donut', layers: [{ ...layer, groups, metric: values[0], ...look }] };
  }
  const seriesType = kind === 'bars' ? 'bar_horizontal' : 'bar_stacked';
  const [xAccessor, splitAccessor] = groups;
  return {
    legend: { isVisible: splitAccessor !== undefined, position: 'right' },
    preferredSeriesType: seriesType,
    valueLabels: 'hide',
    layers: [{ ...layer, seriesType, xAccessor, accessors: values, ...(splitAccessor ? { splitAccessor } : {}) }],
  };
}
