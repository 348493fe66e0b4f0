// The example rules: what Kibana asks of an import, what Elastic's own rules look at, and fields that we have.
import { expect, it } from 'vitest';
import { indexOf, means, streamOf } from '../../../src/destinations/elasticsearch/names.ts';
import { FIELDS } from '../../../src/translate/ecs/mapping.ts';
import { fieldsOfKql, fieldsOfQuery, type Json, rules } from './kibana.ts';

const named = rules.map((rule) => [rule.rule_id, rule] as const);

it('ids are unique', () => {
  expect(new Set(rules.map(({ rule_id }) => rule_id)).size).toBe(rules.length);
});

it.each(named)('%s comes switched off, with its mark and what an indicator-match rule must have', (_, rule) => {
  expect(rule).toMatchObject({
    type: 'threat_match',
    enabled: false,
    threat_indicator_path: 'threat.indicator',
    language: 'kuery',
    threat_language: 'kuery',
    version: expect.any(Number) as number,
    meta: { managed_by: 'misp-relay', version: rule['version'] },
    risk_score: expect.any(Number) as number,
  });
  for (const key of ['name', 'description', 'severity', 'query', 'threat_query']) expect(rule[key]).not.toBe('');
  expect(rule.threat_query).toContain('@timestamp >= "now-30d/d"');
  expect(rule.threat_query).toContain('not labels.is_ioc_transform_source: "true"');
  expect(rule.threat_filters.flatMap(({ query }) => Object.values(query['match_phrase'] as Json))).toEqual([
    'threat',
    'enrichment',
    'indicator',
  ]);
});

it.each(named)('%s reads what both modes write', (_, rule) => {
  const patterns = rule['threat_index'] as string[];
  for (const name of [indexOf('default'), streamOf('attributes', 'default'), streamOf('events', 'default')])
    expect(patterns.some((pattern) => means(pattern, name))).toBe(true);
});

it.each(named)('%s names fields of the shipped mapping, and asks for each that it compares', (_, rule) => {
  const values = rule.threat_mapping.flatMap(({ entries }) => entries.map(({ value }) => value));
  const asked = [
    ...fieldsOfKql(rule.threat_query),
    ...rule.threat_filters.flatMap(({ query }) => fieldsOfQuery(query)),
  ];
  const fields = [...values, ...asked].filter((field) => field !== 'labels.is_ioc_transform_source');
  expect(fields.filter((field) => !FIELDS.has(field))).toEqual([]);
  const logs = rule.threat_mapping.flatMap(({ entries }) => entries.map(({ field }) => field));
  expect(new Set(fieldsOfKql(rule.query))).toEqual(new Set(logs));
});

it('together they compare addresses, URLs, domains and each hash that logs have', () => {
  const values = new Set(
    rules.flatMap(({ threat_mapping }) => threat_mapping.flatMap(({ entries }) => entries.map(({ value }) => value))),
  );
  const expected = [
    'ip',
    'url.full',
    'url.original',
    'name',
    ...['md5', 'sha1', 'sha256', 'sha512'].map((hash) => `file.hash.${hash}`),
  ];
  expect(expected.filter((field) => !values.has(`threat.indicator.${field}`))).toEqual([]);
});

it('none compares the host of a URL: one bad file on a host does not make the host bad', () => {
  const compared = rules.flatMap(({ threat_mapping }) => threat_mapping.flatMap(({ entries }) => entries));
  expect(compared.filter(({ value }) => value === 'threat.indicator.url.domain')).toEqual([]);
});
