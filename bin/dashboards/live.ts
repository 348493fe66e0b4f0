// Which documents count now. The same for dashboards (as a filter) and rules (as a query).
import type { Json } from './saved.ts';

/** A constant of the data streams that a latest transform reads: what counts is in what it makes, and here all of it a second time. */
const SOURCE = 'labels.is_ioc_transform_source';

/** Without marks of withdrawals, what has decayed or expired, and what another integration has put beside ours. */
export const LIVE: Json = {
  bool: {
    filter: [
      { term: { 'event.kind': 'enrichment' } },
      { term: { 'event.type': 'indicator' } },
      { exists: { field: 'misp_relay.feed' } },
    ],
    must_not: [
      { term: { 'misp.attribute.decayed': true } },
      { range: { 'misp.attribute.decayed_at': { lte: 'now' } } },
      { term: { [SOURCE]: 'true' } },
    ],
  },
};

/** KQL. `to_ids` is MISP's word for what is fit for detection. */
export const FIT_FOR_DETECTION =
  'event.module: ti_misp and misp_relay.feed: * and misp.attribute.to_ids: true and not misp.attribute.decayed: true' +
  ` and not misp.attribute.decayed_at <= "now" and not ${SOURCE}: "true"`;
