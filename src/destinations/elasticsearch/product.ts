// Who answers at the address.
import { type Block, blockOf, type Target, wrongUrl } from './blocks.ts';
import type { Problem } from './check-findings.ts';
import type { ElasticsearchClient } from './client.ts';
import { saidBy } from './reply.ts';

export interface Product {
  /** For people, with its version where it says it. */
  name: string;
  isOpenSearch: boolean;
}

/** Throws HttpFailure, and PermanentError as the client does. */
export async function productOf({
  client,
  target,
  signal,
}: {
  client: ElasticsearchClient;
  target: Target;
  signal: AbortSignal;
}): Promise<Product | Problem> {
  const reply = await client.get('/', signal);
  const { status, json, error, branded, host } = reply;
  if (status === 401) return problemOf(blockOf(status, error ?? NONE, host, target)!);
  const version = (json?.['version'] ?? {}) as Record<string, unknown>;
  const number = typeof version['number'] === 'string' ? ` ${version['number']}` : '';
  if (status === 200 && version['distribution'] === 'opensearch') {
    return { name: `OpenSearch${number}`, isOpenSearch: true };
  }
  if (status === 200 && version['build_flavor'] === 'serverless') return elasticsearch('Elasticsearch Serverless');
  // Without the privilege `monitor` it does not say what it is, and its minimal distribution never does (405).
  if (branded && [200, 403, 405].includes(status)) {
    return elasticsearch(`an Elasticsearch${status === 200 ? number : ''}`);
  }
  if (status === 403 && error?.type === 'security_exception') return elasticsearch('an Elasticsearch or OpenSearch');
  if (status === 429 || status === 408 || status >= 500) {
    return {
      code: 'ELASTICSEARCH_UNAVAILABLE',
      message: `${host} cannot work now (${saidBy(status, error)}): look at the cluster`,
    };
  }
  return problemOf(wrongUrl(reply, host));
}

const NONE = { type: '', reason: '', causes: [] };
const elasticsearch = (name: string): Product => ({ name, isOpenSearch: false });
const problemOf = ({ code, message }: Block): Problem => ({ code, message });
