// The composition of everything that a config names: clients, destinations, feeds, the store. Made once, closed once.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FeedConfig, RelayConfig, SourceConfig } from './config.ts';
import { lifetimeOf, wantsScores } from './config/lifetime.ts';
import type { Destination, DestinationContext } from './destinations/destination.ts';
import { ConfigError } from './errors.ts';
import { Feeds, type FeedRuntime, type SourceRuntime } from './feeds.ts';
import { HttpClient, type HttpOptions, type TlsOptions } from './http.ts';
import type { Logger } from './log.ts';
import { RelayMetrics, type Peer } from './metrics/metrics.ts';
import { MispClient, type MispVersion } from './misp/client.ts';
import { matches } from './misp/filter.ts';
import { filterDigest } from './misp/query.ts';
import { openSqlite } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { loadShape } from './translate/hook.ts';
import type { Shape } from './translate/shape.ts';
import type { TlsConfig } from './options.ts';
import { toIdsWarnings } from './to-ids.ts';

/** What asks MISP and the destinations; it knows nothing of a store. */
export interface Wiring {
  feeds: Feeds;
  sources: ReadonlyMap<string, SourceRuntime>;
  destinations: ReadonlyMap<string, Destination>;
  close(): Promise<void>;
}

export interface Runtime extends Wiring {
  store: Store;
  metrics: RelayMetrics;
}

/** Who is told of the requests to a source or a destination. */
type Observe = (peer: Peer) => NonNullable<HttpOptions['onRequest']>;

/** For a whole answer. Below the time limit of a fetch, so that a slow page is found out before the attempt ends. */
const MISP_TIMEOUT_SECONDS = 240;

export const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await delay(ms, undefined, signal ? { signal } : undefined);
};

export const every = (ms: number, work: () => void): (() => void) => {
  const timer = setInterval(work, ms);
  return () => clearInterval(timer);
};

/** Reads PEM files and hooks, opens the store. Throws ConfigError and PermanentError STORE_*; then nothing is left open. */
export async function createRuntime(config: RelayConfig, log: Logger): Promise<Runtime> {
  for (const [feed, warning] of toIdsWarnings(config)) log.warn({ feed }, warning);
  const metrics = new RelayMetrics(Object.keys(config.feeds));
  const wiring = await createWiring(config, log, (peer) => metrics.observerOf(peer));
  try {
    const store = openSqlite(config.storePath);
    return {
      ...wiring,
      store,
      metrics,
      close: async () => {
        await wiring.close();
        await store.close();
      },
    };
  } catch (error) {
    await wiring.close();
    throw error;
  }
}

/** Reads PEM files and hooks; asks nobody and writes nothing. Throws ConfigError. */
export async function createWiring(config: RelayConfig, log: Logger, observe?: Observe): Promise<Wiring> {
  const sources = new Map(
    Object.entries(config.sources).map(([name, source]) => [name, sourceRuntime(name, source, config, log, observe)]),
  );
  const destinations = new Map<string, Destination>();
  const feeds: FeedRuntime[] = [];
  for (const [name, { kind, options }] of Object.entries(config.destinations)) {
    destinations.set(name, kind.create(options, destinationContext(name, config, log, observe)));
  }
  for (const [name, feed] of Object.entries(config.feeds)) {
    const destination = destinations.get(feed.destination)!;
    feeds.push(await feedRuntime(name, feed, sources.get(feed.source)!, destination, config));
  }
  return {
    feeds: new Feeds(feeds),
    sources,
    destinations,
    close: async () => {
      await Promise.allSettled([
        ...[...sources.values()].map(({ client }) => client.http.close()),
        ...[...destinations.values()].map((destination) => destination.close()),
      ]);
    },
  };
}

