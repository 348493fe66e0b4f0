// The filter of a feed: what a person writes, what of it may go to MISP, and how a page is asked for. What an edit can change is
// decided after reading (filter.ts): a row that leaves the filter must still be seen, so that it can be withdrawn.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { complaintAbout, isInclude } from './rest-search-keys.ts';
import { TLP_LEVELS } from '../records/tlp.ts';

const entry = z.union([z.string().min(1), z.number()]).transform(String);
/** Any of the entries, and none of those that begin with `!`. An empty list would mean nothing, or everything. */
const list = z.array(entry).min(1, 'an empty list is no filter: leave it out').optional();
const LEVELS: Record<string, string> = { '1': 'High', '2': 'Medium', '3': 'Low', '4': 'Undefined' };
const level = entry.transform((given, context) => {
  const known = LEVELS[given] ?? Object.values(LEVELS).find((name) => name.toLowerCase() === given.toLowerCase());
  if (known !== undefined) return known;
  context.issues.push({ code: 'custom', message: 'must be High, Medium, Low or Undefined, or 1 to 4', input: given });
  return z.NEVER;
});

const restSearch = z.record(z.string(), z.unknown()).superRefine((given, context) => {
  for (const [key, value] of Object.entries(given)) {
    const complaint = complaintAbout(key, value);
    if (complaint !== null) context.addIssue({ code: 'custom', message: complaint, path: [key] });
  }
});

/** The `filter:` block of relay.yaml. */
export const filterSchema = z
  .strictObject({
    types: list,
    categories: list,
    /** A name may end in `*` or `%`. */
    tags: list,
    toIds: z.boolean().optional(),
    published: z.boolean().optional(),
    /** Creator organisations, by name or uuid. */
    orgs: list,
    eventIds: list,
    threatLevels: z.array(level).min(1, 'an empty list is no filter: leave it out').optional(),
    enforceWarninglist: z.boolean().default(false),
    /** The strictest of the attribute's and the event's tags may be at most this. */
    maxTlp: z
      .preprocess(
        (given) =>
          typeof given === 'string' ? given.toLowerCase().replace(/^tlp:/, '') : given === false ? 'off' : given,
        z.enum([...TLP_LEVELS, 'off']),
      )
      .default('amber+strict'),
    untaggedTlp: z.enum(['allow', 'deny']).default('allow'),
    /** Other keys of restSearch. Those that narrow also hide withdrawals: a row that leaves them is no longer shown. */
    restSearch: restSearch.default({}),
  })
  .prefault({});

export type Filter = z.output<typeof filterSchema>;

/**
 * What is sent to MISP to narrow the answer: event ids, since an attribute never moves to another event, and what `restSearch:` names.
 * Everything else can be changed by an edit, and a row that MISP no longer shows could never be withdrawn.
 */
export function restSearchOf(filter: Filter): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(filter.restSearch).filter(([key]) => !isInclude(key)));
  const ids = filter.eventIds ?? [];
  const onlyWanted = ids.length > 0 && ids.every((id) => !id.startsWith('!'));
  return { ...(onlyWanted ? { eventid: ids } : {}), ...given };
}

export interface Wanted {
  /** Bodies of attachments and malware samples. */
  attachments?: boolean;
  /** Decay scores, of these models; an empty list: of all that are enabled. */
  scores?: readonly string[];
}

/** What MISP shall add to each row. */
export function includesOf(filter: Filter, { attachments, scores }: Wanted = {}): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(filter.restSearch).filter(([key]) => isInclude(key)));
  return {
    includeContext: 1,
    includeEventTags: 1,
    includeWarninglistHits: 1, // cheap, and removes no row (misp-live 7)
    ...(attachments ? { withAttachments: 1 } : {}),
    ...(scores ? { includeDecayScore: 1 } : {}),
    ...(scores && scores.length > 0 ? { decayingModel: scores } : {}),
    ...given,
  };
}

const PAGE_SIZE = 5000;
const PAGE_SIZE_COSTLY = 1000;
/** MISP makes queries of their own for each attribute (misp-api rule 8). */
const COSTLY = ['includeSightings', 'includeDecayScore', 'includeCorrelations'];

/** Rows a page: 5,000 at most, and 1,000 with includes that cost MISP a query for each row. */
export function pageSizeOf(includes: Record<string, unknown>, asked = PAGE_SIZE): number {
  const costly = COSTLY.some((key) => !['0', 'undefined'].includes(String(includes[key])));
  return Math.max(1, Math.min(asked, costly ? PAGE_SIZE_COSTLY : PAGE_SIZE));
}

/** The same for filters that mean the same, whatever their order: a poll starts again when it changes. */
export function filterDigest(filter: Filter): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(filter)))
    .digest('hex')
    .slice(0, 16);
}

const LISTS_WITHOUT_ORDER = new Set(['types', 'categories', 'tags', 'orgs', 'eventIds', 'threatLevels']);

function sorted(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item));
    return LISTS_WITHOUT_ORDER.has(key) ? [...new Set(items as string[])].sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, sorted(each, name)]),
  );
}
