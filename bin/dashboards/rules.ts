// Two example rules of the kind "indicator match", in the form of Elastic's own ones. They come switched off.
import { FIELDS } from '../../src/translate/ecs/mapping.ts';
import { DATA_VIEW_TITLE } from './data-view.ts';
import { FIT_FOR_DETECTION } from './live.ts';
import { type Json, MANAGED_BY, VERSION } from './saved.ts';

/** A field of the logs, and the field of an indicator that it must equal. */
type Match = readonly [log: string, indicator: string];

interface Rule {
  id: string;
  name: string;
  description: string;
  note: string;
  matches: readonly Match[];
  /** Of indicators; narrower than that they have one of the fields. */
  indicators?: string;
}

/**
 * Domains are compared with the whole value of the indicator: `threat.indicator.url.domain` is also the host of every URL, and one bad file
 * on a host that serves many does not make the host bad.
 */
const NETWORK: Rule = {
  id: 'misp-relay-network-indicator',
  name: 'MISP: address, URL or domain of an indicator',
  description: 'An address, a URL or a domain in the logs is that of an indicator from MISP that is fit for detection.',
  note: 'A domain is matched where the whole indicator is that domain. Of the composite type `domain|ip` the address alone is matched, and `hostname|port` not at all.',
  matches: [
    ['source.ip', 'threat.indicator.ip'],
    ['destination.ip', 'threat.indicator.ip'],
    ['url.full', 'threat.indicator.url.full'],
    ['url.original', 'threat.indicator.url.original'],
    ['url.domain', 'threat.indicator.name'],
    ['destination.domain', 'threat.indicator.name'],
    ['dns.question.name', 'threat.indicator.name'],
  ],
  indicators: 'threat.indicator.ip: * or threat.indicator.url.full: * or threat.indicator.type: "domain-name"',
};

const HASHES = ['hash.md5', 'hash.sha1', 'hash.sha256', 'hash.sha512', 'pe.imphash'];

const FILES: Rule = {
  id: 'misp-relay-file-indicator',
  name: 'MISP: hash of an indicator',
  description:
    'The hash of a file, a process or a library in the logs is that of an indicator from MISP that is fit for detection.',
  note: 'An imphash is shared by files that import the same functions: a match of it alone says that a file is like a bad one.',
  matches: ['file', 'process', 'dll'].flatMap((of) =>
    HASHES.map((hash): Match => [`${of}.${hash}`, `threat.indicator.file.${hash}`]),
  ),
};

/** In the form of Kibana's import of rules. */
export const rules = (): Json[] => [NETWORK, FILES].map(ruleOf);

function ruleOf({ id, name, description, note, matches, indicators }: Rule): Json {
  for (const [, field] of matches) if (!FIELDS.has(field)) throw new Error(`${field} is no field of an indicator`);
  const any = indicators ?? unique(matches.map(([, field]) => `${field}: *`)).join(' or ');
  return {
    rule_id: id,
    version: VERSION,
    meta: { managed_by: MANAGED_BY, version: VERSION },
    author: [MANAGED_BY],
    license: 'Apache-2.0',
    name,
    description: `${description} Made by ${MANAGED_BY}.`,
    note: `${note} The indicator is in \`threat.enrichments\` of the alert, with the link to its event in MISP.`,
    tags: ['MISP', MANAGED_BY, 'Rule Type: Threat Match'],
    type: 'threat_match',
    enabled: false,
    severity: 'high',
    risk_score: 73,
    interval: '1h',
    from: 'now-65m',
    to: 'now',
    max_signals: 100,
    timestamp_override: 'event.ingested',
    index: ['auditbeat-*', 'filebeat-*', 'logs-*', 'packetbeat-*', 'winlogbeat-*', '-logs-ti_*'],
    language: 'kuery',
    query: unique(matches.map(([field]) => `${field}: *`)).join(' or '),
    threat_index: [DATA_VIEW_TITLE],
    threat_language: 'kuery',
    threat_query: `@timestamp >= "now-30d/d" and ${FIT_FOR_DETECTION} and (${any})`,
    threat_filters: [
      phrase('event.category', 'threat'),
      phrase('event.kind', 'enrichment'),
      phrase('event.type', 'indicator'),
    ],
    threat_indicator_path: 'threat.indicator',
    threat_mapping: matches.map(([field, value]) => ({ entries: [{ field, type: 'mapping', value }] })),
    actions: [],
    exceptions_list: [],
    false_positives: [],
    references: [],
    threat: [],
  };
}

const phrase = (key: string, value: string): Json => ({
  $state: { store: 'appState' },
  meta: { disabled: false, key, negate: false, params: { query: value }, type: 'phrase' },
  query: { match_phrase: { [key]: value } },
});

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
