// A simulated MISP in a process of its own, a sink, and the config of a relay between them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startSimulator, type Simulator } from '../bin/demo/processes.ts';
import { loadConfig, processEnv } from '../src/config.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import { createLog } from '../src/log.ts';
import { createRuntime } from '../src/runtime.ts';
import { openSink, type Sink, type SinkName } from './sinks.ts';

export const FEED = 'bench';
export const MISP_KEY = 'bench123456789bench123456789bench1234567';

export interface Simulated {
  misp: Simulator;
  sink: Sink;
  /** A config in an empty folder: nothing has been read yet. */
  freshConfig(): string;
  /** How many attributes a first poll finds: those that are not deleted. */
  live: number;
  /** Of what the sink has since the last `forget`. */
  delivered(): Promise<{ events: number; attributes: number }>;
  forget(): Promise<void>;
  /** Processor seconds of both simulators so far; null where the system does not tell, or the sink is a real one. */
  cpuSeconds(): number | null;
  close(): Promise<void>;
}

/** `rows` attributes, as simulators/misp/generator.ts makes them. */
export async function simulate(rows: number, to: SinkName = 'splunk'): Promise<Simulated> {
  const root = mkdtempSync(join(tmpdir(), 'misp-relay-bench-'));
  const misp = await startSimulator('misp', ['--key', MISP_KEY, '--attributes', String(rows)]);
  const sink = await openSink(to);
  const { live } = await misp.ask<{ live: number }>('counts');
  let configs = 0;
  const freshConfig = (): string => {
    const folder = join(root, String(++configs));
    mkdirSync(folder);
    const path = join(folder, 'relay.yaml');
    writeFileSync(path, configOf(misp.url, to, sink.block));
    return path;
  };
  const anyConfig = freshConfig();
  return {
    misp,
    sink,
    freshConfig,
    live,
    delivered: () => sink.delivered(anyConfig),
    forget: () => sink.forget(anyConfig),
    cpuSeconds() {
      const [ofMisp, ofSink] = [cpuSecondsOf(misp.pid), sink.pid === null ? null : cpuSecondsOf(sink.pid)];
      return ofMisp === null || ofSink === null ? null : ofMisp + ofSink;
    },
    async close() {
      await Promise.all([misp.stop(), sink.stop()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Everything, from the beginning, whatever its TLP and age; polled once. */
const configOf = (mispUrl: string, to: SinkName, block: Sink['block']): string =>
  stringify({
    version: 1,
    store: 'sqlite:./relay.db',
    logLevel: 'warn',
    sources: { misp: { url: mispUrl, apiKey: MISP_KEY } },
    destinations: { [to]: block },
    feeds: {
      [FEED]: {
        source: 'misp',
        destination: to,
        interval: '12h',
        since: 0,
        expireAfter: 'never',
        filter: { maxTlp: 'off' },
      },
    },
  });

/** The clients and the destination of a config, for parts that leave its store alone. */
export async function withFeed<T>(configPath: string, work: (feed: FeedRuntime) => Promise<T>): Promise<T> {
  const config = loadConfig({ path: configPath, env: processEnv(), cwd: process.cwd() });
  const runtime = await createRuntime(config, createLog('error'));
  try {
    return await work(runtime.feeds.get(FEED)!);
  } finally {
    await runtime.close();
  }
}

const TICKS_A_SECOND = 100;

/** From /proc, which only Linux has. */
function cpuSecondsOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  } catch {
    return null;
  }
}
