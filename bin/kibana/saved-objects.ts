// Dashboards and their data view as Kibana exports them: one object a line.
import { type Dashboard, DASHBOARDS } from './dashboards.ts';
import { DATA_VIEW, type Json, lensOf, type Panel } from './lens.ts';

const VERSION = '8.0.0';
const WIDTH = 48;
const HEIGHT = 15;
/** What counts now, in both modes: of a data stream, what its latest transform makes. */
const QUERY =
  'event.kind: enrichment and misp_relay.feed: * and not misp_relay.withdrawn: * and not labels.is_ioc_transform_source: true';
export const TITLE = 'logs-ti_misp*';

export const savedObjects = (): Json[] => [
  {
    id: DATA_VIEW,
    type: 'index-pattern',
    attributes: { title: TITLE, timeFieldName: '@timestamp' },
    references: [],
    coreMigrationVersion: VERSION,
    migrationVersion: { 'index-pattern': VERSION },
  },
  ...DASHBOARDS.map(dashboardOf),
];

function dashboardOf({ id, title, description, panels }: Dashboard): Json {
  const placed = place(panels);
  const links = DASHBOARDS.map((each) => `* [${each.title}](#/view/${each.id})`).join('\n');
  const panelsJson = [...placed.map(panelOf), markdown(links, Math.max(...placed.map(({ y }) => y)) + HEIGHT)];
  const searchSource = { query: { language: 'kuery', query: QUERY }, filter: [] };
  return {
    id,
    type: 'dashboard',
    attributes: {
      title,
      description: `${description} Installed by misp-relay.`,
      hits: 0,
      version: 1,
      timeRestore: true,
      timeFrom: 'now-1y',
      timeTo: 'now',
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(searchSource) },
      optionsJSON: JSON.stringify({ hidePanelTitles: false, syncColors: false, useMargins: true }),
      panelsJSON: JSON.stringify(panelsJson),
    },
    references: placed.flatMap(({ panel, key }) =>
      (lensOf(panel)['references'] as { name: string }[]).map((reference) => ({
        ...reference,
        name: `${key}:${reference.name}`,
      })),
    ),
    coreMigrationVersion: VERSION,
    migrationVersion: { dashboard: VERSION },
  };
}

interface Placed {
  panel: Panel;
  key: string;
  x: number;
  y: number;
  w: number;
}

/** From left to right, and on below where a row is full. */
function place(panels: readonly Panel[]): Placed[] {
  let [x, y] = [0, 0];
  return panels.map((panel, n) => {
    const w = panel.width ?? WIDTH / 2;
    if (x + w > WIDTH) [x, y] = [0, y + HEIGHT];
    const placed = { panel, key: `panel-${n}`, x, y, w };
    x += w;
    return placed;
  });
}

const panelOf = ({ panel, key, x, y, w }: Placed): Json => ({
  ...{ type: 'lens', version: VERSION, panelIndex: key, title: panel.title },
  gridData: { x, y, w, h: HEIGHT, i: key },
  embeddableConfig: { attributes: lensOf(panel), enhancements: {}, hidePanelTitles: false },
});

const markdown = (text: string, y: number): Json => ({
  ...{ type: 'visualization', version: VERSION, panelIndex: 'links', title: 'Dashboards' },
  gridData: { x: 0, y, w: WIDTH, h: HEIGHT / 2 + 0.5, i: 'links' },
  embeddableConfig: {
    enhancements: {},
    savedVis: {
      ...{ title: '', description: '', type: 'markdown', uiState: {} },
      params: { fontSize: 12, markdown: text, openLinksInNewTab: false },
      data: { aggs: [], searchSource: { query: { language: 'kuery', query: '' }, filter: [] } },
    },
  },
});
