// What is wrong in a config is refused before anything starts: with file, line, key, and what to do.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import { BASE, folderWith, load, refusal, type Env } from './config-file.ts';

interface Case {
  name: string;
  yaml: string;
  lines: string[];
  env?: Env;
}

const feed = (line: string): string => `${BASE}    ${line}\n`;
const CRON =
  'relay.yaml:12: feeds.a.cron: is no cron expression: five fields, minute hour day month weekday, such as "*/5 * * * *"';

const names: Case[] = [
  {
    name: 'a key with a typo',
    yaml: feed('intervall: 5m'),
    lines: ['relay.yaml:12: feeds.a.intervall: is not known; did you mean interval?'],
  },
  {
    name: 'a key with a typo at the top',
    yaml: `${BASE}logLevle: info\n`,
    lines: ['relay.yaml:12: logLevle: is not known; did you mean logLevel?'],
  },
  {
    name: 'a key with a typo in the block of a destination',
    yaml: BASE.replace('token: hec', 'tokn: hec'),
    lines: [
      'relay.yaml:7: destinations.splunk.token: is missing',
      'relay.yaml:7: destinations.splunk.tokn: is not known; did you mean token?',
    ],
  },
  {
    name: 'a key with a typo in the filter',
    yaml: feed('filter: { tpyes: [md5] }'),
    lines: ['relay.yaml:12: feeds.a.filter.tpyes: is not known; did you mean types?'],
  },
  {
    name: 'a key of nowhere',
    yaml: feed('translate: { colour: red }'),
    lines: ['relay.yaml:12: feeds.a.translate.colour: is not known; known here: constants, rename, drop, module'],
  },
  {
    name: 'a source that is not there',
    yaml: BASE.replace('source: main', 'source: mian'),
    lines: ['relay.yaml:10: feeds.a.source: mian is not among the sources; did you mean main?'],
  },
  {
    name: 'a source with the name of a method of objects',
    yaml: BASE.replace('source: main', 'source: toString'),
    lines: ['relay.yaml:10: feeds.a.source: toString is not among the sources; known here: main'],
  },
  {
    name: 'a destination that is not there',
    yaml: BASE.replace('destination: splunk', 'destination: splnk'),
    lines: ['relay.yaml:11: feeds.a.destination: splnk is not among the destinations; did you mean splunk?'],
  },
  {
    name: 'a destination of an unknown type',
    yaml: BASE.replace('type: splunk-hec', 'type: splunk'),
    lines: ['relay.yaml:7: destinations.splunk.type: splunk is not known; did you mean splunk-hec?'],
  },
  {
    name: 'a destination without a type',
    yaml: BASE.replace('type: splunk-hec, ', ''),
    lines: ['relay.yaml:7: destinations.splunk.type: is missing'],
  },
  {
    name: 'two feeds of one name',
    yaml: `${BASE}  a:\n    source: main\n    destination: splunk\n`,
    lines: ['relay.yaml:12: this name stands twice: each key may stand only once'],
  },
  {
    name: 'a feed with a name that cannot be one',
    yaml: BASE.replace('  a:', '  "a b":'),
    lines: ['relay.yaml:9: feeds.a b: is no name: letters, digits and . _ -, at most 60'],
  },
  {
    name: 'a feed that takes the place of one that is still there',
    yaml: `${BASE}  b:\n    source: main\n    destination: splunk\n    renamedFrom: a\n`,
    lines: ['relay.yaml:15: feeds.b.renamedFrom: a is still a feed of its own'],
  },
  {
    name: 'no feed at all',
    yaml: `${BASE.slice(0, BASE.indexOf('feeds:'))}feeds: {}\n`,
    lines: ['relay.yaml:8: feeds: is empty: name at least one feed'],
  },
];

