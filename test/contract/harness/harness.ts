// What the contract suite needs of each kind of destination: how to make it against its simulator, how to hurt it, and how to
// read what has arrived, from what the other side holds.
import { pino } from 'pino';
import type { Destination, DestinationContext } from '../../../src/destinations/destination.ts';
import { HttpClient } from '../../../src/http.ts';

export interface Arrived {
  deliveryId: string;
  uuid: string;
  action: string;
  value: unknown;
}

export interface Harness {
  destination: Destination;
  /** Everything that the other side holds, in the order of arrival, duplicates included. */
  arrived(): Promise<Arrived[]>;
  /** Nothing is taken until `repair`. */
  outage(): Promise<void>;
  /** We are no longer welcome until `repair`. */
  revoke(): Promise<void>;
  repair(): Promise<void>;
  /** The next request is taken, and its answer does not come. Absent: answers cannot be lost. */
  loseAnswer?: () => void;
  /** What goes again lands on itself: it arrives once, and is no possible duplicate. */
  idempotent?: true;
  /** A line that the other side refuses for ever. Absent: it takes every line. */
  badLine?: string;
  /** Must not appear in any message. */
  secrets: string[];
  close(): Promise<void>;
}

export interface HarnessKind {
  name: string;
  make: () => Promise<Harness>;
}

/** Time passes only by sleeping, and at once. */
export function testContext(changes: Partial<DestinationContext> = {}): DestinationContext & { clock: { ms: number } } {
  const clock = { ms: 1_764_000_000_000 };
  return {
    clock,
    name: 'under-test',
    host: 'relay-1',
    log: pino({ level: 'silent' }),
    connect: (url, options) => new HttpClient(url, options),
    proxyFor: () => undefined,
    readTls: () => undefined,
    resolvePath: (path) => path,
    nowMs: () => clock.ms,
    sleep: async (ms, signal) => {
      clock.ms += ms;
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    },
    ...changes,
  };
}
