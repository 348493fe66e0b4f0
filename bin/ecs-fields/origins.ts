// Where the value of a field comes from. The longest name that a field begins with says it.
export const ORIGINS: readonly (readonly [prefix: string, origin: string])[] = [
  ['@timestamp', 'by `time:` the timestamp of the attribute, the publication of its event, or the time of reading'],
  ['ecs.version', 'the version of ECS'],
  ['tags', '`tags:`, then those of the attribute, then those of its event'],
  ['error.message', 'what of the value could not be parsed; the value itself is in `misp.attribute.value`'],
  ['event.created', 'the time of reading'],
  ['event.ingested', 'the time of sending'],
  ['event.original', 'the row of MISP, with `preserveOriginal: true`'],
  ['event', 'constant, as Elastic’s rules expect it'],
  ['data_stream', 'the data stream by kind of reading and `namespace:`'],
  ['threat.framework', '`MITRE ATT&CK`, where there is a technique'],
  ['threat.feed.name', '`feedName:`'],
  ['threat.feed.dashboard_id', 'our overview'],
  ['threat.feed.reference', 'the address of the MISP'],
  ['threat.technique', 'galaxy tags of attack patterns'],
  ['threat.software', 'galaxy tags of malware and tools'],
  ['threat.group', 'galaxy tags of actors, and values of type `threat-actor`'],
  ['threat.indicator.type', 'the type of the attribute (above)'],
  ['threat.indicator.name', 'the value'],
  ['threat.indicator.description', 'the comment of the attribute'],
  ['threat.indicator.provider', 'the organisation that created the event'],
  ['threat.indicator.reference', 'the link to the event in MISP'],
  ['threat.indicator.confidence', 'taxonomy tags of confidence'],
  ['threat.indicator.first_seen', '`first_seen`'],
  ['threat.indicator.last_seen', '`last_seen`'],
  ['threat.indicator.modified_at', '`timestamp` of the attribute'],
  ['threat.indicator.marking', 'TLP tags, the strictest kind included'],
  ['threat.indicator', 'the value, by its type (above)'],
  ['user_agent', 'the value, by its type (above)'],
  ['vulnerability', 'the value, by its type (above)'],
  ['tls', 'the value, by its type (above)'],
  ['related', 'the value, and those of the same object'],
  ['user', 'the creator of the event, where MISP shows it'],
  ['organization', 'the organisation that owns the event'],
  ['misp_relay.withdrawn', 'why the attribute no longer counts'],
  ['misp_relay', 'the feed, and the delivery'],
  ['misp.attribute.decay', 'MISP’s scores, with `includeDecayScore`, and `expireAfter`'],
  ['misp.attribute.data', 'the attachment, with `attachments: true`'],
  ['misp.attribute', 'the attribute as MISP has it'],
  ['misp.context', 'other attributes of the event, in feeds with `endpoint: events`'],
  ['misp.event', 'its event'],
  ['misp.object', 'its object'],
  ['misp.org', 'the organisation that owns the event, and with a `c` the one that created it'],
];

export function originOf(field: string): string {
  const fits = ORIGINS.filter(([prefix]) => field.startsWith(prefix));
  const [, origin] = fits.sort(([a], [b]) => b.length - a.length)[0] ?? [];
  if (origin === undefined) throw new Error(`bin/ecs-fields/origins.ts does not say where ${field} comes from`);
  return origin;
}
