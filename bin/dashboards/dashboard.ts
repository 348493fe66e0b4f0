// A dashboard as a saved object: panels in rows, one filter for all of them, and choices above.
import { type Chart, lensAttributes, referencesOf } from './lens.ts';
import { kuery } from './columns.ts';
import { LIVE } from './live.ts';
import {
  DATA_VIEW_ID,
  type DashboardId,
  type Json,
  MARK,
  type Reference,
  type SavedObject,
  savedObject,
  TAG_ID,
} from './saved.ts';

export interface Page {
  id: DashboardId;
  title: string;
  description: string;
  /** Each as high as `height`, and its panels equally wide. */
  rows: readonly { height: number; charts: readonly Chart[] }[];
  /** KQL of the search bar. */
  query?: string;
}

const WIDTH = 48;
const TEXT_HEIGHT = 6;

/** Whatever its age: MISP's time stands in `@timestamp`, and an indicator may count for years. */
const TIME_FROM = 'now-20y';

const CHOICES: readonly [field: string, label: string][] = [
  ['misp_relay.feed', 'Feed'],
  ['threat.indicator.type', 'Kind'],
  ['misp.attribute.type', 'MISP type'],
  ['threat.indicator.provider', 'Created by'],
  ['threat.indicator.marking.tlp', 'TLP'],
];

/** `pages`: all of them, for the links. */
export function dashboard(page: Page, pages: readonly Page[]): SavedObject {
  const panels = panelsOf(page);
  const text = textPanel(page, pages);
  return savedObject(
    'dashboard',
    '8.9.0',
    page.id,
    {
      title: `MISP: ${page.title}`,
      description: `${page.description} ${MARK}`,
      controlGroupInput: choices(),
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ filter: [liveFilter()], query: kuery(page.query ?? '') }),
      },
      optionsJSON: JSON.stringify({
        hidePanelTitles: false,
        syncColors: true,
        syncCursor: true,
        syncTooltips: false,
        useMargins: true,
      }),
      panelsJSON: JSON.stringify([text, ...panels.map(({ panel }) => panel)]),
      timeRestore: true,
      timeFrom: TIME_FROM,
      timeTo: 'now',
      refreshInterval: { pause: true, value: 60_000 },
      version: 1,
    },
    [
      toDataView('kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index'),
      ...panels.flatMap(({ references }) => references),
      ...CHOICES.map(([field]) => toDataView(`controlGroup_${choiceId(field)}:optionsListDataView`)),
      { id: TAG_ID, name: `tag-ref-${TAG_ID}`, type: 'tag' },
    ],
  );
}

const toDataView = (name: string): Reference => ({ id: DATA_VIEW_ID, name, type: 'index-pattern' });

function panelsOf({ rows }: Page): { panel: Json; references: Reference[] }[] {
  let y = TEXT_HEIGHT;
  return rows.flatMap(({ height, charts }) => {
    const w = Math.floor(WIDTH / charts.length);
    const row = charts.map((chart, n) => {
      const id = chart.title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      const panel = {
        type: 'lens',
        title: chart.title,
        panelIndex: id,
        gridData: { x: n * w, y, w: n === charts.length - 1 ? WIDTH - n * w : w, h: height, i: id },
        embeddableConfig: { attributes: lensAttributes(chart), enhancements: {}, hidePanelTitles: false },
      };
      return { panel, references: referencesOf(chart).map((each) => ({ ...each, name: `${id}:${each.name}` })) };
    });
    y += height;
    return row;
  });
}

/** The way to the others: relative, so that it holds in every space. */
function textPanel(page: Page, pages: readonly Page[]): Json {
  const links = pages.map(({ id, title }) => (id === page.id ? `**${title}**` : `[${title}](#/view/${id})`));
  return {
    type: 'visualization',
    panelIndex: 'text',
    gridData: { x: 0, y: 0, w: WIDTH, h: TEXT_HEIGHT, i: 'text' },
    embeddableConfig: {
      enhancements: {},
      hidePanelTitles: true,
      savedVis: {
        id: '',
        title: '',
        description: '',
        type: 'markdown',
        params: { fontSize: 12, markdown: `${links.join(' · ')}\n\n${page.description}`, openLinksInNewTab: false },
        uiState: {},
        data: { aggs: [], searchSource: { filter: [], query: kuery('') } },
      },
    },
  };
}

const liveFilter = (): Json => ({
  $state: { store: 'appState' },
  meta: {
    alias: 'Indicators of misp-relay that count now',
    disabled: false,
    indexRefName: 'kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index',
    key: 'query',
    negate: false,
    type: 'custom',
    value: JSON.stringify(LIVE),
  },
  query: LIVE,
});

const choiceId = (field: string): string => field.replaceAll('.', '-');

function choices(): Json {
  const panels = CHOICES.map(([field, title], order) => {
    const id = choiceId(field);
    const size = { grow: true, width: 'medium' };
    const explicitInput = { id, fieldName: field, title, ...size, selectedOptions: [], enhancements: {} };
    return [id, { type: 'optionsListControl', order, ...size, explicitInput }];
  });
  const ignored = { ignoreFilters: false, ignoreQuery: false, ignoreTimerange: false, ignoreValidations: false };
  return {
    chainingSystem: 'HIERARCHICAL',
    controlStyle: 'oneLine',
    ignoreParentSettingsJSON: JSON.stringify(ignored),
    panelsJSON: JSON.stringify(Object.fromEntries(panels) as Json),
  };
}
