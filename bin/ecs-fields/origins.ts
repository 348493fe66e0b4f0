// Where the value of a field comes from. The longest name that a field begins with says it.

/** The page adds of which types. */
export const BY_TYPE = 'the value of';

export const ORIGINS: readonly (readonly [prefix: string, origin: string])[] = [
  ['@timestamp', 'by `time:` the timestamp of the attribute, the publication of its event, or the time of reading'],
  ['ecs.version', 'the version of ECS'],
  ['tags', '`tags:`, then those of the attribute, then those of its event'],
  [
    'error.message',
    'what could not be parsed, and which field is left out for it; the value itself is in `misp.attribute.value`',
  ],
  ['event.created', 'the time of reading'],
  ['event.ingested', 'the time of sending'],
  ['event.original', 'the row of MISP, with `preserveOriginal: true`'],
  ['event.dataset', '`ti_misp.threat` in feeds with `endpoint: events`, otherwise `ti_misp.threat_attributes`'],
  ['event', "constant, as Elastic's rules expect it"],
  ['data_stream.type', '`logs`'],
  ['data_stream.dataset', 'as `event.dataset`'],
  ['data_stream.namespace', '`namespace:`'],
  ['threat.framework', '`MITRE ATT&CK`, where there is a technique'],
  ['threat.feed.name', '`feedName:`'],
  ['threat.feed.dashboard_id', 'our overview'],
  ['threat.feed.reference', 'the address of the MISP'],
  ['threat.technique', 'galaxy tags of attack patterns'],
  ['threat.software', 'galaxy tags of malware and tools'],
  ['threat.group', 'galaxy tags of actors, and values of type `threat-actor`'],
  ['threat.indicator.type', 'the type of the attribute (above)'],
  ['threat.indicator.name', 'the value as MISP has it, of every type'],
  ['threat.indicator.description', 'the comment of the attribute'],
  ['threat.indicator.provider', 'the organisation that created the event; `misp` where MISP does not say'],
  ['threat.indicator.reference', 'the link to the event in MISP'],
  ['threat.indicator.confidence', 'taxonomy tags of confidence'],
  ['threat.indicator.first_seen', '`first_seen`'],
  ['threat.indicator.last_seen', '`last_seen`'],
  ['threat.indicator.modified_at', '`timestamp` of the attribute'],
  ['threat.indicator.marking.tlp', 'TLP tags of the attribute and its event, in upper case'],
  ['threat.indicator.marking.tlp_version', '`2.0`, where a level is known to that version alone'],
  ['threat.indicator.ip_range', 'the value, where it is a network and not one address'],
  ['threat.indicator', BY_TYPE],
  ['user_agent', BY_TYPE],
  ['vulnerability', BY_TYPE],
  ['tls', BY_TYPE],
  ['related', 'the value, and those of the same object'],
  ['user', 'the creator of the event, where MISP shows it'],
  ['organization', 'the organisation that owns the event'],
  ['misp_relay.withdrawn', 'why the attribute no longer counts'],
  ['misp_relay', 'which feed and source brought it, in which version, and when MISP was read'],
  ['misp.attribute.decay', "MISP's scores, with `includeDecayScore: true`, and `expireAfter`"],
  ['misp.attribute.data', 'the attachment, with `attachments: true`'],
  ['misp.attribute', 'the attribute as MISP has it'],
  ['misp.context', 'some other attributes of the event, in feeds with `endpoint: events`'],
  ['misp.event', 'the event, as MISP has it'],
  ['misp.object', 'the object that the attribute is part of, as MISP has it'],
  ['misp.orgc', 'the organisation that created the event'],
  ['misp.org', 'the organisation that owns the event, in feeds with `endpoint: events`'],
];

export function originOf(field: string): string {
  const fits = ORIGINS.filter(([prefix]) => field.startsWith(prefix));
  const [, origin] = fits.sort(([a], [b]) => b.length - a.length)[0] ?? [];
  if (origin === undefined) throw new Error(`bin/ecs-fields/origins.ts does not say where ${field} comes from`);
  return origin;
}
