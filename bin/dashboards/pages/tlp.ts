import { count, over, top } from '../columns.ts';
import type { Page } from '../dashboard.ts';
import { bars, figure, overTime, pie, table } from '../lens.ts';

const LEVEL = 'threat.indicator.marking.tlp';

export const tlp: Page = {
  id: 'misp-relay-tlp',
  title: 'TLP',
  description:
    'Who may be told. The level is that of the attribute and of its event: where both have one, a document stands under each of them.',
  rows: [
    {
      height: 7,
      charts: [
        figure('Red', count('TLP:RED', `${LEVEL}: "RED"`)),
        figure('Amber', count('TLP:AMBER', `${LEVEL}: ("AMBER" or "AMBER+STRICT")`)),
        figure('Green', count('TLP:GREEN', `${LEVEL}: "GREEN"`)),
        figure('Clear', count('TLP:CLEAR', `${LEVEL}: ("CLEAR" or "WHITE")`)),
        figure('Without a level', count('no TLP', `not ${LEVEL}: *`)),
      ],
    },
    {
      height: 13,
      charts: [
        pie('Levels', top('TLP', LEVEL, 10, { rest: true }), count('Indicators')),
        pie('Confidence', top('Confidence', 'threat.indicator.confidence', 6, { rest: true }), count('Indicators')),
        bars(
          'Levels by kind',
          top('Kind', 'threat.indicator.type', 10),
          count('Indicators'),
          top('TLP', LEVEL, 6, { rest: true }),
        ),
      ],
    },
    {
      height: 12,
      charts: [overTime('Levels by time', over('Time', '@timestamp'), count('Indicators'), top('TLP', LEVEL, 6))],
    },
    {
      height: 14,
      charts: [
        table('Levels by organisation', [
          top('Created by', 'threat.indicator.provider', 50),
          top('TLP', LEVEL, 10, { rest: true }),
          count('Indicators'),
        ]),
        table('Tags', [top('Tag', 'tags', 200), count('Indicators')]),
      ],
    },
  ],
};
