import { type Transport } from '../http.ts';
import { type Planned } from '../faults.ts';

interface MispFaultShape {
  /** An answer in place of the real one. */
  status?: 302 | 403 | 404 | 429 | 500 | 502 | 503 | 504;
  /** A body in place of the real one, with 200. */
  body?: 'login page' | 'html error' | 'half' | 'list' | 'object for list' | 'empty' | 'no rows' | 'null';
  /** How the answer travels. */
  transport?: Transport;
}

/** Faults by name (misp-api 3.6 and 8, misp-live 5). Without a `path` they hit restSearch requests only. */
export const mispFaults = {
  maintenance: { status: 302 },
  'login page': { body: 'login page' },
  'key rejected': { status: 403 },
  'not found': { status: 404 },
  'rate limited': { status: 429 },
  'internal error': { status: 500 },
  'bad gateway': { status: 502 },
  unavailable: { status: 503 },
  'gateway timeout': { status: 504 },
  'html with 200': { body: 'html error' },
  'broken json': { body: 'half' },
  'list instead of object': { body: 'list' },
  'object instead of list': { body: 'object for list' },
  'null instead of object': { body: 'null' },
  'empty body': { body: 'empty' },
  'no rows': { body: 'no rows' },
  'cut body': { transport: 'cut' },
  chunked: { transport: 'chunked' },
  'chunked cut': { transport: 'chunked cut' },
  drop: { transport: 'drop' },
  hang: { transport: 'hang' },
} as const satisfies Record<string, MispFaultShape>;

export type MispFaultName = keyof typeof mispFaults;
export const faultShape = (name: MispFaultName): MispFaultShape => mispFaults[name];

export interface MispFault extends Planned<MispFaultName> {
  /** X-Rate-Limit-Reset of a 429 in seconds; 5 unless given. */
  resetAfter?: number | undefined;
}
