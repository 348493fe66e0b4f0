// The way to Temporal: the embedded server, or the cluster that the config or the environment names.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { RelayConfig, TemporalConfig } from './config.ts';
import { RetryableError, messageOf } from './errors.ts';

export interface TemporalTarget {
  address: string;
  namespace: string;
  taskQueue: string;
  /** TLS and API key; may hold secrets, so it is never printed. */
  options: Pick<ConnectionOptions, 'tls' | 'apiKey' | 'metadata'>;
}

/** A full run's history is larger than gRPC's usual 4 MiB. */
const RECEIVE_BYTES_MAX = 128 * 1024 * 1024;
const CONNECT_TIMEOUT = '10s';

export const payloadConverterPath = fileURLToPath(new URL('../workflows/payload-converter.ts', import.meta.url));
export const dataConverter = { payloadConverterPath };

export const embeddedTarget = (address: string): TemporalTarget => ({
  address,
  namespace: 'default',
  taskQueue: 'misp-relay',
  options: {},
});

/** `temporal:` of the config; what it leaves out comes from TEMPORAL_* and the profile file, as for every Temporal tool. */
export function clusterTarget(
  { folder }: RelayConfig,
  temporal: TemporalConfig,
  env: Readonly<Record<string, string | undefined>>,
): TemporalTarget {
  const fromEnv = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  });
  const { tls, apiKey, metadata } = fromEnv.connectionOptions;
  return {
    address: temporal.address,
    namespace: temporal.namespace,
    taskQueue: temporal.taskQueue,
    options: {
      ...(tls === undefined ? {} : { tls }),
      ...(typeof apiKey === 'string' ? { apiKey } : {}),
      ...(metadata === undefined ? {} : { metadata }),
      ...(temporal.apiKey ? { apiKey: temporal.apiKey.reveal(), tls: true } : {}),
      ...(temporal.tls === undefined ? {} : { tls: tlsOf(temporal.tls, folder) }),
    },
  };
}

function tlsOf(tls: NonNullable<TemporalConfig['tls']>, folder: string) {
  if (typeof tls === 'boolean') return tls;
  const read = (path: string): Buffer => readFileSync(resolve(folder, path));
  return {
    ...(tls.ca ? { serverRootCACertificate: read(tls.ca) } : {}),
    ...(tls.serverName ? { serverNameOverride: tls.serverName } : {}),
    ...(tls.cert && tls.key ? { clientCertPair: { crt: read(tls.cert), key: read(tls.key) } } : {}),
  };
}

/** Throws RetryableError TEMPORAL_UNREACHABLE. */
export async function connectClient(target: TemporalTarget): Promise<Client> {
  const { address, namespace, options } = target;
  try {
    const connection = await Connection.connect({
      address,
      ...options,
      connectTimeout: CONNECT_TIMEOUT,
      channelArgs: { 'grpc.max_receive_message_length': RECEIVE_BYTES_MAX },
    });
    return new Client({ connection, namespace, dataConverter });
  } catch (error) {
    throw unreachable(address, error);
  }
}

export const unreachable = (address: string, error: unknown): RetryableError =>
  new RetryableError(
    'TEMPORAL_UNREACHABLE',
    `no Temporal server answers at ${address} (${messageOf(error).slice(0, 200)})`,
    { cause: error },
  );
