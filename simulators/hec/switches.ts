export interface HecSwitches {
  /** `disabled`: 403 code 1; `unknown`: 403 code 4, as after a revocation. */
  token: 'valid' | 'disabled' | 'unknown';
  /** Indexes that the token may write to; null: all. */
  indexes: string[] | null;
  /** Indexes that exist; null: all. Events for others `vanish` with 200, or are refused with code 7 (T5). */
  existing: string[] | null;
  missingIndex: 'refuse' | 'vanish';
  useAck: boolean;
  /** Form of a 200 of a token with acks: `{"text","code","ackId"}`, the bare `{"ackId":0}`, or none although acks are on. */
  ackReply: 'full' | 'bare' | 'none';
  ackDelayMs: number;
  /** Acks never turn true. */
  ackNever: boolean;
  /** Channels idle for longer are forgotten. */
  ackIdleMs: number;
  /** Cloud says code 28 instead of 10 when the channel is missing. */
  cloud: boolean;
  allowQueryToken: boolean;
  /** HTTP/1.0 without keep-alive to clients that send no User-Agent (T11). */
  http10WithoutUserAgent: boolean;
  /** Uncompressed bytes of one request; 1,000,000 in the 6.4 era. More: 413, HTML. */
  maxContentLength: number;
  /** Size of one object; more: code 6 there (T10). */
  maxEventSize: number;
  health: 17 | 18 | 19 | 20 | 23;
  latencyMs: number;
  /** Added for each 1,000 objects of a request. */
  msPer1000Events: number;
}

export const hecDefaults: HecSwitches = {
  token: 'valid',
  indexes: null,
  existing: null,
  missingIndex: 'refuse',
  useAck: false,
  ackReply: 'full',
  ackDelayMs: 1200,
  ackNever: false,
  ackIdleMs: 600_000,
  cloud: false,
  allowQueryToken: false,
  http10WithoutUserAgent: true,
  maxContentLength: 838_860_800,
  maxEventSize: 5 * 1024 * 1024,
  health: 17,
  latencyMs: 0,
  msPer1000Events: 0,
};