function sourceRuntime(
  name: string,
  source: SourceConfig,
  config: RelayConfig,
  log: Logger,
  observe?: Observe,
): SourceRuntime {
  if (source.tls?.insecure) log.warn({ source: name }, 'the certificate of this MISP is not checked (tls.insecure)');
  const proxy = config.proxyFor(source.url);
  const tls = readTls(config, ['sources', name], source.tls);
  const http = new HttpClient(source.url, {
    ...(proxy === undefined ? {} : { proxy }),
    ...(tls === undefined ? {} : { tls }),
    ...(observe ? { onRequest: observe({ source: name }) } : {}),
    headersTimeoutMs: (source.timeout ?? MISP_TIMEOUT_SECONDS) * 1000,
    totalTimeoutMs: (source.timeout ?? MISP_TIMEOUT_SECONDS) * 1000,
  });
  const client = new MispClient(http, { apiKey: () => source.apiKey.reveal() });
  let version: ReturnType<MispClient['version']> | undefined;
  return {
    name,
    url: source.url,
    client,
    version(signal) {
      version ??= beforeReading(client, signal).catch((error: unknown) => {
        version = undefined; // the next page asks again
        throw error;
      });
      return version;
    },
  };
}

async function beforeReading(client: MispClient, signal: AbortSignal): Promise<MispVersion> {
  const version = await client.version(signal);
  await client.refuseHiddenFilter(signal);
  return version;
}

async function feedRuntime(
  name: string,
  feed: FeedConfig,
  source: SourceRuntime,
  destination: Destination,
  config: RelayConfig,
): Promise<FeedRuntime> {
  const { pageSize, lookback } = config.sources[feed.source]!;
  const { filter, decay } = feed;
  const scores = wantsScores(feed);
  return {
    name,
    source,
    destination,
    endpoint: feed.endpoint,
    filter,
    matches: (record) => matches(filter, record),
    filterDigest: filterDigest(filter),
    reading: {
      ...(pageSize === undefined ? {} : { pageSize }),
      ...(lookback === undefined ? {} : { lookbackSeconds: lookback }),
      attachments: feed.attachments,
      ...(feed.endpoint === 'events' ? { contextAttributes: feed.contextAttributes } : {}),
      ...(scores ? { scores: decay.models ?? [] } : {}),
    },
    lifetime: lifetimeOf(feed, config.destinations[feed.destination]!.kind.expireAfter),
    decayStep: decay.redeliverStep,
    refreshEvery: scores ? decay.refreshEvery : null,
    shape: await shapeOf(name, feed, destination, config),
  };
}

/** Its complaints speak of `translate.…`; here they get file, line and feed. */
async function shapeOf(
  name: string,
  { translate }: FeedConfig,
  { vocabulary }: Destination,
  config: RelayConfig,
): Promise<Shape> {
  try {
    return await loadShape(vocabulary, translate, (path) => resolve(config.folder, path));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      error.lines.map((line) => {
        const [, key = '', message = line] = /^translate\.?(\w*): (.*)$/s.exec(line) ?? [];
        return config.complain(['feeds', name, 'translate', ...(key === '' ? [] : [key])], message);
      }),
    );
  }
}

export const destinationContext = (
  name: string,
  config: RelayConfig,
  log: Logger,
  observe?: Observe,
): DestinationContext => ({
  name,
  host: hostname(),
  log: log.child({ destination: name }),
  connect: (url, options) =>
    new HttpClient(url, { ...options, ...(observe ? { onRequest: observe({ destination: name }) } : {}) }),
  proxyFor: (url) => config.proxyFor(url),
  readTls: (tls) => readTls(config, ['destinations', name], tls),
  resolvePath: (path) => resolve(config.folder, path),
  nowMs: Date.now,
  sleep,
});

function readTls(
  config: RelayConfig,
  owner: readonly [string, string],
  tls: TlsConfig | undefined,
): TlsOptions | undefined {
  if (!tls) return undefined;
  const read = (key: 'ca' | 'cert' | 'key'): Partial<TlsOptions> => {
    const path = tls[key];
    if (path === undefined) return {};
    try {
      return { [key]: readFileSync(resolve(config.folder, path), 'utf8') };
    } catch {
      throw new ConfigError([
        config.complain(
          [...owner, 'tls', key],
          `${path} cannot be read: mind the path (it starts at the folder of the config)`,
        ),
      ]);
    }
  };
  const { serverName, insecure } = tls;
  return {
    ...read('ca'),
    ...read('cert'),
    ...read('key'),
    ...(serverName === undefined ? {} : { serverName }),
    ...(insecure === undefined ? {} : { insecure }),
  };
}
