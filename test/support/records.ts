// Rows and records for tests.
import type { EventDetails, IndicatorRecord } from '../../src/records/record.ts';

let next = 1;
export const uuidOf = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

export const eventDetails: EventDetails = {
  threatLevelId: '1',
  sharingGroupId: '0',
  extendsUuid: '',
  attributeCount: null,
  disableCorrelation: null,
  locked: null,
  proposalEmailLock: null,
  sightingTimestamp: 0,
  creatorEmail: '',
  org: { id: '2', name: '', uuid: '', local: null },
  orgc: { id: '3', name: 'theirs', uuid: uuidOf(0x0a), local: false },
};

export function recordWith(
  changes: Partial<IndicatorRecord> = {},
  event: Partial<IndicatorRecord['event']> = {},
): IndicatorRecord {
  const n = next++;
  return {
    uuid: uuidOf(n),
    id: String(n),
    type: 'ip-dst',
    category: 'Network activity',
    value: `198.51.100.${n % 256}`,
    toIds: true,
    deleted: false,
    timestamp: 1_700_000_000,
    comment: '',
    distribution: '5',
    sharingGroupId: '0',
    firstSeen: null,
    lastSeen: null,
    object: null,
    tags: [{ name: 'tlp:green', local: false }],
    warninglists: [],
    attachment: null,
    disableCorrelation: null,
    decay: null,
    context: null,
    event: {
      id: '1',
      uuid: uuidOf(0xe1),
      info: 'a campaign',
      date: '2026-01-01',
      threatLevel: 'High',
      analysis: 'Completed',
      published: true,
      publishTimestamp: 1_700_000_100,
      timestamp: 1_700_000_050,
      org: 'ours',
      orgc: 'theirs',
      orgcUuid: uuidOf(0x0a),
      distribution: '3',
      tags: [],
      details: eventDetails,
      ...event,
    },
    ...changes,
  };
}
