import { count, latest, over, top, unique } from '../columns.ts';
import type { Page } from '../dashboard.ts';
import { bars, figure, overTime, pie, table } from '../lens.ts';

export const addresses: Page = {
  id: 'misp-relay-addresses',
  title: 'addresses',
  description:
    'Addresses of IPv4 and IPv6, their ports and autonomous systems. A network is in `threat.indicator.ip_range`, which rules that compare addresses do not read.',
  query: 'threat.indicator.ip: * or threat.indicator.ip_range: * or threat.indicator.as.number: *',
  rows: [
    {
      height: 7,
      charts: [
        figure('Different addresses', unique('Addresses', 'threat.indicator.ip')),
        figure('Networks', count('Networks', 'threat.indicator.ip_range: *')),
        figure('Different ports', unique('Ports', 'threat.indicator.port')),
        figure('Last change of an address', latest('Last change', 'threat.indicator.modified_at')),
      ],
    },
    {
      height: 12,
      charts: [
        pie('Versions', top('Kind', 'threat.indicator.type', 5, { rest: true }), count('Indicators')),
        bars('Ports', top('Port', 'threat.indicator.port', 12), count('Indicators')),
        bars('Autonomous systems', top('AS', 'threat.indicator.as.number', 12), count('Indicators')),
      ],
    },
    {
      height: 12,
      charts: [
        overTime(
          'Addresses by their time',
          over('Time', '@timestamp'),
          count('Indicators'),
          top('MISP type', 'misp.attribute.type', 6),
        ),
      ],
    },
    {
      height: 14,
      charts: [
        table('Addresses that are named most', [
          top('Address', 'threat.indicator.ip', 100),
          count('Indicators'),
          unique('MISP events', 'misp.event.uuid'),
          latest('Last change', 'threat.indicator.modified_at'),
        ]),
        table('Domains beside an address', [top('Domain', 'threat.indicator.url.domain', 100), count('Indicators')]),
      ],
    },
  ],
};
