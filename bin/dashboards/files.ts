// The files of assets/elasticsearch that Kibana imports: one object on each line.
import { dashboard } from './dashboard.ts';
import { dataView, tag } from './data-view.ts';
import { addresses } from './pages/addresses.ts';
import { files } from './pages/files.ts';
import { freshness } from './pages/freshness.ts';
import { overview } from './pages/overview.ts';
import { tlp } from './pages/tlp.ts';
import { types } from './pages/types.ts';
import { urls } from './pages/urls.ts';
import { rules } from './rules.ts';

const PAGES = [overview, types, addresses, files, urls, tlp, freshness];

const ndjson = (objects: readonly object[]): string => objects.map((each) => `${JSON.stringify(each)}\n`).join('');

/** Text by name. */
export const kibanaFiles = (): Record<string, string> => ({
  'dashboards.ndjson': ndjson([tag, dataView, ...PAGES.map((page) => dashboard(page, PAGES))]),
  'rules.ndjson': ndjson(rules()),
});
