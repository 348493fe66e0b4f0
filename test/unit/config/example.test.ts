// relay.example.yaml explains every key, is taken as it is, and tells the truth about the defaults.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { schema } from '../../../src/config/schema.ts';
import { elasticsearch } from '../../../src/destinations/elasticsearch.ts';
import { destinationKinds } from '../../../src/destinations/registry.ts';
import { load } from './config-file.ts';

const text = readFileSync(new URL('../../../relay.example.yaml', import.meta.url), 'utf8');
const env = {
  MISP_API_KEY: 'k',
  SPLUNK_HEC_TOKEN: 't',
  ELASTICSEARCH_API_KEY: 'e',
  TEMPORAL_API_KEY: 'a',
  ALERT_WEBHOOK: 'https://hooks.example.org/x',
};

/** Every option switched on: the `#` goes away, unless prose follows (one blank, then no blank). */
const everything = text.replace(/^( *)#(?!$| [^ ])/gm, '$1');

interface Inner {
  def?: { innerType?: unknown; in?: unknown; valueType?: unknown; options?: unknown[] };
  shape?: Record<string, unknown>;
}

/** Names of all keys of a schema, however deep. */
function keysOf(given: unknown, seen: Set<unknown> = new Set()): string[] {
  if (typeof given !== 'object' || given === null || seen.has(given)) return [];
  seen.add(given);
  const { def = {}, shape } = given as Inner;
  const own = Object.entries(shape ?? {}).flatMap(([key, inner]) => [key, ...keysOf(inner, seen)]);
  const inner = [def.innerType, def.in, def.valueType, ...(def.options ?? [])];
  return [...own, ...inner.flatMap((each) => keysOf(each, seen))];
}

const kinds = destinationKinds.map(({ type, options }): [string, z.ZodType] => [type, options]);

describe('relay.example.yaml', () => {
  it('is taken as it is, with two variables', () => {
    const { sources, destinations, feeds } = load(text, { MISP_API_KEY: 'k', SPLUNK_HEC_TOKEN: 't' });
    expect([sources, destinations, feeds].map((each) => Object.keys(each))).toEqual([
      ['main'],
      ['splunk'],
      ['splunk-all'],
    ]);
  });

  it('is taken with every option switched on', () => {
    const config = load(everything, env);
    expect(Object.keys(config.destinations)).toEqual(['splunk', 'elastic', 'archive']);
    expect(config.feeds).toMatchObject({
      'splunk-all': { interval: 300, filter: { toIds: true } },
      'archive-all': { cron: '*/15 * * * *', renamedFrom: 'old-name' },
    });
    expect(config.temporal).toMatchObject({ namespace: 'default', taskQueue: 'misp-relay' });
  });

  it.each<[string, z.ZodType]>([['relay.yaml', schema], ...kinds])('has every key of %s', (_, of) => {
    const keys = [...new Set(keysOf(of))];
    expect(keys.length).toBeGreaterThan(2);
    const missing = keys.filter((key) => !new RegExp(`^[ #]*${key}:|[{,] ${key}: `, 'm').test(everything));
    expect(missing).toEqual([]);
  });

  it('finds the keys by which the last test decides', () => {
    expect(keysOf(schema)).toEqual(
      expect.arrayContaining(['lookback', 'serverName', 'renamedFrom', 'untaggedTlp', 'taskQueue', 'module']),
    );
  });

  it('shows the defaults that it calls defaults', () => {
    const plain = load(text, env);
    const full = load(everything, env);
    const {
      tls: _tls,
      index: _index,
      source: _source,
      host: _host,
      ...shown
    } = full.destinations['splunk']!.options as Record<string, unknown>;
    const { token: _token, ...defaults } = plain.destinations['splunk']!.options as Record<string, unknown>;
    expect(shown).toMatchObject(defaults);
    expect(Object.keys(shown).sort()).toEqual([...Object.keys(defaults), 'token'].sort());
    const elastic = full.destinations['elastic']!.options as Record<string, unknown>;
    expect(elastic).toMatchObject(elasticsearch.options.parse({ url: 'https://elasticsearch.example.org:9200' }));
    const { since, attachments, endpoint } = plain.feeds['splunk-all']!;
    expect(full.feeds['splunk-all']).toMatchObject({ since, attachments, endpoint });
    expect(full.storePath.slice(full.folder.length)).toBe(plain.storePath.slice(plain.folder.length));
    expect(full.logLevel).toBe(plain.logLevel);
    expect(full.health).toEqual(plain.health);
    expect(full.alerts.repeat).toBe(plain.alerts.repeat);
  });
});
