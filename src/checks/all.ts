// All checks of a config, side by side, each with a time limit of its own: a server that hangs is a line, and delays no other.
import type { RelayConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import { pageSizeOf } from '../misp/query.ts';
import { createWiring, type Wiring } from '../runtime.ts';
import { type Check, checkOf, failureOf } from './check.ts';
import { checkDestination } from './destination.ts';
import { checkSource, type SourceUse } from './source.ts';
import { checkStore } from './store.ts';
import { checkTemporal } from './temporal.ts';
import { toIdsWarnings } from '../to-ids.ts';

const LIMIT_MS = 10_000;

/** Sources, destinations, store, Temporal, in the order of the config. Changes nothing anywhere. Throws ConfigError. */
export async function checkAll(config: RelayConfig, log: Logger, limitMs = LIMIT_MS): Promise<Check[]> {
  // What is insecure gets its own word here.
  const wiring = await createWiring(config, log.child({}, { level: 'error' }));
  try {
    return await Promise.all(checksOf(config, wiring, limitMs));
  } finally {
    await wiring.close();
  }
}

function checksOf(config: RelayConfig, { sources, destinations }: Wiring, limitMs: number): Promise<Check>[] {
  return [
    ...[...sources].map(([name, source]) =>
      within(limitMs, 'source', name, (signal) => checkSource(source, useOf(config, name), signal)),
    ),
    ...[...destinations].map(([name, destination]) =>
      within(limitMs, 'destination', name, (signal) =>
        checkDestination(name, destination, [...toIdsWarnings(config, name).values()], signal),
      ),
    ),
    within(limitMs, 'store', config.storePath, () => checkStore(config.storePath)),
    within(limitMs, 'temporal', config.temporal?.address ?? 'embedded', () => checkTemporal(config)),
  ];
}

function useOf({ sources, feeds }: RelayConfig, name: string): SourceUse {
  const { pageSize, tls } = sources[name]!;
  const readers = Object.values(feeds).filter(({ source }) => source === name);
  return {
    pageSize: Math.max(0, ...readers.map(({ filter }) => pageSizeOf(filter, pageSize))),
    insecure: tls?.insecure ?? false,
    rhythms: readers,
  };
}

/** Never rejects. */
function within(
  limitMs: number,
  subject: Check['subject'],
  name: string,
  work: (signal: AbortSignal) => Promise<Check>,
): Promise<Check> {
  return new Promise((resolve) => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const message = `no answer within ${limitMs / 1000} s`;
      resolve(checkOf(subject, name, [{ level: 'failed', message, remedy: REMEDY_OF_SILENCE[subject] }], []));
      controller.abort(); // whatever comes of it comes too late
    }, limitMs);
    work(controller.signal)
      .catch((error: unknown) => checkOf(subject, name, [failureOf(error)], []))
      .then(resolve, () => {})
      .finally(() => clearTimeout(timer));
  });
}

const REMEDY_OF_SILENCE: Record<Check['subject'], string> = {
  source: 'is this MISP overloaded, or does a firewall or proxy swallow the requests?',
  destination: 'is it overloaded, or does a firewall or proxy swallow the requests?',
  store: 'is its disk alive?',
  temporal: 'temporal.address, and is a firewall in between?',
};
