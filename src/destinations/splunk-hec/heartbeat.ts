// One event after each poll, so that Splunk itself can miss a relay that has fallen silent. It goes beside the ledger, and nobody waits for
// its acknowledgement.
import { RetryableError } from '../../errors.ts';
import type { Heartbeat } from '../destination.ts';
import type { HecClient } from './client.ts';
import { saidBy } from './conclusion.ts';

export const HEARTBEAT_SOURCETYPE = 'misp:relay';

export interface HeartbeatEnvelope {
  host: string;
  /** Left out: `misp:<name of the source>`. */
  source?: string | undefined;
  /** Left out: the token's default index. */
  index?: string | undefined;
}

/** `feed` and `mode` are indexed, so that `tstats` finds the last one of each feed at once. */
export const heartbeatLine = (
  heartbeat: Heartbeat,
  nowMs: number,
  { host, source, index }: HeartbeatEnvelope,
): string =>
  JSON.stringify({
    time: nowMs / 1000,
    host,
    source: source ?? `misp:${heartbeat.misp}`,
    sourcetype: HEARTBEAT_SOURCETYPE,
    ...(index === undefined ? {} : { index }),
    event: heartbeat,
    fields: { feed: heartbeat.feed, mode: heartbeat.mode },
  });

/** Throws HttpFailure, and RetryableError HEC_HEARTBEAT when it was not taken. */
export async function postHeartbeat(client: HecClient, line: string, signal: AbortSignal): Promise<void> {
  const reply = await client.tell(line, signal);
  const taken = reply.status === 200 && (reply.code === null ? reply.ackId !== null : reply.code === 0);
  if (!taken) throw new RetryableError('HEC_HEARTBEAT', `${client.host} did not take a heartbeat (${saidBy(reply)})`);
}
