// A delivery: one version of an attribute on its way, or its withdrawal; what identifies it, and what is remembered of it.
import type { IndicatorRecord } from './record.ts';

/** What the ledger remembers of an attribute that is live at the destination: enough to withdraw it and to explain it. */
export interface StoredIdentity {
  uuid: string;
  /** Cut to 512 bytes. */
  value: string;
  type: string;
  category: string;
  toIds: boolean;
  orgc: string;
  tags: string[];
  eventId: string;
  eventUuid: string;
  /** Attribute.timestamp of the version that was confirmed. */
  timestamp: number;
}

/** What a feed reads of MISP: each attribute, or each attribute with the objects and neighbours of its event. */
export type Endpoint = 'attributes' | 'events';

interface DeliveryBase {
  feed: string;
  endpoint: Endpoint;
  /** Name of the source in the config. */
  source: string;
  /** Base URL of the MISP, without credentials and without a trailing slash. */
  sourceUrl: string;
  /** Orders the versions of one attribute; strictly increasing for each source. */
  seq: number;
  /** The same for each try of the same version: a duplicate can be seen by it. */
  deliveryId: string;
  /** Epoch seconds of MISP's clock when the row was read. */
  observedAt: number;
}

export interface Upsert extends DeliveryBase {
  action: 'upsert';
  record: IndicatorRecord;
  /** Epoch seconds from which on it counts as expired; null: never. */
  expiresAt: number | null;
  /** The row as MISP sent it, as JSON; null when the destination does not want it. */
  original: string | null;
}

export interface Withdrawal extends DeliveryBase {
  action: 'withdraw';
  /** `deleted`, `expired`, `decayed` or `filtered: <rule>`. */
  reason: string;
  identity: StoredIdentity;
}

export type Delivery = Upsert | Withdrawal;

const DIGEST_HEX_DIGITS = 12;

/**
 * The same for every try of the same version, so that a duplicate can be seen: key, start of the digest, action, and the
 * number of withdrawals so far (what comes back unchanged after a withdrawal is a new delivery).
 */
export const deliveryIdOf = (
  { uuid, timestamp, deleted }: Pick<IndicatorRecord, 'uuid' | 'timestamp' | 'deleted'>,
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