const values: Case[] = [
  { name: 'a cron of three fields', yaml: feed('cron: "* * *"'), lines: [CRON] },
  { name: 'a cron with a field out of range', yaml: feed('cron: "61 * * * *"'), lines: [CRON] },
  { name: 'a cron of six fields', yaml: feed('cron: "0 */5 * * * *"'), lines: [CRON] },
  { name: 'a cron that Temporal does not know', yaml: feed('cron: "0 0 L * *"'), lines: [CRON] },
  {
    name: 'a negative interval',
    yaml: feed('interval: -5m'),
    lines: ['relay.yaml:12: feeds.a.interval: is no time span: write 30s, 5m or 1h'],
  },
  {
    name: 'a negative number as interval',
    yaml: feed('interval: -300'),
    lines: [
      'relay.yaml:12: feeds.a.interval: is no time span: write 30s, 5m or 1h',
      'relay.yaml:12: feeds.a.interval: is too short: at least 10s',
    ],
  },
  {
    name: 'an interval below the floor',
    yaml: feed('interval: 9s'),
    lines: ['relay.yaml:12: feeds.a.interval: is too short: at least 10s'],
  },
  {
    name: 'an interval of the wrong kind',
    yaml: feed('interval: [5m]'),
    lines: ['relay.yaml:12: feeds.a.interval: must be a text or a number'],
  },
  {
    name: 'interval and cron',
    yaml: `${BASE}    interval: 5m\n    cron: "*/5 * * * *"\n`,
    lines: ['relay.yaml:9: feeds.a: has both interval and cron: choose one'],
  },
  {
    name: 'a since that is no time',
    yaml: feed('since: tomorrow'),
    lines: ['relay.yaml:12: feeds.a.since: is no time: write 30d, an ISO date, epoch seconds, or 0 for everything'],
  },
  {
    name: 'a flag that is a text',
    yaml: feed('attachments: "yes"'),
    lines: ['relay.yaml:12: feeds.a.attachments: must be true or false'],
  },
  {
    name: 'a key of digits only',
    yaml: BASE.replace('misp-key-of-the-test', '1234'),
    lines: ['relay.yaml:5: sources.main.apiKey: must be a text'],
  },
  {
    name: 'a block without anything in it',
    yaml: BASE.replace(/\n {4}url.*\n.*\n/, '\n'),
    lines: ['relay.yaml:3: sources.main: is empty'],
  },
  {
    name: 'a word that is none of the choices',
    yaml: feed('filter: { maxTlp: purple }'),
    lines: ['relay.yaml:12: feeds.a.filter.maxTlp: must be clear, white, green, amber, amber+strict, red or off'],
  },
  {
    name: 'an empty list as filter',
    yaml: feed('filter: { types: [] }'),
    lines: ['relay.yaml:12: feeds.a.filter.types: an empty list is no filter: leave it out'],
  },
  {
    name: 'what MISP would take for no filter',
    yaml: feed('filter: { restSearch: { to_ids: false } }'),
    lines: ['relay.yaml:12: feeds.a.filter.restSearch.to_ids: MISP takes `to_ids: false` for no filter: write 0.'],
  },
  {
    name: 'a page size out of range, a lookback that is none, a time-out that nothing can keep',
    yaml: BASE.replace('    apiKey', '    pageSize: 9999\n    lookback: 5x\n    timeout: 0\n    apiKey'),
    lines: [
      'relay.yaml:5: sources.main.pageSize: is too large: at most 5000',
      'relay.yaml:6: sources.main.lookback: is no time span: write 30s, 5m, 2h or 7d',
      'relay.yaml:7: sources.main.timeout: is too short: at least 1s',
    ],
  },
  {
    name: 'a URL with credentials, which are not repeated',
    yaml: BASE.replace('https://misp', 'https://admin:hunter2@misp'),
    lines: ['relay.yaml:4: sources.main.url: holds credentials: take them out of the URL'],
  },
  {
    name: 'a URL of another protocol',
    yaml: BASE.replace('https://misp', 'ftp://misp'),
    lines: ['relay.yaml:4: sources.main.url: is no URL: write https://host:port'],
  },
  {
    name: 'a URL with a query, which may hold a token',
    yaml: BASE.replace('misp.example.org', 'misp.example.org/?key=hunter2'),
    lines: ['relay.yaml:4: sources.main.url: must not hold a query'],
  },
  {
    name: 'the address of another endpoint of Splunk',
    yaml: BASE.replace(':8088', ':8088/services/collector/raw'),
    lines: ['relay.yaml:7: destinations.splunk.url: names another endpoint of Splunk: leave the path out'],
  },
  {
    name: 'another version of the form',
    yaml: BASE.replace('version: 1', 'version: 2'),
    lines: ['relay.yaml:1: version: must be 1'],
  },
  { name: 'an empty file', yaml: '', lines: ['relay.yaml: is empty'] },
  { name: 'a file that holds one word', yaml: 'hello', lines: ['relay.yaml: must be a block of keys'] },
  {
    name: 'a text without its end',
    yaml: feed('since: "30d'),
    lines: ['relay.yaml:13: this is no YAML: Missing closing "quote'],
  },
];

const secrets: Case[] = [
  {
    name: 'a variable that is not set: its reason only, and not that the place is empty',
    yaml: BASE.replace('hec-token-of-the-test', '"${SPLUNK_HEC_TOKEN}"'),
    lines: [
      'relay.yaml:7: destinations.splunk.token: the environment variable SPLUNK_HEC_TOKEN is not set: set it, or write file:/path/to/it',
    ],
  },
  {
    name: 'a variable that is empty',
    yaml: BASE.replace('misp-key-of-the-test', '${MISP_API_KEY}'),
    env: { MISP_API_KEY: '' },
    lines: [
      'relay.yaml:5: sources.main.apiKey: the environment variable MISP_API_KEY is not set: set it, or write file:/path/to/it',
    ],
  },
  {
    name: 'a reference that is no name',
    yaml: BASE.replace('misp-key-of-the-test', '${1KEY}'),
    lines: ['relay.yaml:5: sources.main.apiKey: ${1KEY} is no name of an environment variable'],
  },
  {
    name: 'a reference inside a list',
    yaml: feed('filter: { orgs: ["${OUR_ORG}"] }'),
    lines: [
      'relay.yaml:12: feeds.a.filter.orgs.0: the environment variable OUR_ORG is not set: set it, or write file:/path/to/it',
    ],
  },
  {
    name: 'a reference without quotes inside braces',
    yaml: BASE.replace('hec-token-of-the-test', '${SPLUNK_HEC_TOKEN}'),
    env: { SPLUNK_HEC_TOKEN: 'x' },
    lines: ['relay.yaml:7: inside { … } a reference needs quotes: "${NAME}"'],
  },
  {
    name: 'a secret that is missing',
    yaml: BASE.replace('    apiKey: misp-key-of-the-test\n', ''),
    lines: ['relay.yaml:3: sources.main.apiKey: is missing'],
  },
];

