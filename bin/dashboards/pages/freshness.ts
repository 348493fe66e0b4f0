import { count, earliest, latest, over, top } from '../columns.ts';
import type { Page } from '../dashboard.ts';
import { bars, type Chart, figure, lines, overTime, table } from '../lens.ts';

const CHANGED = 'threat.indicator.modified_at';
const PUBLISHED = 'misp.event.publish_timestamp';
const READ = 'misp_relay.observed_at';
const SENT = 'event.ingested';

/** Marks of withdrawals do not count as indicators, so the filter of the dashboard would hide them. */
function withdrawn(): Chart {
  const chart = bars('Withdrawn, by reason', top('Reason', 'misp_relay.withdrawn', 6), count('Withdrawals'));
  return {
    ...chart,
    layers: chart.layers.map((layer) => ({ ...layer, alone: true })),
    query: 'misp_relay.withdrawn: *',
  };
}

export const freshness: Page = {
  id: 'misp-relay-freshness',
  title: 'freshness and lag',
  description:
    'From MISP to here: an attribute is changed, its event is published, the relay reads it, and sends it. Where the lines drift apart, or a feed stays behind in the table, something waits. ' +
    'What a first load brings was changed long before it was sent.',
  rows: [
    {
      height: 7,
      charts: [
        figure('Last change in MISP', latest('Changed', CHANGED)),
        figure('Last publication', latest('Published', PUBLISHED)),
        figure('Last read', latest('Read', READ)),
        figure('Last sent to Elasticsearch', latest('Sent', SENT)),
        figure("Outside of the 30 days that Elastic's rules match", count('older', '@timestamp < "now-30d/d"')),
      ],
    },
    {
      height: 13,
      charts: [
        lines('Changed, published, sent', [
          [over('Changed', CHANGED), count('Changed')],
          [over('Published', PUBLISHED), count('Published')],
          [over('Sent', SENT), count('Sent')],
        ]),
      ],
    },
    {
      height: 12,
      charts: [
        overTime('Sent, by feed', over('Sent', SENT), count('Documents'), top('Feed', 'misp_relay.feed', 10)),
        withdrawn(),
      ],
    },
    {
      height: 12,
      charts: [
        table('Feeds', [
          top('Feed', 'misp_relay.feed', 100),
          count('Indicators'),
          earliest('Oldest', '@timestamp'),
          latest('Last change', CHANGED),
          latest('Last publication', PUBLISHED),
          latest('Last read', READ),
          latest('Last sent', SENT),
        ]),
      ],
    },
    {
      height: 14,
      charts: [
        table('Organisations', [
          top('Created by', 'threat.indicator.provider', 100),
          count('Indicators'),
          latest('Last change', CHANGED),
          latest('Last publication', PUBLISHED),
          latest('Last sent', SENT),
        ]),
        table('What expires when', [over('In the week of', 'misp.attribute.decayed_at', '1w'), count('Indicators')]),
      ],
    },
  ],
};
