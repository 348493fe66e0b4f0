// What has arrived at the HEC, seen from its side: each event, and whether it is proved. With acknowledgements an event is only
// proved when its `true` was told, and a restart loses what was not indexed by then.
import { gunzipSync } from 'node:zlib';
import { Hec } from '../../../simulators/hec/hec.ts';
import type { HecSwitches } from '../../../simulators/hec/switches.ts';
import type { SimReply, SimRequest } from '../../../simulators/http.ts';
import { Attempt } from './attempt.ts';
import { contentOf, type Shown } from './truth.ts';

export interface Arrived {
  uuid: string;
  deliveryId: string;
  action: string;
  seq: number;
  /** What a person would see of the attribute (see truth.ts). */
  content: string;
  /** Of the attribute. */
  timestamp: number;
  /** The shipment whose attempt has sent it. */
  shipment: string;
  proved: boolean;
}

interface Body {
  uuid: string;
  seq: number;
  value?: string;
  type?: string;
  category?: string;
  to_ids?: boolean;
  comment?: string;
  attribute_time?: number;
  tags?: string[];
  event?: { info?: string; tags?: string[] };
}

const ACK_PATH = '/services/collector/ack';

export class Sink {
  readonly hec: Hec;
  /** In the order of arrival. */
  readonly arrived: Arrived[] = [];
  readonly byUuid = new Map<string, Arrived[]>();
  /** How often each delivery_id has arrived. */
  readonly times = new Map<string, number>();
  /** Which delivery_ids a request carries, before it is judged. */
  onPost: (deliveryIds: string[]) => void = () => {};
  private readonly nowMs: () => number;
  /** Events that wait for an acknowledgement, by channel and id. */
  private readonly waiting = new Map<string, { events: Arrived[]; readyAt: number }>();

  constructor(nowMs: () => number, switches: Partial<HecSwitches>) {
    this.nowMs = nowMs;
    this.hec = new Hec({ now: nowMs, keepEvents: true, switches });
  }

  handle(request: SimRequest): SimReply {
    if (request.path === ACK_PATH) return this.acknowledge(request);
    const { events } = this.hec.store;
    const before = events.length;
    this.onPost(deliveryIdsOf(request));
    const reply = this.hec.handle(request);
    const arrived = events.slice(before).map(({ event, fields }) => this.take(event as Body, fields!));
    const ackId = (parsed(reply.body) as { ackId?: number } | null)?.ackId;
    if (ackId === undefined) for (const each of arrived) each.proved = !this.hec.switches.useAck;
    else {
      const readyAt = this.nowMs() + (this.hec.switches.ackNever ? Infinity : this.hec.switches.ackDelayMs);
      this.waiting.set(`${channelOf(request)} ${ackId}`, { events: arrived, readyAt });
    }
    return reply;
  }

  /** The shipment whose attempt is at work. */
  sender(): string {
    return Attempt.current?.shipment ?? '';
  }

  /** splunkd starts again. Returns how many events are gone. */
  restart(): number {
    const now = this.nowMs();
    const gone = new Set([...this.waiting.values()].flatMap(({ events, readyAt }) => (readyAt > now ? events : [])));
    for (const each of gone) {
      this.arrived.splice(this.arrived.indexOf(each), 1);
      this.byUuid.set(
        each.uuid,
        this.byUuid.get(each.uuid)!.filter((other) => other !== each),
      );
      this.times.set(each.deliveryId, this.times.get(each.deliveryId)! - 1);
    }
    this.waiting.clear();
    this.hec.restart();
    return gone.size;
  }

  /** The version that a search takes: the one with the highest `seq`. */
  latest(uuid: string): Arrived | undefined {
    return this.byUuid
      .get(uuid)
      ?.reduce<Arrived | undefined>((best, each) => (best && each.seq < best.seq ? best : each), undefined);
  }

  private acknowledge(request: SimRequest): SimReply {
    const reply = this.hec.handle(request);
    const acks = (parsed(reply.body) as { acks?: Record<string, boolean> } | null)?.acks ?? {};
    for (const [id, told] of Object.entries(acks)) {
      if (!told) continue;
      const place = `${channelOf(request)} ${id}`;
      for (const each of this.waiting.get(place)?.events ?? []) each.proved = true;
      this.waiting.delete(place);
    }
    return reply;
  }

  private take(body: Body, fields: Record<string, unknown>): Arrived {
    const arrived: Arrived = {
      uuid: body.uuid,
      deliveryId: String(fields['delivery_id']),
      action: String(fields['action']),
      seq: body.seq,
      content: contentOf(shownOf(body)),
      timestamp: body.attribute_time ?? 0,
      shipment: this.sender(),
      proved: false,
    };
    this.arrived.push(arrived);
    this.byUuid.set(body.uuid, [...(this.byUuid.get(body.uuid) ?? []), arrived]);
    this.times.set(arrived.deliveryId, (this.times.get(arrived.deliveryId) ?? 0) + 1);
    return arrived;
  }
}

const shownOf = (body: Body): Shown => ({
  type: body.type ?? '',
  value: body.value ?? '',
  category: body.category ?? '',
  toIds: body.to_ids ?? false,
  comment: body.comment ?? '',
  timestamp: body.attribute_time ?? 0,
  tags: body.tags ?? [],
  info: body.event?.info ?? '',
  eventTags: body.event?.tags ?? [],
});

const channelOf = ({ headers }: SimRequest): string => headers['x-splunk-request-channel'] ?? '';

function deliveryIdsOf({ body, headers }: SimRequest): string[] {
  const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString();
  return [...text.matchAll(/"delivery_id":"([^"]+)","misp_uuid"/g)].map(([, id]) => id!);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
