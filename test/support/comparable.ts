// Two documents of one attribute are the same when nothing differs that a delivery may change without the content.
type Json = Record<string, unknown>;

/** Of each delivery anew, of the instance, or left out of the digest on purpose since it changes without the content (records/digest.ts). */
const OF_THE_DELIVERY: Record<string, readonly string[]> = {
  event: ['ingested', 'created'],
  'misp.attribute': ['id', 'event_id', 'disable_correlation'],
  'misp.event': ['id', 'timestamp', 'publish_timestamp', 'published', 'attribute_count'],
  misp_relay: ['seq', 'delivery_id', 'observed_at'],
};

export function comparable(document: Json | undefined): Json | undefined {
  if (!document) return undefined;
  const copy = structuredClone(document);
  for (const [path, names] of Object.entries(OF_THE_DELIVERY)) {
    const place = path.split('.').reduce<Json | undefined>((at, name) => at?.[name] as Json | undefined, copy);
    if (place) for (const name of names) delete place[name];
  }
  // MISP gives tags in no particular order; the link leads to the event by its id.
  (copy['tags'] as string[] | undefined)?.sort();
  return copy;
}
