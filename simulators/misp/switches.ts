export interface MispSwitches {
  /** What /servers/getVersion says; from 2.5.16 and 2.5.19 on rows have more in Object and Event (misp-api 5). */
  version: string;
  /** Which column of the table of `deleted` applies (misp-api 2.4). */
  deleted: 'before 2.4.202' | 'before 2.5.16' | 'from 2.5.16';
  permSync: boolean;
  /** Role.restsearch_limit_result: the limit is lowered to it in silence; 0: none (misp-api 3.2). */
  roleLimit: number;
  /** Form of X-Result-Count (misp-api 3.3). */
  resultCount: 'total' | 'cumulative' | 'per page';
  /** X-Skipped-Elements-Count is sent (from 2.4.196). */
  skippedHeader: boolean;
  /** Every `order` is dropped, as before 2.4.179. */
  orderIgnored: boolean;
  /** Rows without a full order come shuffled, anew for each request; otherwise by id. */
  shuffle: boolean;
  /** What an empty POST gets: 400 from 2.5.4 on, the whole database before. */
  emptyBody: '400' | 'everything';
  /** Ids and timestamps as JSON numbers instead of strings (misp-api 5). */
  numbers: boolean;
  /** The user's default_restsearch_parameters, merged under each request (misp-api 2.1). */
  defaultParameters: Record<string, unknown> | null;
  /** Requests in 900 s per user; null: the role has no rate limit. 0: 405 (misp-live 5). */
  rateLimit: number | null;
  rateWindow: number;
  /** The key is accepted; false: 403, as after a revocation. */
  keyValid: boolean;
  /** MISP.live=false: 302 to /users/login. */
  maintenance: boolean;
  /** More than this many rows in one answer: 500, as when PHP runs out of memory; 0: none. */
  tooManyRows: number;
  latencyMs: number;
  /** Added for each 1,000 rows of an answer. */
  msPer1000Rows: number;
  /** Seconds by which the MISP's clock is ahead of the given one. */
  clockSkew: number;
  /** How restSearch answers travel: without Content-Length when a compressing proxy is in front. */
  transport: 'whole' | 'chunked';
}

export const mispDefaults: MispSwitches = {
  version: '2.5.19',
  deleted: 'from 2.5.16',
  permSync: true,
  roleLimit: 0,
  resultCount: 'per page',
  skippedHeader: true,
  orderIgnored: false,
  shuffle: true,
  emptyBody: '400',
  numbers: false,
  defaultParameters: null,
  rateLimit: null,
  rateWindow: 900,
  keyValid: true,
  maintenance: false,
  tooManyRows: 0,
  latencyMs: 0,
  msPer1000Rows: 0,
  clockSkew: 0,
  transport: 'whole',
};

/** Whether the version played is `wanted` or newer. */
export function atLeast(switches: MispSwitches, wanted: string): boolean {
  const [a, b] = [switches.version, wanted].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) if ((a![i] ?? 0) !== (b![i] ?? 0)) return (a![i] ?? 0) > (b![i] ?? 0);
  return true;
}
