import { DASHBOARD_ID } from '../../../src/destinations/elasticsearch/names.ts';
import { count, latest, over, top, unique } from '../columns.ts';
import type { Page } from '../dashboard.ts';
import { bars, figure, overTime, pie, table } from '../lens.ts';

export const overview: Page = {
  id: DASHBOARD_ID,
  title: 'overview',
  description:
    'What MISP says now, of any age: narrow it by the time of the indicators, or by the choices above. Each number counts documents. ' +
    'In mode `index` that is one for each attribute of a feed; in mode `data_stream` without a latest transform each version is one.',
  rows: [
    {
      height: 7,
      charts: [
        figure('All indicators', count('Indicators')),
        figure('Fit for detection', count('with to_ids', 'misp.attribute.to_ids: true')),
        figure('From MISP events', unique('MISP events', 'misp.event.uuid')),
        figure('Last sent', latest('Last sent', 'event.ingested')),
      ],
    },
    {
      height: 12,
      charts: [
        overTime(
          'By their time',
          over('Time', '@timestamp'),
          count('Indicators'),
          top('Kind', 'threat.indicator.type', 10),
        ),
      ],
    },
    {
      height: 13,
      charts: [
        pie('Kinds of indicator', top('Kind', 'threat.indicator.type', 10, { rest: true }), count('Indicators')),
        bars('Most frequent MISP types', top('MISP type', 'misp.attribute.type', 12), count('Indicators')),
        bars('Who created them', top('Created by', 'threat.indicator.provider', 12), count('Indicators')),
      ],
    },
    {
      height: 13,
      charts: [
        bars('Malware and tools', top('Software', 'threat.software.name', 12), count('Indicators')),
        bars('Actors', top('Actor', 'threat.group.name', 12), count('Indicators')),
        bars('ATT&CK techniques', top('Technique', 'threat.technique.id', 12), count('Indicators')),
      ],
    },
    {
      height: 14,
      charts: [
        table('MISP events with most indicators', [
          top('MISP event', 'misp.event.info', 50),
          top('In MISP', 'threat.indicator.reference', 1),
          count('Indicators'),
          latest('Last change', 'threat.indicator.modified_at'),
        ]),
      ],
    },
  ],
};
