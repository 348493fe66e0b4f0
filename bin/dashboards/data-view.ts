// What the dashboards look through, and the tag by which they are found.
import { DATA_VIEW_ID, MANAGED_BY, MARK, savedObject, TAG_ID, VERSION } from './saved.ts';

/** The index of mode `index`, the data streams of mode `data_stream`, and what a latest transform makes of those. */
export const DATA_VIEW_TITLE = 'logs-ti_misp*';

export const dataView = savedObject('index-pattern', '8.0.0', DATA_VIEW_ID, {
  allowHidden: false,
  fieldAttrs: '{}',
  fieldFormatMap: JSON.stringify({
    'threat.indicator.reference': { id: 'url', params: { type: 'a', openLinkInCurrentTab: false } },
  }),
  fields: '[]',
  name: `MISP indicators (${MANAGED_BY} v${VERSION})`, // it has no description
  runtimeFieldMap: '{}',
  sourceFilters: '[]',
  timeFieldName: '@timestamp',
  title: DATA_VIEW_TITLE,
});

export const tag = savedObject('tag', '8.0.0', TAG_ID, { color: '#0B6E99', description: MARK, name: MANAGED_BY });
