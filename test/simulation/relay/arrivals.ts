// What has arrived at a destination, seen from its side: each record, and whether it is proved.
import type { SimReply, SimRequest } from '../../../simulators/http.ts';
import type { Destination, DestinationContext } from '../../../src/destinations/destination.ts';
import type { Dice } from './dice.ts';
import { Attempt } from './attempt.ts';
import type { Shown } from './truth.ts';

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

/** A record on its way, as the shipment's text has it. */
export interface Line {
  uuid: string;
  seq: number;
  deliveryId: string;
}

export abstract class Arrivals {
  /** In the order of arrival. */
  readonly arrived: Arrived[] = [];
  readonly byUuid = new Map<string, Arrived[]>();
  /** How often each delivery_id has arrived. */
  readonly times = new Map<string, number>();
  /** Which delivery_ids a request carries, before it is judged. */
  onPost: (deliveryIds: string[]) => void = () => {};

  /** As the network calls it. */
  abstract readonly host: 'hec' | 'elasticsearch';
  /** The code of a record that no request may carry. */
  abstract readonly tooLarge: string;
  /** What comes twice is there twice, so that a receipt must count it. */
  abstract readonly keepsDuplicates: boolean;
  /** How many requests it has met. */
  abstract readonly requests: number;

  abstract destination(context: DestinationContext): Destination;
  abstract handle(request: SimRequest): SimReply;
  abstract lineOf(text: string): Line;
  /** Two views are the same when a person sees the same there. */
  abstract viewOf(shown: Shown): string;
  /** Something goes wrong with requests to come: what, for the tally. */
  abstract fail(dice: Dice): string;
  /** Something is wrong until the next time: what. */
  abstract flip(dice: Dice): string;
  /** Starts again. Returns how many records are gone. */
  abstract restart(): number;
  /** Everything is well. */
  abstract heal(): void;

  /** The shipment whose attempt is at work. */
  sender(): string {
    return Attempt.current?.shipment ?? '';
  }

  /** The version that stands: the one with the highest `seq`. */
  latest(uuid: string): Arrived | undefined {
    return this.byUuid
      .get(uuid)
      ?.reduce<Arrived | undefined>((best, each) => (best && each.seq < best.seq ? best : each), undefined);
  }

  protected add(arrived: Arrived): void {
    const { uuid, deliveryId } = arrived;
    this.arrived.push(arrived);
    this.byUuid.set(uuid, [...(this.byUuid.get(uuid) ?? []), arrived]);
    this.times.set(deliveryId, (this.times.get(deliveryId) ?? 0) + 1);
  }
}
