// A Splunk HEC. With acknowledgements an event is only
// proved when its `true` was told, and a restart loses what was not indexed by then.
import { gunzipSync } from 'node:zlib';
import { Hec } from '../../../simulators/hec/hec.ts';
import type { HecSwitches } from '../../../simulators/hec/switches.ts';
import type { SimReply, SimRequest } from '../../../simulators/http.ts';
import { hecFaults, type HecFaultName } from '../../../simulators/hec/fault-table.ts';
import type { Destination, DestinationContext } from '../../../src/destinations/destination.ts';
import { splunkHec } from '../../../src/destinations/splunk-hec.ts';
import { Arrivals, type Arrived, type Line } from './arrivals.ts';
import type { Dice } from './dice.ts';
import { contentOf, type Shown } from './truth.ts';

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

const INDEX = 'threat_intel';
const TOKEN = '11111111-2222-3333-4444-555555555555';
/** Faults under which a part may be taken. */
const PARTLY: ReadonlySet<HecFaultName> = new Set([
  'busy',
  'drop after taking',
  'hang after taking',
  'gateway timeout after taking',
]);
const ACK_PATH = '/services/collector/ack';

export class HecSink extends Arrivals {
  readonly host = 'hec';
  readonly tooLarge = 'HEC_413';
  readonly keepsDuplicates = true;
  readonly hec: Hec;
  private readonly options: Record<string, unknown>;
  private readonly nowMs: () => number;
  /** Events that wait for an acknowledgement, by channel and id. */
  private readonly waiting = new Map<string, { events: Arrived[]; readyAt: number }>();

  /** `options`: of the destination's block. */
  constructor(nowMs: () => number, switches: Partial<HecSwitches>, options: Record<string, unknown>) {
    super();
    this.options = options;
    this.nowMs = nowMs;
    this.hec = new Hec({ now: nowMs, keepEvents: true, switches });
  }

  get requests(): number {
    return this.hec.store.requests;
  }

  destination(context: DestinationContext): Destination {
    const access = { url: 'https://hec', token: TOKEN, index: INDEX };
    return splunkHec.create(splunkHec.options.parse({ ...access, ...this.options }), context);
  }

  lineOf(text: string): Line {
    const { event } = JSON.parse(text) as { event: { uuid: string; seq: number; delivery_id: string } };
    return { uuid: event.uuid, seq: event.seq, deliveryId: event.delivery_id };
  }

  viewOf(shown: Shown): string {
    return contentOf(shown);
  }

  fail(dice: Dice): string {
    const name = dice.pick(Object.keys(hecFaults) as HecFaultName[]);
    const taken = PARTLY.has(name) && dice.chance(0.4) ? { taken: 1 + dice.int(3) } : {};
    const path = dice.chance(0.2) ? { path: '/ack' } : {};
    this.hec.fail(name, { next: 1 + dice.int(3), ...taken, ...path });
    return `HEC: ${name}`;
  }

  flip(dice: Dice): string {
    const { switches } = this.hec;
    const kinds: [string, () => void][] = [
      ['HEC: index taken away', () => (switches.indexes = switches.indexes ? null : [])],
      ['HEC: token disabled for a while', () => (switches.token = switches.token === 'valid' ? 'disabled' : 'valid')],
      ['HEC: no acknowledgements for a while', () => (switches.ackNever = !switches.ackNever)],
      [
        'HEC: small requests only',
        () => (switches.maxContentLength = switches.maxContentLength > 1e6 ? 3_000 : 838_860_800),
      ],
    ];
    const [name, flip] = dice.pick(kinds);
    flip();
    return name;
  }

  heal(): void {
    this.hec.faults.clear();
    Object.assign(this.hec.switches, { indexes: null, token: 'valid', ackNever: false, maxContentLength: 838_860_800 });
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
    this.add(arrived);
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
