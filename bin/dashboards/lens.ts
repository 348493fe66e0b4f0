// Visualisations of Lens, by value. The first metric of a layer orders its groups.
import { type Column, kuery } from './columns.ts';
import { DATA_VIEW_ID, type Json, type Reference } from './saved.ts';

export interface Chart {
  title: string;
  visualizationType: string;
  visualization: Json;
  layers: readonly Layer[];
  /** KQL, for this one only. */
  query?: string;
}

export interface Layer {
  id: string;
  columns: readonly Column[];
  /** Filters and query of the dashboard do not count. */
  alone?: boolean;
}

const idAt = (n: number): string => `column-${n}`;
const layer = (columns: readonly Column[], n = 0): Layer => ({ id: `layer-${n}`, columns });
const place = (n = 0): Json => ({ layerId: `layer-${n}`, layerType: 'data' });

/** A number, or a time. */
export const figure = (title: string, column: Column): Chart => ({
  title,
  visualizationType: 'lnsLegacyMetric',
  layers: [layer([column])],
  visualization: { ...place(), accessor: idAt(0), size: 'xl', textAlign: 'center', titlePosition: 'bottom' },
});

/** Shares of a whole. */
export const pie = (title: string, by: Column, metric: Column): Chart => ({
  title,
  visualizationType: 'lnsPie',
  layers: [layer([by, metric])],
  visualization: {
    shape: 'donut',
    layers: [
      {
        ...place(),
        primaryGroups: [idAt(0)],
        metrics: [idAt(1)],
        numberDisplay: 'percent',
        categoryDisplay: 'default',
        legendDisplay: 'show',
        nestedLegend: false,
      },
    ],
  },
});

/** One bar for each group, divided by `split`. */
export const bars = (title: string, by: Column, metric: Column, split?: Column): Chart =>
  xy(title, split ? 'bar_horizontal_stacked' : 'bar_horizontal', [[by, ...(split ? [split] : []), metric]]);

/** Columns along a time, divided by `split`. */
export const overTime = (title: string, time: Column, metric: Column, split?: Column): Chart =>
  xy(title, 'bar_stacked', [[time, ...(split ? [split] : []), metric]]);

/** One line for each pair of a time and a metric. */
export const lines = (title: string, pairs: readonly (readonly [time: Column, metric: Column])[]): Chart =>
  xy(title, 'line', pairs);

const xy = (title: string, seriesType: string, layers: readonly (readonly Column[])[]): Chart => ({
  title,
  visualizationType: 'lnsXY',
  layers: layers.map(layer),
  visualization: {
    preferredSeriesType: seriesType,
    layers: layers.map((columns, n) => ({
      ...place(n),
      seriesType,
      xAccessor: idAt(0),
      ...(columns.length === 3 ? { splitAccessor: idAt(1) } : {}),
      accessors: [idAt(columns.length - 1)],
    })),
    legend: { isVisible: layers.length > 1 || layers[0]!.length === 3, position: 'right', legendSize: 'auto' },
    valueLabels: 'hide',
    fittingFunction: 'None',
    axisTitlesVisibilitySettings: { x: false, yLeft: false, yRight: false },
  },
});

/** Groups first, then metrics. */
export const table = (title: string, columns: readonly Column[]): Chart => ({
  title,
  visualizationType: 'lnsDatatable',
  layers: [layer(columns)],
  visualization: {
    ...place(),
    columns: columns.map((_, n) => ({ columnId: idAt(n), isTransposed: false })),
    paging: { enabled: true, size: 10 },
    rowHeight: 'single',
    rowHeightLines: 1,
  },
});

/** Each layer looks through the data view. */
export const referencesOf = ({ layers }: Chart): Reference[] =>
  layers.map(({ id }) => ({ id: DATA_VIEW_ID, name: `indexpattern-datasource-layer-${id}`, type: 'index-pattern' }));

/** The `attributes` of a panel of type `lens`. */
export const lensAttributes = (chart: Chart): Json => ({
  title: '',
  description: '',
  type: 'lens',
  visualizationType: chart.visualizationType,
  references: referencesOf(chart),
  state: {
    adHocDataViews: {},
    internalReferences: [],
    datasourceStates: {
      formBased: { layers: Object.fromEntries(chart.layers.map((each) => [each.id, layerState(each)])) },
    },
    filters: [],
    query: kuery(chart.query ?? ''),
    visualization: chart.visualization,
  },
});

function layerState({ columns, alone = false }: Layer): Json {
  const metric = columns.findIndex(({ isBucketed }) => !isBucketed);
  const ordered = columns.map((column) =>
    column.operationType === 'terms'
      ? { ...column, params: { ...column.params, orderBy: { type: 'column', columnId: idAt(metric) } } }
      : column,
  );
  return {
    columnOrder: columns.map((_, n) => idAt(n)),
    columns: Object.fromEntries(ordered.map((column, n) => [idAt(n), column])),
    ignoreGlobalFilters: alone,
    incompleteColumns: {},
    sampling: 1,
  };
}
