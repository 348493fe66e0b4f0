// What identifies a delivery, and what is remembered of it.
import type { StoredIdentity } from '../destinations/destination.ts';
import type { IndicatorRecord } from './record.ts';

const DIGEST_HEX_DIGITS = 12;

/**
 * The same for every try of the same version, so that a duplicate can be seen: key, start of the digest, action, and the
 * number of withdrawals so far (what comes back unchanged after a withdrawal is a new delivery).
 */
export const deliveryIdOf = (
  { uuid, timestamp, deleted }: IndicatorRecord,
  digest: string,
  action: 'upsert' | 'withdraw',
  withdrawals: number,
): string => `${uuid}:${timestamp}:${deleted ? 1 : 0}:${digest.slice(0, DIGEST_HEX_DIGITS)}:${action}:${withdrawals}`;

export const identityOf = (record: IndicatorRecord): StoredIdentity => ({
  uuid: record.uuid,
  value: record.value,
  type: record.type,
  category: record.category,
  toIds: record.toIds,
  orgc: record.event.orgc,
  tags: [...new Set([...record.tags, ...record.event.tags].map(({ name }) => name))].sort(),
  eventId: record.event.id,
  eventUuid: record.event.uuid,
  timestamp: record.timestamp,
});
