// The `splunk-hec` block of the config.
import { z } from 'zod';
import { duration, secret, tls, url } from '../../options.ts';

const BODY_BYTES_HARD_MAX = 2 * 1024 * 1024;
const COLLECTOR = /\/services\/collector(\/event(\/1\.0)?)?$/;

/** With or without the path of the collector, with or without a trailing slash; what stands before it is a proxy's and stays. */
const hecUrl = url
  .refine((given) => !/\/services\/collector\/(raw|s2s|mint)/.test(given), {
    message: 'names another endpoint of Splunk: leave the path out',
  })
  .transform((given) => given.replace(COLLECTOR, ''));

export const hecOptions = z.strictObject({
  url: hecUrl,
  token: secret,
  /** Left out: the token's default index. */
  index: z.string().min(1).optional(),
  sourcetype: z.string().min(1).default('misp:attribute'),
  /** Left out: `misp:<name of the source>`. */
  source: z.string().min(1).optional(),
  /** Left out: the name of this machine. */
  host: z.string().min(1).optional(),
  time: z.enum(['attribute', 'publish', 'observed']).default('attribute'),
  ack: z.enum(['auto', 'required', 'off']).default('auto'),
  /** Seconds. */
  ackTimeout: duration.default(300),
  /** Of the uncompressed body. Splunk's own limit was 1,000,000 for years, and that of Cloud is said to be 1 MB (splunk-hec 3.4). */
  batchBytes: z.int().min(10_000).max(BODY_BYTES_HARD_MAX).default(1_000_000),
  batchRecords: z.int().min(1).max(10_000).default(1_000),
  concurrency: z.int().min(1).max(16).default(3),
  gzip: z.boolean().default(true),
  /** One event `misp:relay` after each poll. */
  heartbeat: z.boolean().default(false),
  tls: tls.optional(),
});

export type HecOptions = z.output<typeof hecOptions>;
