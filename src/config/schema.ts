// The shape of relay.yaml. Unknown keys are errors: a typo must never be a setting that silently does nothing.
import { Cron } from 'croner';
import { z } from 'zod';
import { durationOf, timeOf } from '../core/times.ts';
import { decay, expireAfter } from './lifetime.ts';
import { filterSchema } from '../misp/query.ts';
import { address, duration, secret, secretUrl, tls, url } from '../options.ts';

const INTERVAL_SECONDS_MIN = 10;
const HEALTH_ADDRESS = { host: '127.0.0.1', port: 9464 };
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;
const names = z.string().regex(NAME, 'is no name: letters, digits and . _ -, at most 60');

const source = z.strictObject({
  type: z.literal('misp').default('misp'),
  url,
  apiKey: secret,
  tls: tls.optional(),
  pageSize: z.int().min(10).max(5_000).optional(),
  lookback: duration.optional(),
  timeout: duration.refine((seconds) => seconds >= 1, 'is too short: at least 1s').optional(),
});

const interval = z
  .union([z.string(), z.number()])
  .refine(
    (given) => (typeof given === 'number' ? given : (durationOf(given) ?? -1)) >= 0,
    'is no time span: write 30s, 5m or 1h',
  )
  .refine(
    (given) =>
      (typeof given === 'number' ? given : (durationOf(given) ?? INTERVAL_SECONDS_MIN)) >= INTERVAL_SECONDS_MIN,
    `is too short: at least ${INTERVAL_SECONDS_MIN}s`,
  )
  .transform((given) => (typeof given === 'number' ? given : durationOf(given)!));

/** What Temporal takes: no `L`, `W`, `#`, `?` or `@hourly`, which other readers of cron know. */
const CRON = /^(?:[\d*\/,\s-]|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)\b)+$/i;

const cron = z.string().transform((given, context): string => {
  try {
    if (!CRON.test(given)) throw new Error('not for Temporal');
    new Cron(given, { paused: true, mode: '5-part' });
    return given;
  } catch {
    const message = 'is no cron expression: five fields, minute hour day month weekday, such as "*/5 * * * *"';
    context.issues.push({ code: 'custom', message, input: given });
    return z.NEVER;
  }
});

const inTheFuture = (given: string | number): boolean =>
  (timeOf(given, Math.floor(Date.now() / 1000)) ?? 0) > Math.floor(Date.now() / 1000);

const since = z
  .union([z.string(), z.number()])
  .refine(
    (given) => timeOf(given, 2 ** 31) !== undefined,
    'is no time: write 30d, an ISO date, epoch seconds, or 0 for everything',
  )
  .refine((given) => !inTheFuture(given), 'lies in the future');

const translate = z.strictObject({
  constants: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  rename: z.record(z.string(), z.string().min(1)).optional(),
  drop: z.array(z.string()).optional(),
  module: z.string().optional(),
});

const feed = z
  .strictObject({
    source: names,
    destination: names,
    endpoint: z.enum(['attributes', 'events']).default('attributes'),
    contextAttributes: z.int().min(0).max(100).default(10),
    interval: interval.optional(),
    cron: cron.optional(),
    since: since.default('30d'),
    filter: filterSchema.prefault({}),
    attachments: z.boolean().default(false),
    expireAfter: expireAfter.optional(),
    includeDecayScore: z.boolean().default(false),
    excludeDecayed: z.boolean().default(false),
    decay: decay.prefault({}),
    translate: translate.default({}),
    renamedFrom: names.optional(),
  })
  .refine(
    (given) => !(given.interval !== undefined && given.cron !== undefined),
    'has both interval and cron: choose one',
  );

const temporal = z.strictObject({
  address: z.string().min(1),
  namespace: z.string().min(1).default('default'),
  taskQueue: z.string().min(1).default('misp-relay'),
  apiKey: secret.optional(),
  tls: z.union([z.boolean(), tls]).optional(),
});

const health = z.union([
  z.literal('off').transform(() => ({ address: null })),
  z.strictObject({ address: address.default(HEALTH_ADDRESS) }),
]);

const atLeastAMinute = duration.refine((seconds) => seconds >= 60, 'is too short: at least 1m');

const alerts = z.strictObject({
  webhook: secretUrl.optional(),
  maxLag: atLeastAMinute.optional(),
  repeat: atLeastAMinute.default(4 * 3_600),
});

/** A destination's own block is checked by its own schema; here only that it names a type. */
const destination = z.looseObject({ type: z.string('is missing') });

export const schema = z.strictObject({
  version: z.literal(1, 'must be 1'),
  store: z
    .string()
    .regex(/^sqlite:.+/, 'must be sqlite:PATH')
    .default('sqlite:./data/relay.db'),
  temporal: temporal.optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).optional(),
  health: health.prefault({}),
  alerts: alerts.prefault({}),
  sources: z.record(names, source),
  destinations: z.record(names, destination),
  feeds: z.record(names, feed),
});

export type ParsedConfig = z.infer<typeof schema>;
export type SourceConfig = z.infer<typeof source>;
export type FeedConfig = z.infer<typeof feed>;
export type HealthConfig = z.infer<typeof health>;
export type AlertsConfig = z.infer<typeof alerts>;
export type TranslateConfig = z.infer<typeof translate>;
export type TemporalConfig = z.infer<typeof temporal>;
