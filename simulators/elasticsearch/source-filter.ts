// `_source`: true, false, names and patterns to keep, or `{ includes, excludes }`.
import { textOf } from './raw.ts';
import { filterOf } from './filter-path.ts';
import { type Source } from './shard.ts';

/** `undefined`: the hit has no `_source`. */
export type SourceFilter = (source: Source) => Source | undefined;

const asList = (given: unknown): string[] =>
  given === undefined || given === null ? [] : Array.isArray(given) ? (given as string[]) : textOf(given).split(',');

export function sourceFilter(given: unknown): SourceFilter {
  if (given === false || given === 'false') return () => undefined;
  if (given === undefined || given === true || given === 'true') return (source) => source;
  const parts = given as { includes?: unknown; include?: unknown; excludes?: unknown; exclude?: unknown };
  const plain = typeof given === 'string' || Array.isArray(given);
  const includes = plain ? asList(given) : asList(parts.includes ?? parts.include);
  const excludes = plain ? [] : asList(parts.excludes ?? parts.exclude);
  const paths = [...includes, ...excludes.map((path) => `-${path}`)];
  if (paths.length === 0) return (source) => source;
  const filter = filterOf(paths.join(','));
  return (source) => filter(source) as Source;
}

/** From the parameters of a GET. */
export function sourceFilterOf(parameters: URLSearchParams): SourceFilter {
  const includes = parameters.get('_source_includes');
  const excludes = parameters.get('_source_excludes');
  if (includes !== null || excludes !== null) {
    return sourceFilter({ includes: includes ?? undefined, excludes: excludes ?? undefined });
  }
  return sourceFilter(parameters.get('_source') ?? undefined);
}
