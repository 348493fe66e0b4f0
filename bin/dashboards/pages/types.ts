import { count, latest, over, top, unique } from '../columns.ts';
import type { Page } from '../dashboard.ts';
import { bars, overTime, pie, table } from '../lens.ts';

export const types: Page = {
  id: 'misp-relay-types',
  title: 'by type',
  description:
    'MISP types, and the kind of indicator that each is in ECS. A type without a kind is found by its value alone, in `threat.indicator.name`. ' +
    'A value that is none of its type is kept, and says in `error.message` what was left out.',
  rows: [
    {
      height: 14,
      charts: [
        pie('Kinds', top('Kind', 'threat.indicator.type', 15, { rest: true }), count('Indicators')),
        bars('Categories', top('Category', 'misp.attribute.category', 15), count('Indicators')),
        bars('Objects', top('Object', 'misp.object.name', 15), count('Indicators')),
      ],
    },
    {
      height: 16,
      charts: [
        table('Types', [
          top('MISP type', 'misp.attribute.type', 200),
          count('Indicators'),
          unique('Different values', 'misp.attribute.value'),
          count('with to_ids', 'misp.attribute.to_ids: true'),
          latest('Last change', 'threat.indicator.modified_at'),
        ]),
      ],
    },
    {
      height: 12,
      charts: [
        overTime(
          'Types by their time',
          over('Time', '@timestamp'),
          count('Indicators'),
          top('MISP type', 'misp.attribute.type', 10),
        ),
      ],
    },
    {
      height: 12,
      charts: [
        {
          ...table('Types that are no kind of indicator', [
            top('MISP type', 'misp.attribute.type', 100),
            count('Indicators'),
          ]),
          query: 'not threat.indicator.type: *',
        },
        {
          ...table('Values that are none of their type', [
            top('MISP type', 'misp.attribute.type', 100),
            top('In MISP', 'threat.indicator.reference', 5),
            count('Indicators'),
          ]),
          query: 'error.message: *',
        },
      ],
    },
  ],
};
