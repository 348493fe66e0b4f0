// What was indexed, in a form that holds millions of events: a count for each delivery_id, and the last state of each attribute.
import { type Envelope } from './envelope.ts';

export interface IndexedAttribute {
  /** `upsert` or `withdraw`, as the sender wrote it. */
  action: string;
  seq: number | null;
  /** Attribute.timestamp as it was delivered. */
  attribute_time: unknown;
  value: unknown;
  delivery_id: string | null;
  /** How many events came for it, duplicates included. */
  events: number;
  /** Place of the last one among all events of this HEC, from 0. */
  order: number;
  index: string | undefined;
}

export interface Counts {
  requests: number;
  /** Indexed events, duplicates included. */
  events: number;
  /** Different delivery_ids. */
  deliveries: number;
  /** Events beyond the first of a delivery_id. */
  duplicates: number;
  /** Events without `fields.delivery_id` or `fields.misp_uuid`. */
  foreign: number;
  attributes: number;
  upserts: number;
  withdrawals: number;
  /** Events that were answered with success and never indexed (T3, T4, T5). */
  lost: number;
}

export interface Truth extends Counts {
  /** By `fields.misp_uuid`, the state after the last event. */
  byUuid: Record<string, IndexedAttribute>;
  /** delivery_id -> count, only those that came more than once. */
  repeated: Record<string, number>;
}

const own = (object: unknown, names: readonly string[]): unknown => {
  if (typeof object !== 'object' || object === null) return undefined;
  for (const name of names) if (name in object) return (object as Record<string, unknown>)[name];
  return undefined;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export class Store {
  requests = 0;
  lost = 0;
  /** Every event in order, only with `keepEvents`. */
  readonly events: Envelope[] = [];
  private total = 0;
  private duplicates = 0;
  private foreign = 0;
  private deliveries = new Map<string, number>();
  private attributes = new Map<string, IndexedAttribute>();
  private readonly keepEvents: boolean;
  private readonly keepDeliveries: boolean;

  /** `keepDeliveries: false` saves memory at the price of `deliveries`, `duplicates` and `repeated`. */
  constructor(keepEvents: boolean, keepDeliveries: boolean) {
    this.keepEvents = keepEvents;
    this.keepDeliveries = keepDeliveries;
  }

  add(envelope: Envelope): void {
    const order = this.total++;
    if (this.keepEvents) this.events.push(envelope);
    const { fields, event } = envelope;
    const delivery = fields?.['delivery_id'];
    const uuid = fields?.['misp_uuid'];
    if (typeof delivery === 'string' && this.keepDeliveries) {
      const seen = this.deliveries.get(delivery) ?? 0;
      this.deliveries.set(delivery, seen + 1);
      if (seen > 0) this.duplicates++;
    }
    if (typeof delivery !== 'string' || typeof uuid !== 'string') this.foreign++;
    if (typeof uuid !== 'string') return;
    const read = (...names: string[]): unknown => own(fields, names) ?? own(event, names);
    const seq = Number(read('seq', 'misp_seq') ?? NaN);
    this.attributes.set(uuid, {
      action: textOf(read('action', 'misp_action')) ?? 'upsert',
      seq: Number.isNaN(seq) ? null : seq,
      attribute_time: read('attribute_time', 'misp_timestamp', 'timestamp') ?? null,
      value: read('value', 'misp_value') ?? null,
      delivery_id: typeof delivery === 'string' ? delivery : null,
      events: (this.attributes.get(uuid)?.events ?? 0) + 1,
      order,
      index: envelope.index,
    });
  }

  /** The last state of one attribute. */
  attribute(uuid: string): IndexedAttribute | undefined {
    return this.attributes.get(uuid);
  }

  /** How often a delivery_id was indexed. */
  count(deliveryId: string): number {
    return this.deliveries.get(deliveryId) ?? 0;
  }

  counts(): Counts {
    let withdrawals = 0;
    for (const attribute of this.attributes.values()) if (attribute.action === 'withdraw') withdrawals++;
    return {
      requests: this.requests,
      events: this.total,
      deliveries: this.deliveries.size,
      duplicates: this.duplicates,
      foreign: this.foreign,
      attributes: this.attributes.size,
      upserts: this.attributes.size - withdrawals,
      withdrawals,
      lost: this.lost,
    };
  }

  truth(): Truth {
    const repeated: Record<string, number> = {};
    if (this.duplicates > 0) for (const [id, count] of this.deliveries) if (count > 1) repeated[id] = count;
    return { ...this.counts(), byUuid: Object.fromEntries(this.attributes), repeated };
  }

  clear(): void {
    this.requests = this.lost = this.total = this.duplicates = this.foreign = 0;
    this.events.length = 0;
    this.deliveries.clear();
    this.attributes.clear();
  }
}
