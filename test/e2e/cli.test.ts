// The command line as a process: what it prints, how it exits, and that it leaves nothing behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { compare, type SinkAttribute } from '../../simulators/compare.ts';
import { Hec } from '../../simulators/hec/hec.ts';
import type { MispData } from '../../simulators/misp/data.ts';
import { generate } from '../../simulators/misp/generator.ts';
import { Misp } from '../../simulators/misp/misp.ts';
import { truthOf } from '../../simulators/misp/truth.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import {
  ensureTemporalServer,
  findTemporal,
  fromEnvironment,
  showProgress,
  type TemporalServer,
} from '../../src/temporal-server.ts';
import { Box } from '../support/e2e/box.ts';
import { TEMPORAL_START_MS } from '../support/e2e/temporal.ts';
import { until } from '../support/e2e/until.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** Ten seconds are the promise; a busy machine gets more before it counts as broken. */
const ENDS_WITHIN_MS = 30_000;
const LIMIT_MS = 120_000;

let folder: string;
let misp: Misp;
let hec: Hec;
let boxes: Box[];
let children: ChildProcess[];
let server: TemporalServer | null;

beforeAll(async () => {
  const progress = showProgress(process.stderr);
  await findTemporal({ ...fromEnvironment(process.env), onProgress: progress.report }).finally(progress.end);
}, TEMPORAL_START_MS);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'misp-relay-cli-'));
  boxes = [];
  children = [];
  server = null;
});

afterEach(async () => {
  for (const child of children) if (isRunning(child)) child.kill('SIGKILL');
  await until('all processes are gone', () => children.every((child) => !isRunning(child)));
  await server?.stop();
  const temporal = temporalPid();
  await until('the Temporal server is gone', () => temporal === null || !isAlive(temporal));
  await Promise.all(boxes.map((box) => box.away()));
  rmSync(folder, { recursive: true, force: true });
});

async function prepare(data: MispData, hecLatencyMs = 0): Promise<void> {
  misp = new Misp({ data });
  hec = new Hec({ switches: { latencyMs: hecLatencyMs }, keepEvents: true });
  boxes = [await Box.open(misp), await Box.open(hec)];
  mkdirSync(join(folder, 'data'));
  writeFileSync(
    join(folder, 'relay.yaml'),
    stringify({
      version: 1,
      store: 'sqlite:./data/relay.db',
      logLevel: 'warn',
      sources: { main: { url: boxes[0]!.url, apiKey: misp.key, pageSize: 200 } },
      destinations: { splunk: { type: 'splunk-hec', url: boxes[1]!.url, token: hec.token, batchRecords: 100 } },
      feeds: { all: { source: 'main', destination: 'splunk', interval: '12h', since: 0, filter: { maxTlp: 'off' } } },
    }),
  );
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Run {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** Nothing of the surroundings configures it but the way to the Temporal binary. */
function run(...args: string[]): Run {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(TEMPORAL_ADDRESS|TEMPORAL_NAMESPACE|MISP_|SPLUNK_|VITEST|NODE_OPTIONS)/.test(name),
    ),
  );
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  return {
    child,
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr }))),
  };
}

