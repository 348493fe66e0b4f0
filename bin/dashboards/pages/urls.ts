import { count, latest, over, top, unique } from '../columns.ts';
import type { Page } from '../dashboard.ts';
import { bars, figure, overTime, pie, table } from '../lens.ts';

export const urls: Page = {
  id: 'misp-relay-urls',
  title: 'URLs and domains',
  description:
    'URLs with their parts, and domains. `threat.indicator.url.domain` of a URL is its host, which may be harmless by itself: look at the kind beside it.',
  query: 'threat.indicator.url.original: * or threat.indicator.url.domain: *',
  rows: [
    {
      height: 7,
      charts: [
        figure('Different URLs', unique('URLs', 'threat.indicator.url.full')),
        figure('Different hosts', unique('Hosts', 'threat.indicator.url.domain')),
        figure('Different extensions', unique('Extensions', 'threat.indicator.url.extension')),
        figure('Last change of a URL or domain', latest('Last change', 'threat.indicator.modified_at')),
      ],
    },
    {
      height: 12,
      charts: [
        pie('Schemes', top('Scheme', 'threat.indicator.url.scheme', 6), count('URLs')),
        bars('Ports of URLs', top('Port', 'threat.indicator.url.port', 12), count('URLs')),
        bars('Extensions', top('Extension', 'threat.indicator.url.extension', 12), count('URLs')),
      ],
    },
    {
      height: 12,
      charts: [
        overTime(
          'URLs and domains by their time',
          over('Time', '@timestamp'),
          count('Indicators'),
          top('MISP type', 'misp.attribute.type', 6),
        ),
      ],
    },
    {
      height: 14,
      charts: [
        table('Hosts that are named most', [
          top('Host', 'threat.indicator.url.domain', 100),
          top('Kind', 'threat.indicator.type', 3),
          count('Indicators'),
          latest('Last change', 'threat.indicator.modified_at'),
        ]),
        table('Paths', [top('Path', 'threat.indicator.url.path', 100), count('URLs')]),
      ],
    },
  ],
};
