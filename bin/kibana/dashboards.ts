// The dashboards, one row each of what they show.
import { DASHBOARD_ID } from '../../src/destinations/elasticsearch/names.ts';
import type { Panel } from './lens.ts';

export interface Dashboard {
  id: string;
  title: string;
  description: string;
  panels: readonly Panel[];
}

const id = (name: string): string => `misp-relay-${name}`;
const TYPE = 'threat.indicator.type';
const NAME = 'threat.indicator.name';
const PROVIDER = 'threat.indicator.provider';
const TLP = 'threat.indicator.marking.tlp';
const ADDRESS = `${TYPE}: ("ipv4-addr" or "ipv6-addr")`;
const FILE = `${TYPE}: file`;
const URL = `${TYPE}: (url or "domain-name")`;
const overTime = (title: string, query?: string): Panel => ({
  ...{ title, kind: 'over time', by: ['@timestamp', TYPE], width: 48 },
  ...(query === undefined ? {} : { query }),
});
const table = (title: string, by: string[], query: string): Panel => ({ title, kind: 'table', by, query, size: 50 });

export const DASHBOARDS: readonly Dashboard[] = [
  {
    id: DASHBOARD_ID,
    title: 'MISP indicators: overview',
    description: 'What counts now, by type, organisation, TLP and feed.',
    panels: [
      { title: 'By type', kind: 'pie', by: [TYPE] },
      { title: 'By organisation', kind: 'bars', by: [PROVIDER] },
      { title: 'By TLP', kind: 'pie', by: [TLP] },
      { title: 'By feed', kind: 'bars', by: ['misp_relay.feed'] },
      overTime('By time of the attribute in MISP'),
      {
        title: 'Events with the most indicators',
        kind: 'table',
        by: ['misp.event.info', PROVIDER],
        size: 20,
        width: 48,
      },
    ],
  },
  {
    id: id('types'),
    title: 'MISP indicators: by type',
    description: 'MISP types and categories, and what of them could not be parsed.',
    panels: [
      { title: 'MISP types', kind: 'bars', by: ['misp.attribute.type'], size: 30 },
      { title: 'MISP categories', kind: 'bars', by: ['misp.attribute.category'], size: 20 },
      { title: 'Type and category', kind: 'table', by: ['misp.attribute.type', 'misp.attribute.category'], size: 30 },
      {
        title: 'With a note in error.message',
        kind: 'table',
        by: ['misp.attribute.type', NAME],
        query: 'error.message: *',
      },
    ],
  },
  {
    id: id('addresses'),
    title: 'MISP indicators: addresses',
    description: 'Addresses, networks and ports.',
    panels: [
      overTime('Addresses by time', ADDRESS),
      { title: 'IPv4 and IPv6', kind: 'pie', by: [TYPE], query: ADDRESS },
      { title: 'Ports', kind: 'bars', by: ['threat.indicator.port'] },
      table('Addresses', ['threat.indicator.ip', PROVIDER], ADDRESS),
      table('Networks', [NAME, PROVIDER], 'threat.indicator.ip_range: *'),
    ],
  },
  {
    id: id('files'),
    title: 'MISP indicators: files',
    description: 'Hashes and names of files.',
    panels: [
      overTime('Files by time', FILE),
      { title: 'By kind', kind: 'bars', by: ['misp.attribute.type'], query: FILE, size: 20 },
      { title: 'By organisation', kind: 'bars', by: [PROVIDER], query: FILE },
      table('Names', ['threat.indicator.file.name', PROVIDER], FILE),
      table('SHA-256', ['threat.indicator.file.hash.sha256', PROVIDER], FILE),
    ],
  },
  {
    id: id('urls'),
    title: 'MISP indicators: URLs and domains',
    description: 'URLs, domains and host names.',
    panels: [
      overTime('URLs and domains by time', URL),
      { title: 'Domains', kind: 'bars', by: ['threat.indicator.url.domain'], query: URL, size: 20 },
      { title: 'Schemes', kind: 'pie', by: ['threat.indicator.url.scheme'], query: URL },
      table('URLs', ['threat.indicator.url.full', PROVIDER], URL),
    ],
  },
  {
    id: id('tlp'),
    title: 'MISP indicators: TLP',
    description: 'How far indicators may be passed on.',
    panels: [
      { title: 'By level', kind: 'pie', by: [TLP] },
      { title: 'Level and organisation', kind: 'table', by: [TLP, PROVIDER] },
      { title: 'Level by time', kind: 'over time', by: ['@timestamp', TLP], width: 48 },
      { title: 'Without a level', kind: 'table', by: [PROVIDER, 'misp.event.info'], query: `not ${TLP}: *`, width: 48 },
    ],
  },
  {
    id: id('freshness'),
    title: 'MISP indicators: freshness and lag',
    description: 'When each feed was last read and written, and what came when.',
    panels: [
      {
        title: 'Feeds: newest times',
        kind: 'table',
        by: ['misp_relay.feed'],
        metrics: [
          { newest: 'threat.indicator.modified_at' },
          { newest: 'misp_relay.observed_at' },
          { newest: 'event.ingested' },
        ],
        width: 48,
      },
      { title: 'Read from MISP', kind: 'over time', by: ['misp_relay.observed_at', 'misp_relay.feed'], width: 48 },
      { title: 'Written', kind: 'over time', by: ['event.ingested', 'misp_relay.feed'], width: 48 },
      { title: 'Expire', kind: 'over time', by: ['misp.attribute.decayed_at', TYPE], width: 48 },
    ],
  },
];
