// The dashboards hold together by themselves, and with the mapping that we ship.
import { describe, expect, it } from 'vitest';
import { kibanaFiles } from '../../../bin/dashboards/files.ts';
import { DASHBOARD_ID, indexOf, means, streamOf } from '../../../src/destinations/elasticsearch/names.ts';
import { streamTemplate } from '../../../src/destinations/elasticsearch/template.ts';
import { FIELDS } from '../../../src/translate/ecs/mapping.ts';
import { leavesOf } from '../../support/leaves.ts';
import * as kibana from './kibana.ts';

const { dashboards, savedObjects } = kibana;

/** Attributes that Kibana 8 knows of a dashboard; it refuses an import with any other. */
const KNOWN = [
  ...['title', 'description', 'kibanaSavedObjectMeta', 'timeRestore', 'timeFrom', 'timeTo', 'refreshInterval'],
  ...['controlGroupInput', 'panelsJSON', 'optionsJSON', 'hits', 'version'],
];

/** Our mapping, and the one field that a stream has besides when a latest transform reads it. */
const labelled = JSON.stringify(streamTemplate('attributes', 'default', { retentionDays: 5, isTransformSource: true }));
const isShipped = (field: string): boolean =>
  FIELDS.has(field) || (field === 'labels.is_ioc_transform_source' && labelled.includes('is_ioc_transform_source'));

const named = dashboards.map((dashboard) => [dashboard.id, dashboard] as const);

it.each(Object.entries(kibanaFiles()))('the file %s is what the code makes', (name, text) => {
  expect(kibana.textOf(name)).toBe(text);
});

it('ids are ours and unique, and the one that documents name is among them', () => {
  const ids = savedObjects.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !id.startsWith('misp-relay-'))).toEqual([]);
  expect(dashboards.map(({ id }) => id)).toContain(DASHBOARD_ID);
});

it('each object says who made it, and its version', () => {
  const silent = savedObjects.filter(({ attributes }) => {
    const { description, name } = attributes as { description?: string; name?: string };
    return !/misp-relay,? v(?:ersion )?\d+/.test(description ?? name ?? '');
  });
  expect(silent).toEqual([]);
});

it('the data view meets what both modes write', () => {
  const [view] = savedObjects.filter(({ type }) => type === 'index-pattern');
  const { title, timeFieldName } = view!.attributes as { title: string; timeFieldName: string };
  for (const name of [indexOf('default'), streamOf('attributes', 'default'), streamOf('events', 'default')]) {
    expect(means(title, name)).toBe(true);
  }
  expect(FIELDS.get(timeFieldName)).toBe('date');
});

describe.each(named)('%s', (_, dashboard) => {
  const panels = kibana.panelsOf(dashboard);
  const charts = kibana.lensPanelsOf(dashboard);
  const { filter, query } = kibana.searchOf(dashboard);

  it('every reference leads to an object of the file, and each that is needed is there', () => {
    const there = new Set(savedObjects.map(({ type, id }) => `${type} ${id}`));
    expect(dashboard.references.filter(({ type, id }) => !there.has(`${type} ${id}`))).toEqual([]);
    const needed = [
      ...filter.map(({ meta }) => meta.indexRefName),
      ...Object.keys(kibana.controlsOf(dashboard)).map((id) => `controlGroup_${id}:optionsListDataView`),
      ...charts.flatMap(({ panelIndex, layers }) =>
        Object.keys(layers).map((id) => `${panelIndex}:indexpattern-datasource-layer-${id}`),
      ),
    ];
    const views = dashboard.references.filter(({ type }) => type === 'index-pattern');
    expect(views.map(({ name }) => name).sort()).toEqual(needed.sort());
    for (const { layers, references } of charts) {
      const own = Object.keys(layers).map((id) => `indexpattern-datasource-layer-${id}`);
      expect(references.map(({ name }) => name)).toEqual(own);
    }
  });

  it('has attributes that Kibana knows', () => {
    expect(Object.keys(dashboard.attributes).filter((key) => !KNOWN.includes(key))).toEqual([]);
  });

  it('panels have ids of their own, lie within the grid, and none upon another', () => {
    expect(new Set(panels.map(({ panelIndex }) => panelIndex)).size).toBe(panels.length);
    const cells = panels.flatMap(({ panelIndex, gridData: { i, x, y, w, h } }) => {
      expect({ i, fits: x + w <= 48 && w > 0 && h > 0 }).toEqual({ i: panelIndex, fits: true });
      return Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('links lead to dashboards of the file', () => {
    const [text] = panels.flatMap(({ embeddableConfig: { savedVis } }) => savedVis?.params.markdown ?? []);
    const links = [...text!.matchAll(/\(#\/view\/([^)]+)\)/g)].map(([, id]) => id);
    const others = dashboards.map(({ id }) => id).filter((id) => id !== dashboard.id);
    expect(links).toEqual(others);
  });

  it('what a panel shows are columns that it has', () => {
    for (const { layers, visualization } of charts) {
      const columns = Object.values(layers).flatMap(({ columns, columnOrder }) => {
        expect(Object.keys(columns)).toEqual(columnOrder);
        for (const { params } of Object.values(columns))
          if (params.orderBy) expect(columns[params.orderBy.columnId]).toMatchObject({ isBucketed: false });
        return columnOrder;
      });
      const leaves = [...leavesOf(visualization, () => false)];
      const shown = leaves.flatMap(([, value]) =>
        typeof value === 'string' && value.startsWith('column-') ? [value] : [],
      );
      expect(new Set(shown)).toEqual(new Set(columns));
      const placed = leaves.flatMap(([name, value]) => (name.endsWith('layerId') ? [value] : []));
      expect(placed).toEqual(Object.keys(layers));
    }
  });

  it('every field is one of the shipped mapping', () => {
    const columns = charts.flatMap(({ layers }) =>
      Object.values(layers).flatMap((layer) => Object.values(layer.columns)),
    );
    const texts = [
      query.query,
      ...charts.map((chart) => chart.query),
      ...columns.flatMap((column) => [
        column.filter?.query ?? '',
        ...(column.params.filters ?? []).map(({ input }) => input.query),
      ]),
    ];
    const fields = [
      ...columns.flatMap(({ sourceField }) => (sourceField && sourceField !== '___records___' ? [sourceField] : [])),
      ...texts.flatMap(kibana.fieldsOfKql),
      ...filter.flatMap((each) => kibana.fieldsOfQuery(each.query)),
      ...Object.values(kibana.controlsOf(dashboard)).map(({ explicitInput }) => explicitInput.fieldName),
    ];
    expect(fields.length).toBeGreaterThan(columns.length);
    expect(fields.filter((field) => !isShipped(field))).toEqual([]);
  });
});