/** Its one JSON document. Throws when it says anything else on stdout, or exits otherwise. */
async function json<T>(args: readonly string[], code = 0): Promise<T> {
  const ended = await run(...args, '--json').ended;
  expect({ code: ended.code, stderr: ended.code === code ? '' : ended.stderr }).toEqual({ code, stderr: '' });
  expect(ended.stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(ended.stdout) as T;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

function temporalPid(): number | null {
  const path = join(folder, 'data', 'temporal.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function missing(): Promise<string[]> {
  const store = openSqlite(join(folder, 'data', 'relay.db'));
  const letters = await store.listDeadLetters({ limit: 10_000 }).finally(() => store.close());
  const sink = hec.truth() as unknown as { byUuid: Record<string, SinkAttribute>; duplicates: number };
  return compare(truthOf(misp.data), sink, new Set(letters.flatMap(({ uuid }) => uuid ?? []))).missing;
}

interface UpDocument {
  caughtUp: boolean;
  feeds: { feed: string; mode: string; state: { totals: { confirmed: number; possibleDuplicates: number } } }[];
}
interface StatusDocument {
  feeds: {
    mode: string;
    deadLetters: number;
    state: { paused: { reason: string } | null; totals: { polls: number } };
  }[];
}

describe('up', () => {
  it(
    '--once --json: everything arrives, exit 0, one document, and nothing is left running',
    async () => {
      await prepare(generate({ attributes: 1_000 }));
      const { caughtUp, feeds } = await json<UpDocument>(['up', '--once']);
      expect(caughtUp).toBe(true);
      expect(feeds).toMatchObject([{ feed: 'all', mode: 'idle' }]);
      expect(await missing()).toEqual([]);
      expect(hec.counts().duplicates).toBe(0);
    },
    LIMIT_MS,
  );

  it.each([
    ['SIGTERM', ['SIGTERM']],
    ['SIGINT twice', ['SIGINT', 'SIGINT']],
  ] as const)(
    '%s in the middle of the first poll: it ends, leaves nothing behind, and the next one completes',
    async (_, signals) => {
      await prepare(generate({ attributes: 6_000 }), 50);
      const { child, ended } = run('up');
      await until('some have arrived', () => hec.counts().events >= 500);
      const temporal = temporalPid();
      expect(temporal).not.toBeNull();
      for (const signal of signals) child.kill(signal);
      await until('it has ended', () => !isRunning(child), { limitMs: ENDS_WITHIN_MS });
      await ended;
      await until('its server has ended', () => !isAlive(temporal!), { limitMs: ENDS_WITHIN_MS });
      const then = hec.counts().events;
      expect((await missing()).length).toBeGreaterThan(0);
      hec.switches.latencyMs = 0;
      const { caughtUp, feeds } = await json<UpDocument>(['up', '--once']);
      expect(caughtUp).toBe(true);
      expect(hec.counts().events).toBeGreaterThan(then);
      expect(await missing()).toEqual([]);
      // A second SIGINT cuts requests off; those that may have been taken are announced.
      const announced = feeds[0]!.state.totals.possibleDuplicates;
      expect(hec.counts().duplicates).toBeLessThanOrEqual(announced);
      if (signals.length === 1) expect(hec.counts().duplicates).toBe(0);
    },
    180_000,
  );
});

describe('commands beside a running up', () => {
  it('are confirmed, refused or listed as they say', async () => {
    const data = generate({ attributes: 400 });
    const huge = data.addAttribute([...data.events.values()][0]!, { type: 'text', value: 'x'.repeat(1_100_000) });
    await prepare(data);
    const up = run('up');
    await until('a relay runs', () => temporalPid() !== null);
    const status = async (): Promise<StatusDocument['feeds'][number]> =>
      (await json<StatusDocument>(['status'])).feeds[0]!;
    await until('it has caught up', async () => {
      const { code, stdout } = await run('status', '--json').ended;
      return code === 0 && (JSON.parse(stdout) as StatusDocument).feeds[0]?.mode === 'idle';
    });
    expect(await missing()).toEqual([]);

    expect(await json(['pause', 'all', '--reason', 'a look'])).toMatchObject({ confirmed: true, mode: 'paused' });
    expect(await status()).toMatchObject({ mode: 'paused', state: { paused: { reason: 'a look' } } });
    expect(await json(['resume'])).toMatchObject({ confirmed: true });
    const { polls } = (await status()).state.totals;
    expect(await json(['poll'])).toMatchObject({ confirmed: true });
    await until('it has polled', async () => (await status()).state.totals.polls > polls);

    const before = hec.counts().events;
    expect(await json(['backfill', '--since', '0', '--until', '1d', '--redeliver', '--yes', '--wait'])).toMatchObject({
      done: true,
    });
    expect(hec.counts().duplicates).toBeGreaterThan(0);
    expect(hec.counts().events).toBeGreaterThan(before);
    const reset = await json<{ confirmedFromThere: number }>(['reset-cursor', '--to', '0']);
    expect(reset).toMatchObject({ confirmed: true, redeliver: false });
    expect(reset.confirmedFromThere).toBeGreaterThan(0);

    const [letter] = await json<{ id: number; uuid: string; code: string }[]>(['dead-letters', 'list']);
    expect(letter).toMatchObject({ uuid: huge.uuid, code: 'RECORD_TOO_LARGE' });
    expect(await json(['dead-letters', 'show', String(letter!.id)])).toMatchObject({ raw: { uuid: huge.uuid } });
    expect(await json(['dead-letters', 'replay', String(letter!.id)])).toMatchObject({ replayed: 1 });
    const back = await until('it has come back', async () => {
      const [again] = await json<{ id: number; replay: boolean }[]>(['dead-letters', 'list']);
      return again && !again.replay ? again : null;
    });
    expect(await json(['dead-letters', 'drop', String(back.id)])).toMatchObject({ dropped: 1 });
    expect(await json(['dead-letters', 'list'])).toEqual([]);

    const wrong = await run('reset-cursor', '--to', 'soon').ended;
    expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 2, stdout: '' });
    const stranger = await run('pause', 'no-such-feed').ended;
    expect(stranger).toMatchObject({ code: 2, stdout: '' });
    up.child.kill('SIGTERM');
    await until('it has ended', () => !isRunning(up.child), { limitMs: ENDS_WITHIN_MS });
    const late = await run('status').ended;
    expect(late.code).toBe(1);
    expect(late.stderr).toContain('no relay runs here');
  }, 240_000);
});

describe('without a worker', () => {
  it(
    'a command is said not to be confirmed, exit 3; with --queue it waits and is obeyed',
    async () => {
      await prepare(generate({ attributes: 200 }));
      await json(['up', '--once']);
      server = await ensureTemporalServer({ ...fromEnvironment(process.env), dataDir: join(folder, 'data') });
      const refused = await run('pause', 'all').ended;
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toContain('was NOT confirmed');
      expect(refused.stderr).toContain('--queue');
      expect(await json(['pause', 'all', '--reason', 'queued', '--queue'])).toMatchObject({ queued: true });
      await server.stop();
      server = null;
      const { caughtUp, feeds } = await json<UpDocument>(['up', '--once'], 1);
      expect(caughtUp).toBe(false);
      expect(feeds).toMatchObject([{ mode: 'paused' }]);
    },
    LIMIT_MS,
  );
});
