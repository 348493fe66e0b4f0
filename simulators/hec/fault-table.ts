import { type Transport } from '../http.ts';
import { type Planned } from '../faults.ts';

interface HecFaultShape {
  /** HEC code of the reply, or an HTTP status with a body that is not HEC's. */
  code?: number;
  status?: number;
  /** How many objects are indexed before the reply. */
  taken: 'none' | 'all';
  transport?: Transport;
  /** The connection is dropped before, or in the middle of, reading the body. */
  before?: 'drop before read' | 'drop mid body';
}

/** Faults by name. `taken` of a plan overrides the one here (`busy` with `taken: 3` says invalid-event-number 3, T9). */
export const hecFaults = {
  busy: { code: 9, taken: 'none' },
  'internal error': { code: 8, taken: 'none' },
  'internal error after taking': { code: 8, taken: 'all' },
  'shutting down': { code: 23, taken: 'none' },
  'queue warning': { code: 24, taken: 'all' },
  'ack warning': { code: 25, taken: 'all' },
  'queue full': { code: 26, taken: 'none' },
  'ack channel full': { code: 27, taken: 'none' },
  'token disabled': { code: 1, taken: 'none' },
  'token unknown': { code: 4, taken: 'none' },
  'not found': { status: 404, taken: 'none' },
  'request timeout': { status: 408, taken: 'none' },
  'too large': { status: 413, taken: 'none' },
  'unsupported media': { status: 415, taken: 'none' },
  'bad gateway': { status: 502, taken: 'none' },
  'gateway timeout': { status: 504, taken: 'none' },
  'gateway timeout after taking': { status: 504, taken: 'all' },
  'success as html': { status: 200, taken: 'none' },
  'drop before read': { taken: 'none', before: 'drop before read' },
  'drop mid body': { taken: 'none', before: 'drop mid body' },
  'drop after taking': { taken: 'all', transport: 'drop' },
  'drop without taking': { taken: 'none', transport: 'drop' },
  'cut reply after taking': { taken: 'all', transport: 'cut' },
  'hang after taking': { taken: 'all', transport: 'hang' },
  'hang without taking': { taken: 'none', transport: 'hang' },
} as const satisfies Record<string, HecFaultShape>;

export type HecFaultName = keyof typeof hecFaults;
export const faultShape = (name: HecFaultName): HecFaultShape => hecFaults[name];

export interface HecFault extends Planned<HecFaultName> {
  /** How many objects are indexed before it strikes. */
  taken?: number | 'all' | undefined;
  /** `invalid-event-number` of a busy reply; left out: `taken` when that is a number. */
  n?: number | undefined;
  /** Seconds or an HTTP date. */
  retryAfter?: string | number | undefined;
}
