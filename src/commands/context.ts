// What every command begins with: the config, the log, the way to Temporal; and how it answers.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { loadConfig, processEnv, type RelayConfig } from '../config.ts';
import { suggestion } from '../config/problems.ts';
import { ConfigError, RelayError, RetryableError } from '../errors.ts';
import { createLog, type Logger } from '../log.ts';
import { clusterTarget, connectClient, embeddedTarget, type TemporalTarget } from '../temporal.ts';
import { runningTemporalServer } from '../temporal-server.ts';

/** Documented in docs/errors.md and in `--help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notConfirmed: 3 } as const;

/** Of `status --check`: 0, 2 and 3 are OK, CRITICAL and UNKNOWN of the monitoring plugins (docs/decisions/0022-exit-codes-of-status-check.md). */
export const CHECK_EXIT = { ok: 0, failed: 2, usage: 3, notConfirmed: 2 } as const;

export type ExitCodes = Record<keyof typeof EXIT, number>;

/** `words`: the command line behind the name of the program. */
export const exitCodesOf = (words: readonly string[]): ExitCodes =>
  words.includes('status') && words.includes('--check') ? CHECK_EXIT : EXIT;

export interface GlobalOptions {
  config?: string;
  json?: boolean;
}

const DEMO_CONFIG = 'data/demo/relay.yaml';

export interface Context {
  config: RelayConfig;
  log: Logger;
  json: boolean;
  /** One JSON document on stdout, or lines for a person. */
  answer(document: unknown, lines: readonly string[]): void;
}

/** Where nothing else is configured, commands speak to a demo that runs in this folder. */
export function openContext({ config: path, json = false }: GlobalOptions, { demo = true } = {}): Context {
  const env = processEnv();
  const cwd = process.cwd();
  const config = loadOrDemo(path, env, cwd, demo);
  const log = createLog(config.logLevel);
  return {
    config,
    log,
    json,
    answer(document, lines) {
      process.stdout.write(json ? `${JSON.stringify(document)}\n` : lines.map((line) => `${line}\n`).join(''));
    },
  };
}

function loadOrDemo(
  path: string | undefined,
  env: ReturnType<typeof processEnv>,
  cwd: string,
  demo: boolean,
): RelayConfig {
  try {
    return loadConfig({ path, env, cwd });
  } catch (error) {
    const demoConfig = resolve(cwd, DEMO_CONFIG);
    if (
      !demo ||
      path !== undefined ||
      !(error instanceof ConfigError) ||
      !error.lines[0]?.startsWith('Nothing') ||
      !existsSync(demoConfig)
    )
      throw error;
    process.stderr.write(`(nothing is configured here: this speaks to the demo, ${DEMO_CONFIG})\n`);
    return loadConfig({ path: demoConfig, env, cwd });
  }
}

export interface Connected {
  client: Client;
  target: TemporalTarget;
  /** The embedded server's, when there is one. */
  uiUrl: string | null;
}

/** To the cluster of the config, or to the embedded server of a relay that runs. */
export async function connect({ config }: Context): Promise<Connected> {
  if (config.temporal) {
    const target = clusterTarget(config, config.temporal, processEnv());
    return { client: await connectClient(target), target, uiUrl: null };
  }
  const server = await runningTemporalServer(config.dataDir);
  if (!server) {
    throw new RetryableError(
      'RELAY_NOT_RUNNING',
      'no relay runs here: start it with `npx misp-relay up`, or name a Temporal server (temporal.address)',
    );
  }
  const target = embeddedTarget(server.address);
  return { client: await connectClient(target), target, uiUrl: server.uiUrl };
}

export async function withClient<T>(context: Context, work: (connected: Connected) => Promise<T>): Promise<T> {
  const connected = await connect(context);
  try {
    return await work(connected);
  } finally {
    await connected.client.connection.close();
  }
}

/** The feed that is meant: named, or the only one. Throws ConfigError. */
export function feedOf({ config }: Context, given: string | undefined): string {
  const names = Object.keys(config.feeds);
  if (given !== undefined) {
    if (names.includes(given)) return given;
    throw new ConfigError([`there is no feed ${given}${suggestion(given, names)}`]);
  }
  if (names.length === 1) return names[0]!;
  throw new ConfigError([`which feed? The config has several: ${names.join(', ')}`]);
}

/** One sentence for a person; the exit code for a script. */
export function explain(error: unknown, exit: ExitCodes = EXIT): { lines: readonly string[]; exitCode: number } {
  if (error instanceof ConfigError) return { lines: error.lines, exitCode: exit.usage };
  if (error instanceof RelayError) return { lines: [`${error.message} [${error.code}]`], exitCode: exit.failed };
  return { lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)], exitCode: exit.failed };
}
