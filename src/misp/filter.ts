// Whether a record passes the filter of a feed: decided here after reading, on what one record shows.
import type { IndicatorRecord } from '../records/record.ts';
import type { Filter } from './query.ts';
import { strictestTlp, tlpRank } from '../records/tlp.ts';

/**
 * Null when the record passes, otherwise the rule that filters it: a short word for counting, such as `type`, `maxTlp` or
 * `tag !workflow:state="incomplete"`. Names are compared in any case.
 */
export function matches(filter: Filter, record: IndicatorRecord): string | null {
  const { event } = record;
  if (fails(filter.types, [record.type])) return 'type';
  if (fails(filter.categories, [record.category])) return 'category';
  if (filter.toIds !== undefined && filter.toIds !== record.toIds) return 'toIds';
  if (filter.published !== undefined && filter.published !== event.published) return 'published';
  if (fails(filter.orgs, [event.orgc, event.orgcUuid])) return 'org';
  if (fails(filter.eventIds, [event.id, event.uuid])) return 'eventId';
  if (filter.threatLevels !== undefined && !filter.threatLevels.includes(event.threatLevel)) return 'threatLevel';
  const tags = [...record.tags, ...event.tags].map(({ name }) => name);
  return tagRule(filter, tags) ?? tlpRule(filter, tags) ?? warninglistRule(filter, record);
}

function tagRule(filter: Filter, tags: string[]): string | null {
  const unwanted = (filter.tags ?? []).find(
    (entry) => entry.startsWith('!') && tags.some((tag) => isLike(tag, entry.slice(1))),
  );
  if (unwanted !== undefined) return `tag ${unwanted}`;
  return fails(filter.tags, tags) ? 'tag' : null;
}

function tlpRule(filter: Filter, tags: string[]): string | null {
  const strictest = strictestTlp(tags);
  if (strictest === null) return filter.untaggedTlp === 'deny' ? 'untaggedTlp' : null;
  return filter.maxTlp !== 'off' && strictest > tlpRank(filter.maxTlp) ? 'maxTlp' : null;
}

const warninglistRule = (filter: Filter, record: IndicatorRecord): string | null =>
  filter.enforceWarninglist && record.warninglists.length > 0 ? 'warninglist' : null;

/** Any of the wanted entries (when there are some), and none of those that begin with `!`. */
function fails(entries: string[] | undefined, values: string[]): boolean {
  if (entries === undefined) return false;
  const wanted = entries.filter((entry) => !entry.startsWith('!'));
  const unwanted = entries.filter((entry) => entry.startsWith('!')).map((entry) => entry.slice(1));
  const any = (patterns: string[]): boolean =>
    patterns.some((pattern) => values.some((value) => isLike(value, pattern)));
  return (wanted.length > 0 && !any(wanted)) || any(unwanted);
}

/** In any case; a pattern may end in `*` or `%`. */
function isLike(value: string, pattern: string): boolean {
  const lower = pattern.toLowerCase();
  const name = value.toLowerCase();
  return /[*%]$/.test(lower) ? name.startsWith(lower.slice(0, -1)) : name === lower;
}
