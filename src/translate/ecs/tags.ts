// What tags say: TLP, confidence, and from galaxies techniques, software and groups. Tags of one event are read once.
import { tlpName } from '../../records/tlp.ts';
import type { RecordTag } from '../../records/record.ts';
import type { Json } from './fields.ts';

export interface TagFields {
  /** Names, without quotes and backslashes, as Elastic's integration has them. */
  names: string[];
  /** Levels in upper case, such as `AMBER+STRICT`; empty without any. */
  tlp: string[];
  /** `2.0` when a level is known to that version alone. */
  tlpVersion: string | null;
  confidence: string | null;
  /** Below `threat`: technique, tactic, software, group. */
  threat: Json;
}

const QUOTED = /^misp-galaxy:([^=]+)="(.+)"$/s;
const MITRE_ID = /^(.*?)\s+-\s+([A-Z]{1,4}\d{4}(?:\.\d{3})?)$/s;
const ATTACK = /(?:^|-)attack-pattern$/;
/** What kind of software a galaxy lists (ECS `threat.software.type`). */
const SOFTWARE: Record<string, 'Malware' | 'Tool'> = {
  malpedia: 'Malware',
  'mitre-malware': 'Malware',
  'mitre-tool': 'Tool',
  ransomware: 'Malware',
  rat: 'Malware',
  backdoor: 'Malware',
  botnet: 'Malware',
  banker: 'Malware',
  stealer: 'Malware',
  'exploit-kit': 'Malware',
  cryptominers: 'Malware',
  stalkerware: 'Malware',
  android: 'Malware',
  tool: 'Tool',
};
const GROUPS = new Set(['threat-actor', 'mitre-intrusion-set', 'microsoft-activity-group', '360net-threat-actor']);

/** MISP's own taxonomies of confidence, in the words of ECS. */
const CONFIDENCE: Record<string, string> = {
  'misp:confidence-level="completely-confident"': 'High',
  'misp:confidence-level="usually-confident"': 'High',
  'misp:confidence-level="fairly-confident"': 'Medium',
  'misp:confidence-level="rarely-confident"': 'Low',
  'misp:confidence-level="unconfident"': 'None',
  'misp:confidence-level="confidence-cannot-be-evalued"': 'Not Specified',
  'estimative-language:confidence-in-analytic-judgment="high"': 'High',
  'estimative-language:confidence-in-analytic-judgment="moderate"': 'Medium',
  'estimative-language:confidence-in-analytic-judgment="low"': 'Low',
  'admiralty-scale:information-credibility="1"': 'High',
  'admiralty-scale:information-credibility="2"': 'High',
  'admiralty-scale:information-credibility="3"': 'Medium',
  'admiralty-scale:information-credibility="4"': 'Low',
  'admiralty-scale:information-credibility="5"': 'Low',
  'admiralty-scale:information-credibility="6"': 'Not Specified',
};

/** The attribute's own tags come first: they are closer to it. */
export function tagFields(own: readonly RecordTag[], ofEvent: readonly RecordTag[]): TagFields {
  const names = [...new Set([...own, ...ofEvent].map(({ name }) => name))];
  const tlp = [...new Set(names.flatMap((name) => tlpName(name) ?? []))].map((level) => level.toUpperCase());
  return {
    names: names.map((name) => name.replace(/["\\]/g, '')),
    tlp,
    tlpVersion: tlp.some((level) => level === 'CLEAR' || level === 'AMBER+STRICT') ? '2.0' : null,
    confidence: names.map((name) => CONFIDENCE[name.toLowerCase()]).find((each) => each !== undefined) ?? null,
    threat: threatOf(names),
  };
}

const TECHNIQUES = 'https://attack.mitre.org/techniques/';

interface Named {
  ids: string[];
  names: string[];
  references: string[];
}
const nothing = (): Named => ({ ids: [], names: [], references: [] });

function threatOf(names: readonly string[]): Json {
  const technique = nothing();
  const subtechnique = nothing();
  const software = { ...nothing(), types: new Set<string>() };
  const group = nothing();
  for (const name of names) {
    const [, galaxy = '', cluster = ''] = QUOTED.exec(name) ?? [];
    if (galaxy === '') continue;
    const [, title = cluster, id] = MITRE_ID.exec(cluster) ?? [];
    if (ATTACK.test(galaxy) && id !== undefined) {
      const [parent, sub] = id.split('.') as [string, string?];
      if (sub === undefined) add(technique, title, id, `${TECHNIQUES}${id}/`);
      else {
        add(subtechnique, title, id, `${TECHNIQUES}${parent}/${sub}/`);
        add(technique, null, parent, `${TECHNIQUES}${parent}/`); // searches go by the technique; its name is not in the tag
      }
    } else if (SOFTWARE[galaxy] !== undefined) {
      add(software, title, id, id === undefined ? undefined : `https://attack.mitre.org/software/${id}/`);
      software.types.add(SOFTWARE[galaxy]);
    } else if (GROUPS.has(galaxy)) {
      add(group, title, id, id === undefined ? undefined : `https://attack.mitre.org/groups/${id}/`);
    }
  }
  const techniques = { ...fieldsOf(technique), ...keyed('subtechnique', fieldsOf(subtechnique)) };
  const [type, ...others] = software.types;
  return {
    ...(Object.keys(techniques).length > 0 ? { framework: 'MITRE ATT&CK', technique: techniques } : {}),
    // ECS has one type for all of them.
    ...keyed('software', { ...fieldsOf(software), ...(type !== undefined && others.length === 0 ? { type } : {}) }),
    ...keyed('group', fieldsOf(group)),
  };
}

function add({ ids, names, references }: Named, name: string | null, id?: string, reference?: string): void {
  if (name !== null && !names.includes(name)) names.push(name);
  if (id !== undefined && !ids.includes(id)) ids.push(id);
  if (reference !== undefined && !references.includes(reference)) references.push(reference);
}

const fieldsOf = ({ ids, names, references }: Named): Json => ({
  ...(ids.length > 0 ? { id: ids } : {}),
  ...(names.length > 0 ? { name: names } : {}),
  ...(references.length > 0 ? { reference: references } : {}),
});

const keyed = (key: string, value: Json): Json => (Object.keys(value).length > 0 ? { [key]: value } : {});
