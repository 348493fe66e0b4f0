// What a right config becomes.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import { BASE, folderWith, load } from './config-file.ts';

describe('references to the environment', () => {
  it('are replaced in texts, inside texts, and inside lists', () => {
    const yaml = `${BASE}    filter:
      orgs: ["\${OUR_ORG}", 'not \${OUR_ORG}']
      restSearch: { value: ["\${ONE}", { of: "\${ONE}" }] }
    translate: { constants: { site: "\${SITE}-\${SITE}" } }
`;
    const { filter, translate } = load(yaml, { OUR_ORG: 'CERT', ONE: '1', SITE: 'x' }).feeds['a']!;
    expect(filter.orgs).toEqual(['CERT', 'not CERT']);
    expect(filter.restSearch).toEqual({ value: ['1', { of: '1' }] });
    expect(translate.constants).toEqual({ site: 'x-x' });
  });

  it('bring no YAML of their own: a value is a text', () => {
    const config = load(BASE.replace('misp-key-of-the-test', '${KEY}'), { KEY: 'a: {b}\n#c "' });
    expect(config.sources['main']!.apiKey.reveal()).toBe('a: {b}\n#c "');
  });
});

describe('times', () => {
  it.each([
    ['10s', 10],
    ['5m', 300],
    ['1h', 3600],
    ['45', undefined],
    [45, 45],
  ])('interval: %s', (given, seconds) => {
    const yaml = `${BASE}    interval: ${typeof given === 'string' ? JSON.stringify(given) : given}\n`;
    if (seconds === undefined) expect(() => load(yaml)).toThrow(/interval: is no time span/);
    else expect(load(yaml).feeds['a']!.interval).toBe(seconds);
  });

  it.each(['*/5 * * * *', '0 6-18 * * mon-fri', '15,45 0 1 JAN *', '0 0 * * 0'])('cron: %s', (cron) => {
    expect(load(`${BASE}    cron: "${cron}"\n`).feeds['a']!.cron).toBe(cron);
  });
});

describe('places', () => {
  it('begin at the folder of the config', () => {
    const folder = folderWith({ 'relay.yaml': `${BASE}store: sqlite:./state/relay.db\n` });
    const config = loadConfig({ path: join(folder, 'relay.yaml'), env: {}, cwd: folderWith() });
    expect(config).toMatchObject({
      name: 'relay.yaml',
      folder,
      dataDir: join(folder, 'state'),
      storePath: join(folder, 'state', 'relay.db'),
    });
  });

  it('are ./data for the store, and beside it for Temporal, unless something else is said', () => {
    const config = load(BASE);
    expect(config.storePath).toBe(join(config.folder, 'data', 'relay.db'));
    expect(config.dataDir).toBe(join(config.folder, 'data'));
  });
});

describe('health', () => {
  it.each<[string, unknown]>([
    ['', { host: '127.0.0.1', port: 9464 }],
    ['health: off', null],
    ['health: { address: off }', null],
    ['health: {}', { host: '127.0.0.1', port: 9464 }],
    ['health: { address: "0.0.0.0:0" }', { host: '0.0.0.0', port: 0 }],
    ['health: { address: "[::1]:9464" }', { host: '::1', port: 9464 }],
    ['health: { address: "localhost:80" }', { host: 'localhost', port: 80 }],
  ])('%s', (yaml, address) => {
    expect(load(`${BASE}${yaml}\n`).health).toEqual({ address });
  });
});

describe('alerts', () => {
  it('are off by themselves: the log and the metric are always there', () => {
    expect(load(BASE).alerts).toEqual({ repeat: 14_400 });
  });

  it('take a webhook from a variable or a file', () => {
    const { alerts } = load(`${BASE}alerts: { webhook: "\${HOOK}", maxLag: 30m, repeat: 1h }\n`, {
      HOOK: 'https://h.example.org/x',
    });
    expect({ ...alerts, webhook: alerts.webhook!.reveal() }).toEqual({
      webhook: 'https://h.example.org/x',
      maxLag: 1_800,
      repeat: 3_600,
    });
    const cwd = folderWith({
      'relay.yaml': `${BASE}alerts: { webhook: file:hook }\n`,
      hook: 'https://h.example.org/y\n',
    });
    expect(loadConfig({ env: {}, cwd }).alerts.webhook!.reveal()).toBe('https://h.example.org/y');
  });
});

describe('defaults', () => {
  it('a complete copy, up to amber+strict', () => {
    const { filter, since, attachments, endpoint } = load(BASE).feeds['a']!;
    expect({ since, attachments, endpoint }).toEqual({ since: '30d', attachments: false, endpoint: 'attributes' });
    expect(filter).toEqual({
      enforceWarninglist: false,
      maxTlp: 'amber+strict',
      untaggedTlp: 'allow',
      restSearch: {},
    });
  });

  it('the relay has a server of its own; `temporal:` goes before TEMPORAL_ADDRESS', () => {
    expect(load(BASE).temporal).toBeNull();
    expect(load(BASE, { TEMPORAL_ADDRESS: 'other:7233' }).temporal).toMatchObject({ address: 'other:7233' });
    const yaml = `${BASE}temporal: { address: "temporal:7233" }\n`;
    expect(load(yaml, { TEMPORAL_ADDRESS: 'other:7233' }).temporal).toEqual({
      address: 'temporal:7233',
      namespace: 'default',
      taskQueue: 'misp-relay',
    });
  });
});
