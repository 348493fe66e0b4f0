// A worker process: the real activities with the real reader, client, destination and store; only the wire, the clock and the
// moment of each step come from the simulation. A process that is killed takes what it has learnt with it.
import { pino } from 'pino';
import type { Deps } from '../../../activities/deps.ts';
import { HandOver } from '../../../activities/hand-over.ts';
import type { LifetimeRules } from '../../../src/records/lifetime.ts';
import type { Arrivals } from './arrivals.ts';
import { Feeds } from '../../../src/feeds.ts';
import { MispClient, type MispVersion } from '../../../src/misp/client.ts';
import { matches } from '../../../src/misp/filter.ts';
import { filterDigest, type Filter } from '../../../src/misp/query.ts';
import type { ReadingOptions } from '../../../src/misp/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { Attempt } from './attempt.ts';
import { SimulatedHttp, type Network } from './wire.ts';
import type { SimReply, SimRequest } from '../../../simulators/http.ts';

export const FEED = 'splunk-all';
const SOURCE = 'main';

export interface Surroundings {
  misp: (request: SimRequest) => SimReply;
  mispKey: string;
  sink: Arrivals;
  /** What the destination's requests meet. */
  serve: (request: SimRequest) => SimReply;
  lifetime: LifetimeRules;
  network: Network;
  store: Store;
  filter: Filter;
  reading: ReadingOptions;
  nowMs: () => number;
  trueMs: () => number;
  every: Deps['every'];
  /** Whether a step of the store is a gate, or fails. */
  storeGate: (method: string, when: 'before' | 'after') => boolean | Error;
  /** Seen by the simulation as soon as it is true in the store. */
  committed: (method: string, args: readonly unknown[], result: unknown) => void;
}

export interface Worker {
  deps: Deps;
  dead: boolean;
}

const log = pino({ level: 'silent' });

export function startWorker(around: Surroundings): Worker {
  const { nowMs, network } = around;
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await Attempt.pass('sleep', around.trueMs() + ms); // a timer does not look at the clock
    signal?.throwIfAborted();
  };
  const client = new MispClient(new SimulatedHttp('misp', around.misp, network), {
    apiKey: () => around.mispKey,
    now: () => Math.floor(nowMs() / 1000),
  });
  let version: MispVersion | undefined;
  const destination = around.sink.destination({
    name: 'siem',
    host: 'relay',
    log,
    connect: () => new SimulatedHttp(around.sink.host, around.serve, network),
    proxyFor: () => undefined,
    readTls: () => undefined,
    resolvePath: (path) => path,
    nowMs,
    sleep,
  });
  const feed = {
    name: FEED,
    source: {
      name: SOURCE,
      url: 'https://misp.example.org',
      client,
      version: async (signal: AbortSignal) => (version ??= await client.version(signal)),
    },
    destination,
    endpoint: 'attributes' as const,
    filter: around.filter,
    matches: (record: Parameters<typeof matches>[1]) => matches(around.filter, record),
    filterDigest: filterDigest(around.filter),
    reading: around.reading,
    lifetime: around.lifetime,
    decayStep: 10,
    refreshEvery: null,
    shape: (body: Record<string, unknown>) => body,
  };
  const deps: Deps = {
    store: withGates(around),
    feeds: new Feeds([feed]),
    log,
    handOver: new HandOver(),
    nowMs,
    sleep,
    every: around.every,
  };
  return { deps, dead: false };
}

/** Steps after which something is durable, or that decide who goes on. */
const GATES = new Set([
  'putPage',
  'putShipment',
  'claimShipment',
  'readBatch',
  'saveBatch',
  'settlePart',
  'finishShipment',
  'saveCheckpoint',
  'drawSeq',
  'acquireLease',
  'releaseLease',
  'generationOf',
  'lookUp',
]);

function withGates({ store, storeGate, committed }: Surroundings): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const step = (target as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]!;
      if (!GATES.has(name)) return step;
      return async (...args: unknown[]): Promise<unknown> => {
        const before = storeGate(name, 'before');
        if (before) await Attempt.pass(`before ${name}`);
        if (before instanceof Error) throw before;
        const result = await step(...args);
        committed(name, args, result);
        if (storeGate(name, 'after')) await Attempt.pass(`after ${name}`);
        return result;
      };
    },
  });
}
