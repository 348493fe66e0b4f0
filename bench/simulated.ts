// A simulated MISP and a simulated HEC in processes of their own, and the config of a relay between them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../bin/demo/processes.ts';
import { loadConfig } from '../src/config.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import { createLog } from '../src/log.ts';
import { createRuntime } from '../src/runtime.ts';

export const FEED = 'bench';
export const MISP_KEY = 'bench123456789bench123456789bench1234567';
export const HEC_TOKEN = '00000000-0000-4000-8000-0000000bench';

export interface Simulated {
  misp: Simulator;
  hec: Simulator;
  /** A config in an empty folder: nothing has been read yet. */
  freshConfig(): string;
  /** How many attributes a first poll finds: those that are not deleted. */
  live: number;
  /** Of what the HEC has indexed since the last `forget`. */
  delivered(): Promise<{ events: number; attributes: number }>;
  forget(): Promise<void>;
  /** Processor seconds of both simulators so far; null where the system does not tell. */
  cpuSeconds(): number | null;
  close(): Promise<void>;
}

/** `rows` attributes, as simulators/misp/generator.ts makes them. */
export async function simulate(rows: number): Promise<Simulated> {
  const root = mkdtempSync(join(tmpdir(), 'misp-relay-bench-'));
  const misp = await startSimulator('misp', ['--key', MISP_KEY, '--attributes', String(rows)]);
  const hec = await startSimulator('hec', ['--token', HEC_TOKEN, '--keep-deliveries=false']);
  const { live } = await misp.ask<{ live: number }>('counts');
  let configs = 0;
  return {
    misp,
    hec,
    freshConfig() {
      const folder = join(root, String(++configs));
      mkdirSync(folder);
      const path = join(folder, 'relay.yaml');
      writeFileSync(path, configOf(misp.url, hec.url));
      return path;
    },
    live,
    delivered: () => hec.ask('counts'),
    forget: async () => void (await hec.ask('clear', {})),
    cpuSeconds() {
      const [ofMisp, ofHec] = [cpuSecondsOf(misp.pid), cpuSecondsOf(hec.pid)];
      return ofMisp === null || ofHec === null ? null : ofMisp + ofHec;
    },
    async close() {
      await Promise.all([misp.stop(), hec.stop()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Everything, from the beginning, whatever its TLP; polled once. */
const configOf = (mispUrl: string, hecUrl: string): string => `version: 1
store: sqlite:./relay.db
logLevel: warn
sources:
  misp: { url: "${mispUrl}", apiKey: "${MISP_KEY}" }
destinations:
  splunk: { type: splunk-hec, url: "${hecUrl}", token: "${HEC_TOKEN}", index: threat_intel }
feeds:
  ${FEED}: { source: misp, destination: splunk, interval: 12h, since: 0, filter: { maxTlp: off } }
`;

/** The clients and the destination of a config, for parts that leave its store alone. */
export async function withFeed<T>(configPath: string, work: (feed: FeedRuntime) => Promise<T>): Promise<T> {
  const config = loadConfig({ path: configPath, env: {}, cwd: process.cwd() });
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
