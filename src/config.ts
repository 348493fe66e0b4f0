// The only reader of the environment and of the config file. It is read once, at the edge, and handed down.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { readYaml, type Problem, type SourceText } from './config/document.ts';
import { configFromEnv, NOTHING_CONFIGURED, VARIABLES } from './config/from-env.ts';
import { notThereYet } from './config/later.ts';
import { keysAt, lineFor, problemsOf, suggestion } from './config/problems.ts';
import { resolveReferences, type Env } from './config/references.ts';
import { schema, type FeedConfig, type ParsedConfig, type SourceConfig, type TemporalConfig } from './config/schema.ts';
import { destinationKinds } from './destinations/registry.ts';
import type { DestinationKind } from './destinations/destination.ts';
import { ConfigError } from './errors.ts';
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
  proxy: string | undefined;
  sources: Record<string, SourceConfig>;
  destinations: Record<string, DestinationConfig>;
  feeds: Record<string, FeedConfig>;
}

const FILE = 'relay.yaml';
const LOG_LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'];

export const processEnv = (): Env => process.env;

/**
 * From `path`, from relay.yaml in the folder, or from the environment alone. Throws ConfigError with one line for each
 * problem, before anything is started.
 */
export function loadConfig({ path, env, cwd }: { path?: string | undefined; env: Env; cwd: string }): RelayConfig {
  const { source, folder } = sourceOf(path, env, cwd);
  const { value, problems: missing } =
    source.name === 'environment' ? { value: source.value, problems: [] } : resolveReferences(source.value, env);
  const later = notThereYet(value);
  const parsed = schema.safeParse(value);
  const problems = [...missing, ...later];
  if (!parsed.success)
    problems.push(
      ...problemsOf(parsed.error, (at) => keysAt(schema, at)).filter((problem) => !isAmong(problem, problems)),
    );
  const destinations: Record<string, DestinationConfig> = {};
  if (parsed.success && later.length === 0)
    problems.push(...destinationProblems(parsed.data, destinations), ...wiringProblems(parsed.data));
  if (problems.length > 0 || !parsed.success)
    throw new ConfigError(problems.map((problem) => lineFor(source, named(source, problem))));
  const { data } = parsed;
  const storePath = data.store.slice('sqlite:'.length);
  return {
    name: source.name,
    folder,
    dataDir: dirname(resolve(folder, storePath === ':memory:' ? './data/relay.db' : storePath)),
    storePath: storePath === ':memory:' ? storePath : resolve(folder, storePath),
    temporal: data.temporal ?? (env['TEMPORAL_ADDRESS'] ? temporalFromEnv(env) : null),
    logLevel: data.logLevel ?? logLevelOf(env),
    proxy: env['HTTPS_PROXY'] || env['https_proxy'] || undefined,
    sources: data.sources,
    destinations,
    feeds: data.feeds,
  };
}

function sourceOf(path: string | undefined, env: Env, cwd: string): { source: SourceText; folder: string } {
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
    return { source, folder: dirname(file) };
  }
  const value = configFromEnv(env);
  if (!value) throw new ConfigError(NOTHING_CONFIGURED);
  return { source: { name: 'environment', value, lineOf: () => undefined }, folder: cwd };
}

/** Each destination's block is checked by the schema of its kind. */
function destinationProblems({ destinations }: ParsedConfig, made: Record<string, DestinationConfig>): Problem[] {
  const kinds = destinationKinds as readonly DestinationKind[];
  return Object.entries(destinations).flatMap(([name, { type, ...block }]): Problem[] => {
    const path = ['destinations', name];
    const kind = kinds.find((known) => known.type === type);
    if (!kind) {
      const known = kinds.map((each) => each.type);
      return [{ path: [...path, 'type'], message: `${type} is not known${suggestion(type, known)}` }];
    }
    const parsed = kind.options.safeParse(block);
    if (!parsed.success) return problemsOf(parsed.error, (at) => keysAt(kind.options, at.slice(path.length)), path);
    made[name] = { kind, options: parsed.data };
    return [];
  });
}

/** Feeds must name sources and destinations that are there; there must be something to do. */
function wiringProblems({ feeds, sources, destinations }: ParsedConfig): Problem[] {
  const problems: Problem[] = [];
  const check = (feed: string, key: 'source' | 'destination', name: string, known: object): void => {
    if (name in known) return;
    problems.push({
      path: ['feeds', feed, key],
      message: `${name} is not among the ${key}s${suggestion(name, Object.keys(known))}`,
    });
  };
  for (const [name, feed] of Object.entries(feeds)) {
    check(name, 'source', feed.source, sources);
    check(name, 'destination', feed.destination, destinations);
    if (feed.renamedFrom !== undefined && feed.renamedFrom in feeds) {
      problems.push({
        path: ['feeds', name, 'renamedFrom'],
        message: `${feed.renamedFrom} is still a feed of its own`,
      });
    }
  }
  if (Object.keys(feeds).length === 0) problems.push({ path: ['feeds'], message: 'is empty: name at least one feed' });
  return problems;
}

const isAmong = ({ path }: Problem, others: readonly Problem[]): boolean =>
  others.some((other) => other.path.join('.') === path.join('.'));

/** In the environment a problem is named by its variable. */
function named(source: SourceText, problem: Problem): Problem {
  const variable = source.name === 'environment' ? VARIABLES[problem.path.join('.')] : undefined;
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
