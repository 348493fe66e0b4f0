// The `elasticsearch` block of the config.
import { z } from 'zod';
import { duration, secret, tls, url } from '../../options.ts';
import { urlOfCloudId } from './cloud-id.ts';

/** What Elasticsearch takes by default is 100 MB, and 10 MiB on small managed nodes (elasticsearch-bulk 2.1). */
const BODY_BYTES_HARD_MAX = 50_000_000;
const NAME_BYTES_MAX = 100;

const cloudId = z.string().refine((given) => urlOfCloudId(given) !== null, {
  message: 'is no cloud id: copy it from the page of the deployment, with its name in front',
});

/** Part of the names of indices and data streams; a `-` would begin another part. */
const namespace = z
  .string()
  .refine((given) => given !== '' && given === given.toLowerCase() && !/[-\\/*?"<>| ,#:]/.test(given), {
    message: 'is no namespace: lower case, and none of - \\ / * ? " < > | , # : or a blank',
  })
  .refine((given) => Buffer.byteLength(given) <= NAME_BYTES_MAX, { message: 'is longer than 100 bytes' });

/** Of an index or an alias. */
const indexName = z
  .string()
  .regex(/^(?![-_+.])[^\\/*?"<>| ,#:A-Z]+$/, 'is no name of an alias: lower case, none of \\ / * ? " < > | , # :');

/** `:` between two digits each, as openssl and Elasticsearch print it, or none; in lower case without them. */
const fingerprint = z
  .string()
  .transform((given) => given.replaceAll(':', '').toLowerCase())
  .refine((given) => /^[0-9a-f]{64}$/.test(given), { message: 'is no SHA-256 fingerprint: 64 hexadecimal digits' });

export const elasticsearchOptions = z
  .strictObject({
    url: url.optional(),
    nodes: z.array(url).min(1).optional(),
    cloudId: cloudId.optional(),
    /** `id:key`, or both encoded in one, as Kibana shows it. */
    apiKey: secret.optional(),
    username: z.string().min(1).optional(),
    password: secret.optional(),
    bearer: secret.optional(),
    tls: tls.optional(),
    caFingerprint: fingerprint.optional(),
    mode: z.enum(['index', 'data_stream']).default('index'),
    namespace: namespace.default('default'),
    /** Mode `index` only. Left out: delete. */
    onWithdraw: z.enum(['delete', 'mark']).optional(),
    /** Mode `index` only. Left out: `misp-relay-write-<namespace>`. */
    alias: indexName.optional(),
    /** Whether `up` puts templates, index and alias there, or somebody by the command. */
    install: z.enum(['auto', 'manual']).default('auto'),
    pipeline: z.string().min(1).optional(),
    feedName: z.string().min(1).default('MISP'),
    time: z.enum(['attribute', 'publish', 'observed']).default('attribute'),
    /** Left out: those of Elastic's integration. */
    tags: z.array(z.string().min(1)).optional(),
    preserveOriginal: z.boolean().default(false),
    /** Of the uncompressed body. */
    batchBytes: z.int().min(10_000).max(BODY_BYTES_HARD_MAX).default(5_000_000),
    batchRecords: z.int().min(1).max(5_000).default(1_000),
    concurrency: z.int().min(1).max(16).default(2),
    /** Seconds, for one whole answer. */
    timeout: duration.refine((seconds) => seconds >= 1, { message: 'is too short: at least 1s' }).default(120),
    gzip: z.boolean().default(true),
  })
  .superRefine((given, context) => {
    const refuse = (key: keyof typeof given, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message });
    const places = (['url', 'nodes', 'cloudId'] as const).filter((key) => given[key] !== undefined);
    if (places.length === 0) refuse('url', 'is missing: write url, nodes or cloudId');
    if (places.length > 1) refuse(places[1]!, `stands beside ${places[0]!}: write one of them`);
    const ways = (['apiKey', 'username', 'bearer'] as const).filter((key) => given[key] !== undefined);
    if (ways.length > 1) refuse(ways[1]!, `stands beside ${ways[0]!}: write one of them`);
    if ((given.username === undefined) !== (given.password === undefined)) {
      refuse(given.username === undefined ? 'username' : 'password', 'is missing: username and password go together');
    }
    if (given.mode === 'data_stream') {
      const why = 'is for mode index: a data stream only ever grows';
      if (given.onWithdraw !== undefined) refuse('onWithdraw', why);
      if (given.alias !== undefined) refuse('alias', why);
    }
    if (given.caFingerprint !== undefined) {
      const plain = nodeUrls(given).some((node) => !node.startsWith('https:'));
      if (given.tls?.insecure || given.tls?.ca !== undefined)
        refuse('caFingerprint', 'needs neither tls.ca nor insecure');
      if (plain) refuse('caFingerprint', 'is for https:// only');
    }
  });

export type ElasticsearchOptions = z.output<typeof elasticsearchOptions>;

/** Where the nodes are. */
export function nodeUrls(given: Pick<ElasticsearchOptions, 'url' | 'nodes' | 'cloudId'>): string[] {
  if (given.nodes) return [...new Set(given.nodes)];
  if (given.url !== undefined) return [given.url];
  const cloud = given.cloudId === undefined ? null : urlOfCloudId(given.cloudId);
  return cloud === null ? [] : [cloud];
}
