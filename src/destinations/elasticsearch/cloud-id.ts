// The cloud id of a deployment: `label:base64(host[:port]$elasticsearch[:port]$kibana[:port])`. Pure.

/** The URL of its Elasticsearch; null when it is no cloud id. The label may hold colons, and a port of its own goes before the common one. */
export function urlOfCloudId(cloudId: string): string | null {
  const encoded = cloudId.slice(cloudId.lastIndexOf(':') + 1).trim();
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return null;
  const [where = '', elasticsearch = ''] = Buffer.from(encoded, 'base64').toString('utf8').split('$');
  const [, domain, commonPort] = NAME.exec(where) ?? [];
  const [, id, ownPort] = NAME.exec(elasticsearch) ?? [];
  if (domain === undefined || id === undefined) return null;
  return `https://${id}.${domain}:${ownPort ?? commonPort ?? '443'}`;
}

const NAME = /^([\w-][\w.-]*)(?::(\d{1,5}))?$/;
