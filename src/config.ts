// The only reader of the environment and of the config file. It is read once, at the edge, and handed down.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { readYaml, type Path, type Problem, type SourceText } from './config/document.ts';
import { configFromEnv, NOTHING_CONFIGURED, VARIABLES } from './config/from-env.ts';
import { notThereYet } from './config/later.ts';
import { keysAt, lineFor, problemsOf, suggestion } from './config/problems.ts';
import { proxyOf } from './config/proxy.ts';
import { resolveReferences, type Env } from './config/references.ts';
import {
  schema,
  type AlertsConfig,
  type FeedConfig,
  type HealthConfig,
  type ParsedConfig,
  type SourceConfig,
  type TemporalConfig,
} from './config/schema.ts';
import { destinationKinds } from './destinations/registry.ts';
import type { DestinationKind } from './destinations/destination.ts';
import { ConfigError } from './errors.ts';
import { Secret } from './options.ts';
import type { LogLevel } from './log.ts';

export type { FeedConfig, SourceConfig, TemporalConfig, TranslateConfig } from './config/schema.ts';

export interface DestinationConfig {
  kind: DestinationKind;
  /** What the kind's own schema made of the block. */
  options: unknown;
}

export interface RelayConfig {
  /** For messages: where it came from. */
  name: string;
  /** Relative paths of the config start here. */
  folder: string;
  /** Where the embedded server and the store keep their data. */
  dataDir: string;
  storePath: string;
  /** Null: the embedded server. */
  temporal: TemporalConfig | null;
  logLevel: LogLevel;
  /** Where /healthz and /metrics are; null: nowhere. */
  health: HealthConfig;
  alerts: AlertsConfig;
  /** The proxy for a URL, from HTTPS_PROXY and NO_PROXY; undefined: none. */
  proxyFor(url: string): string | undefined;
  sources: Record<string, SourceConfig>;
  destinations: Record<string, DestinationConfig>;
  feeds: Record<string, FeedConfig>;
  /** For problems that are found later: a line that names file, line and key. */
  complain(path: Path, message: string): string;
}

const FILE = 'relay.yaml';
const LOG_LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'];

export const processEnv = (): Env => process.env;

/**
 * From `path`, from relay.yaml in the folder, or from the environment alone. Throws ConfigError with one line for each
 * problem, before anything is started.
 */
export function loadConfig({ path, env, cwd }: { path?: string | undefined; env: Env; cwd: string }): RelayConfig {
  const { source, folder, fromEnv } = sourceOf(path, env, cwd);
  const { value, problems: missing } = fromEnv
    ? { value: source.value, problems: [] }
    : resolveReferences(source.value, env);
  const later = notThereYet(value);
  const parsed = schema.safeParse(value);
  const problems = [...missing, ...later];
  /** What has its reason already gets no second one. */
  const add = (more: readonly Problem[]): void => {
    problems.push(...more.filter((problem) => !isAmong(problem, problems)));
  };
  if (!parsed.success) add(problemsOf(parsed.error, value, (at) => keysAt(schema, at)));
  const destinations: Record<string, DestinationConfig> = {};
  if (parsed.success && later.length === 0) {
    add(destinationProblems(parsed.data, destinations));
    add(wiringProblems(parsed.data));
    add(secretProblems({ ...parsed.data, destinations }, folder));
  }
  if (problems.length > 0 || !parsed.success)
    throw new ConfigError(problems.map((problem) => lineFor(source, fromEnv ? named(problem) : problem)));
  const { data } = parsed;
  const storePath = data.store.slice('sqlite:'.length);
  return {
    name: source.name,
    folder,
    dataDir: dirname(resolve(folder, storePath === ':memory:' ? './data/relay.db' : storePath)),
    storePath: storePath === ':memory:' ? storePath : resolve(folder, storePath),
    temporal: data.temporal ?? (env['TEMPORAL_ADDRESS'] ? temporalFromEnv(env) : null),
    logLevel: data.logLevel ?? logLevelOf(env),
    health: data.health,
    alerts: data.alerts,
    proxyFor: proxyOf(env),
    sources: data.sources,
    destinations,
    feeds: data.feeds,
    complain: (path, message) => lineFor(source, fromEnv ? named({ path, message }) : { path, message }),
  };
}