const watching: Case[] = [
  {
    name: 'an address without a host',
    yaml: `${BASE}health: { address: "9464" }\n`,
    lines: ['relay.yaml:12: health.address: is no address: write 127.0.0.1:9464, or off'],
  },
  {
    name: 'a port that is none',
    yaml: `${BASE}health: { address: "127.0.0.1:99999" }\n`,
    lines: ['relay.yaml:12: health.address: is no address: write 127.0.0.1:9464, or off'],
  },
  {
    name: 'a key of health that is not known',
    yaml: `${BASE}health: { adress: "127.0.0.1:1" }\n`,
    lines: ['relay.yaml:12: health.adress: is not known; did you mean address?'],
  },
  {
    name: 'a word that is neither a block nor off',
    yaml: `${BASE}health: on\n`,
    lines: ['relay.yaml:12: health: must be a block of keys'],
  },
  {
    name: 'a webhook that is no URL, which is not repeated',
    yaml: `${BASE}alerts: { webhook: "hooks.example.org/SECRET" }\n`,
    lines: ['relay.yaml:12: alerts.webhook: is no URL: write https://host/path, or file:/path/to/it'],
  },
  {
    name: 'an alarm by a lag of seconds',
    yaml: `${BASE}alerts: { maxLag: 10s }\n`,
    lines: ['relay.yaml:12: alerts.maxLag: is too short: at least 1m'],
  },
  {
    name: 'a key of alerts that is not known',
    yaml: `${BASE}alerts: { webook: "https://h.example.org" }\n`,
    lines: ['relay.yaml:12: alerts.webook: is not known; did you mean webhook?'],
  },
  {
    name: 'a heartbeat of a file',
    yaml: BASE.replace('feeds:', '  out: { type: file, path: ./x, heartbeat: true }\nfeeds:'),
    lines: ['relay.yaml:8: destinations.out.heartbeat: is not known; known here: path, maxBytes, keep'],
  },
];

const later: Case[] = [
  {
    name: 'reconcile',
    yaml: feed('reconcile: { every: 24h }'),
    lines: ['relay.yaml:12: feeds.a.reconcile: reconciliation is not there yet: take it out'],
  },
  {
    name: 'a PostgreSQL store, whose address is not repeated',
    yaml: `${BASE}store: postgres://relay:hunter2@db/relay\n`,
    lines: ['relay.yaml:12: store: a PostgreSQL store is not there yet: take it out'],
  },
];

const tables = { names, values, secrets, watching, 'what is not there yet': later };

it('takes the config that all of these cases change in one place', () => {
  expect(Object.keys(load(BASE).feeds)).toEqual(['a']);
});

describe.each(Object.entries(tables))('%s', (_, cases) => {
  it.each(cases)('$name', ({ yaml, env = {}, lines }) => {
    expect(yaml).not.toBe(BASE);
    expect(refusal(() => load(yaml, env))).toEqual(lines);
  });
});

it('names every problem at once, each with its line', () => {
  const yaml = `${BASE.replace('main:\n', 'main:\n    pagesize: 5\n')}    interval: 1s\n    colour: red\n`;
  const lines = refusal(() => load(yaml));
  expect(lines.map((line) => /^relay\.yaml:\d+: [\w.]+/.exec(line)?.[0]).sort()).toEqual([
    'relay.yaml:13: feeds.a.interval',
    'relay.yaml:14: feeds.a.colour',
    'relay.yaml:4: sources.main.pagesize',
  ]);
});

describe('the file itself', () => {
  it('is named when it is not there', () => {
    expect(refusal(() => loadConfig({ path: 'other.yaml', env: {}, cwd: folderWith() }))).toEqual([
      'other.yaml cannot be read: mind the path, or copy relay.example.yaml to it',
    ]);
  });

  it('is named when it is a folder', () => {
    const cwd = folderWith();
    mkdirSync(join(cwd, 'relay.yaml'));
    expect(refusal(() => loadConfig({ env: {}, cwd }))).toEqual([
      'relay.yaml cannot be read: mind the path, or copy relay.example.yaml to it',
    ]);
  });

  it('is read in full even when it is named `environment`', () => {
    const cwd = folderWith({ environment: BASE.replace('misp-key-of-the-test', '${KEY}') });
    const config = loadConfig({ path: 'environment', env: { KEY: 'from-the-variable' }, cwd });
    expect(config.sources['main']!.apiKey.reveal()).toBe('from-the-variable');
  });
});
