// Two example indicator-match rules, in the form of Elastic's prebuilt ones (elastic-ti-misp 2.7), switched off.
import type { Json } from './lens.ts';

/** Of logs, and of the indicator. */
type Match = readonly [log: string, indicator: string];

const LOOK_BACK = '@timestamp >= "now-30d/d"';
const FILTERS = ['event.category:threat', 'event.kind:enrichment', 'event.type:indicator'];

export const RULES: readonly Json[] = [
  ruleOf(
    'misp-relay-network',
    'MISP indicator: address, domain or URL',
    'An address, a domain or a URL in your logs is an indicator of MISP.',
    ['auditbeat-*', 'filebeat-*', 'logs-*', 'packetbeat-*', 'winlogbeat-*'],
    [
      ['source.ip', 'threat.indicator.ip'],
      ['destination.ip', 'threat.indicator.ip'],
      ['dns.question.name', 'threat.indicator.url.domain'],
      ['url.domain', 'threat.indicator.url.domain'],
      ['url.full', 'threat.indicator.url.full'],
    ],
  ),
  ruleOf(
    'misp-relay-hashes',
    'MISP indicator: file hash',
    'A file in your logs has a hash that is an indicator of MISP.',
    ['auditbeat-*', 'filebeat-*', 'logs-*', 'winlogbeat-*', 'endgame-*'],
    ['file', 'process', 'dll'].flatMap((of) =>
      ['md5', 'sha1', 'sha256'].map((kind): Match => [`${of}.hash.${kind}`, `threat.indicator.file.hash.${kind}`]),
    ),
  ),
];

function ruleOf(id: string, name: string, description: string, index: string[], matches: readonly Match[]): Json {
  const indicators = [...new Set(matches.map(([, indicator]) => indicator))];
  return {
    ...{ rule_id: id, name, description, type: 'threat_match', enabled: false, version: 1, immutable: false },
    ...{
      risk_score: 73,
      severity: 'high',
      author: ['misp-relay'],
      license: 'Apache-2.0',
      tags: ['MISP', 'misp-relay'],
    },
    ...{
      interval: '1h',
      from: 'now-65m',
      to: 'now',
      max_signals: 100,
      false_positives: [],
      references: [],
      threat: [],
    },
    index,
    language: 'kuery',
    query: matches.map(([log]) => `${log}:*`).join(' or '),
    threat_index: ['logs-ti_misp*'],
    threat_indicator_path: 'threat.indicator',
    threat_language: 'kuery',
    threat_query: `${LOOK_BACK} and event.module:ti_misp and (${indicators.map((each) => `${each}:*`).join(' or ')}) and not labels.is_ioc_transform_source:"true"`,
    threat_filters: FILTERS.map(filterOf),
    threat_mapping: matches.map(([field, value]) => ({ entries: [{ field, type: 'mapping', value }] })),
    actions: [],
    exceptions_list: [],
  };
}

function filterOf(text: string): Json {
  const [key, query] = text.split(':') as [string, string];
  return {
    $state: { store: 'appState' },
    meta: { negate: false, disabled: false, type: 'phrase', key, params: { query } },
    query: { match_phrase: { [key]: query } },
  };
}