interface Found {
  source: SourceText;
  folder: string;
  fromEnv: boolean;
}

function sourceOf(path: string | undefined, env: Env, cwd: string): Found {
  const file = resolve(cwd, path ?? FILE);
  if (path !== undefined || existsSync(file)) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      throw new ConfigError([`${path ?? FILE} cannot be read: mind the path, or copy relay.example.yaml to it`]);
    }
    const { source, problems } = readYaml(basename(file), text);
    if (problems.length > 0) throw new ConfigError(problems.map((problem) => lineFor(source, problem)));
    return { source, folder: dirname(file), fromEnv: false };
  }
  const value = configFromEnv(env);
  if (!value) throw new ConfigError(NOTHING_CONFIGURED);
  return { source: { name: 'environment', value, lineOf: () => undefined }, folder: cwd, fromEnv: true };
}

/** Each destination's block is checked by the schema of its kind. */
function destinationProblems({ destinations }: ParsedConfig, made: Record<string, DestinationConfig>): Problem[] {
  return Object.entries(destinations).flatMap(([name, { type, ...block }]): Problem[] => {
    const path = ['destinations', name];
    const kind = destinationKinds.find((known) => known.type === type);
    if (!kind) {
      const known = destinationKinds.map((each) => each.type);
      return [{ path: [...path, 'type'], message: `${type} is not known${suggestion(type, known)}` }];
    }
    const parsed = kind.options.safeParse(block);
    if (!parsed.success)
      return problemsOf(parsed.error, block, (at) => keysAt(kind.options, at.slice(path.length)), path);
    made[name] = { kind, options: parsed.data };
    return [];
  });
}

/** Feeds must name sources and destinations that are there; there must be something to do. */
function wiringProblems({ feeds, sources, destinations }: ParsedConfig): Problem[] {
  const problems: Problem[] = [];
  const check = (feed: string, key: 'source' | 'destination', name: string, known: object): void => {
    if (Object.hasOwn(known, name)) return;
    problems.push({
      path: ['feeds', feed, key],
      message: `${name} is not among the ${key}s${suggestion(name, Object.keys(known))}`,
    });
  };
  for (const [name, feed] of Object.entries(feeds)) {
    check(name, 'source', feed.source, sources);
    check(name, 'destination', feed.destination, destinations);
    if (feed.renamedFrom !== undefined && Object.hasOwn(feeds, feed.renamedFrom)) {
      problems.push({
        path: ['feeds', name, 'renamedFrom'],
        message: `${feed.renamedFrom} is still a feed of its own`,
      });
    }
  }
  if (Object.keys(feeds).length === 0) problems.push({ path: ['feeds'], message: 'is empty: name at least one feed' });
  return problems;
}

/** Secret files begin at the folder of the config; one that is not there is found now and not at the first poll. */
function secretProblems(value: unknown, folder: string, path: Path = []): Problem[] {
  if (value instanceof Secret) {
    const missing = value.startAt(folder);
    return missing === undefined ? [] : [{ path, message: `the secret file ${missing} is not there: mind the path` }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    // The block of a destination lies under `options` here, and not in the file.
    secretProblems(each, folder, key === 'options' && path[0] === 'destinations' ? path : [...path, key]),
  );
}

const isAmong = ({ path }: Problem, others: readonly Problem[]): boolean =>
  others.some((other) => other.path.join('.') === path.join('.'));

/** In the environment a problem is named by its variable. */
function named(problem: Problem): Problem {
  const variable = VARIABLES[problem.path.join('.')];
  return variable === undefined ? problem : { ...problem, path: [variable] };
}

const temporalFromEnv = (env: Env): TemporalConfig => ({
  address: env['TEMPORAL_ADDRESS']!,
  namespace: env['TEMPORAL_NAMESPACE'] || 'default',
  taskQueue: env['TEMPORAL_TASK_QUEUE'] || 'misp-relay',
});

function logLevelOf(env: Env): LogLevel {
  const level = env['LOG_LEVEL'];
  if (!level) return 'info';
  if (LOG_LEVELS.includes(level)) return level as LogLevel;
  throw new ConfigError([`environment: LOG_LEVEL: ${level} is not known; known here: ${LOG_LEVELS.join(', ')}`]);
}
