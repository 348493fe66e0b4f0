// The keys of attributes/restSearch (misp-api 2.1), and which of them a person may set. MISP ignores what it does not know and takes
// some values for "no filter" without a word, so everything doubtful is refused at start.
import { closest, distance } from 'fastest-levenshtein';

/** Narrow the answer. What they look at can change, and then MISP no longer shows the row: its withdrawal is not seen. */
const NARROW =
  words(`value value1 value2 type category org tags eventid uuid to_ids threat_level_id object_relation eventinfo
  sharinggroup first_seen last_seen`);
/** Add to each row. */
const INCLUDES = words(
  `includeEventUuid includeWarninglistHits includeSightings includeCorrelations modelOverrides includeFullModel score includeAllTags`,
);

const refusals: [string[], string][] = [
  [words('timestamp attribute_timestamp event_timestamp publish_timestamp'), 'the reading sets it: use `since`'],
  [words('last from to'), 'it leaves out what changes later: use `since`'],
  [words('page limit order deleted returnFormat'), 'the reading sets it'],
  [words('includeContext includeEventTags'), 'it is always set'],
  [words('published'), 'it hides what is edited: use `published` of the filter'],
  [words('enforceWarninglist'), 'MISP then drops rows inside a page: use `enforceWarninglist` of the filter'],
  [words('excludeDecayed allow_proposal_blocking includeProposals'), 'MISP then drops rows or tags inside a page'],
  [words('includeDecayScore'), 'use `includeDecayScore: true` of the feed'],
  [words('decayingModel'), 'use `decay.models` of the feed'],
  [words('withAttachments'), 'use `attachments: true` of the feed'],
  [
    words(`requested_attributes headerless includeGalaxy includeAttributeUuid flatten list event_ids attackGalaxy policy
      walled_garden ns email serial refresh retry expiry minimum_ttl ttl`),
    'it belongs to another format, or does nothing',
  ],
];
const REFUSED = new Map(refusals.flatMap(([keys, why]) => keys.map((key): [string, string] => [key, why])));

/** `first_seen` and `last_seen`: numbers only, since a text that cannot be read as a time finds nothing. */
const TIMES = new Set(['first_seen', 'last_seen']);

export const isInclude = (key: string): boolean => INCLUDES.includes(key);

/** Why this entry of `restSearch:` cannot be used, in one sentence; null when it can. */
export function complaintAbout(key: string, value: unknown): string | null {
  const refused = REFUSED.get(key);
  if (refused !== undefined) return `\`${key}\` cannot be set here: ${refused}.`;
  const known = [...NARROW, ...INCLUDES];
  if (!known.includes(key)) {
    const near = closest(key, known);
    const hint = distance(key.toLowerCase(), near.toLowerCase()) <= 3 ? `: did you mean \`${near}\`?` : '.';
    return `MISP does not know \`${key}\` and would ignore it${hint}`;
  }
  return complaintAboutValue(key, value);
}

function complaintAboutValue(key: string, value: unknown): string | null {
  if (value === false) return `MISP takes \`${key}: false\` for no filter: write 0.`;
  if (value === null || value === '' || isEmpty(value))
    return `MISP takes an empty \`${key}\` for no filter: leave it out.`;
  if (Array.isArray(value) && value.some((each) => complaintAboutValue(key, each) !== null)) {
    return `\`${key}\` holds an empty or false entry: leave it out.`;
  }
  if (!TIMES.has(key)) return null;
  const ends = Array.isArray(value) ? (value as unknown[]) : [value];
  if (!ends.every((end) => typeof end === 'number'))
    return `\`${key}\` must be epoch seconds: MISP finds nothing when it cannot read a time.`;
  if (Array.isArray(value) && ends.length !== 2)
    return `\`${key}\` must be one time, or two: MISP fails on other lists.`;
  const [low, high] = ends;
  return high !== undefined && low! > high ? `\`${key}\` has its ends reversed: MISP would swap them.` : null;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function words(text: string): string[] {
  return text.split(/\s+/);
}
