// Sees each step of the store as soon as it is durable, and holds it against what the destination has proved.
import { unpackText } from '../../../activities/packing.ts';
import { unpackPage } from '../../../activities/page-bytes.ts';
import type { FeedState } from '../../../src/core/feed-state.ts';
import type { ClaimedShipment, Claim, Finish, NewShipment, Settlement } from '../../../src/store/store.ts';
import { Attempt } from './attempt.ts';
import type { Arrivals, Line } from './arrivals.ts';
import type { Proofs } from './proofs.ts';
import { count, type Tally } from './tally.ts';

export class Witness {
  private readonly proofs: Proofs;
  private readonly lineOf: Arrivals['lineOf'];
  private readonly tally: Tally;

  constructor(proofs: Proofs, tally: Tally, lineOf: Arrivals['lineOf']) {
    this.proofs = proofs;
    this.lineOf = lineOf;
    this.tally = tally;
  }

  /** What it finds broken is kept: inside an attempt nobody can be told. */
  readonly committed = (method: string, args: readonly unknown[], result: unknown): void => {
    try {
      this.see(method, args, result);
    } catch (error) {
      this.proofs.broken ??= String(error);
    }
  };

  private see(method: string, args: readonly unknown[], result: unknown): void {
    switch (method) {
      case 'generationOf': // what is forgotten from here on, the shipment does not know
        Attempt.current!.ledgerSeenAt = this.proofs.ledgerSeen();
        break;
      case 'putPage':
        this.page(args[0] as { ref: string; bytes: Uint8Array });
        break;
      case 'putShipment':
        this.shipment(args[0] as NewShipment);
        break;
      case 'claimShipment':
        if (result && 'receipt' in (result as ClaimedShipment)) count(this.tally, 'receipt found on a retry');
        break;
      case 'settlePart':
        this.proofs.settled((args[0] as Claim).ref, args[1] as Settlement);
        break;
      case 'finishShipment': {
        const [{ ref }, finish] = args as [Claim, Finish];
        this.proofs.settled(ref, finish);
        this.proofs.finished(ref, finish.receipt);
        this.proofs.reached(finish.checkpoint.id, finish.checkpoint.state);
        break;
      }
      case 'saveCheckpoint': {
        const [id, , state] = args as [string, string, FeedState];
        if (state.owe !== null) this.proofs.forgotten();
        this.proofs.reached(id, state);
        break;
      }
      default:
    }
  }

  private page({ ref, bytes }: { ref: string; bytes: Uint8Array }): void {
    void unpackPage(bytes).then((page) => this.proofs.pageStored(ref, page));
  }

  private shipment({ ref, batches }: NewShipment): void {
    const lines: Line[] = [];
    this.proofs.shipmentStored(ref, Attempt.current!.ledgerSeenAt, lines);
    for (const { body } of batches) {
      void unpackText(body).then((text) => {
        for (const line of text.split('\n')) lines.push(this.lineOf(line));
      });
    }
  }
}
