// Problems in the words of a person: file, line, key, what is wrong, and the nearest name that is known.
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Path, Problem, SourceText } from './document.ts';

/** `relay.yaml:12: feeds.main.intervall: …` */
export const lineFor = (source: SourceText, { path, message, line = source.lineOf(path) }: Problem): string =>
  [`${source.name}${line === undefined ? '' : `:${line}`}`, path.join('.'), message].filter(Boolean).join(': ');

/** `known`: the keys that may stand at a path, for suggestions. */
export function problemsOf(error: z.ZodError, known: (path: Path) => readonly string[], at: Path = []): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = [...at, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `is not known${suggestion(key, known(path))}`,
      }));
    }
    if (issue.code === 'invalid_type' && issue.input === undefined) return [{ path, message: 'is missing' }];
    if (issue.code === 'invalid_union') {
      const deepest = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
      return [
        {
          path: [...path, ...((deepest?.path ?? []) as (string | number)[])],
          message: deepest?.message ?? issue.message,
        },
      ];
    }
    return [{ path, message: issue.message }];
  });
}

/** `; did you mean interval?`, or the list when nothing is near. */
export function suggestion(given: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(given, known);
  if (distance(given.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, given.length / 3))
    return `; did you mean ${nearest}?`;
  return `; known here: ${known.join(', ')}`;
}

/** The keys of the object schema at a path; empty where there is none. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  let here: unknown = schema;
  for (const step of path) here = inner(here, String(step));
  const object = unwrap(here) as { shape?: Record<string, unknown> } | undefined;
  return object?.shape ? Object.keys(object.shape) : [];
}

function inner(schema: unknown, step: string): unknown {
  const object = unwrap(schema) as { shape?: Record<string, unknown>; valueType?: unknown } | undefined;
  return object?.shape?.[step] ?? object?.valueType;
}

/** Past optional, default, prefault and pipe. */
function unwrap(schema: unknown): unknown {
  let here = schema as
    { def?: { innerType?: unknown; in?: unknown; valueType?: unknown }; shape?: unknown } | undefined;
  while (here && !here.shape && (here.def?.innerType ?? here.def?.in))
    here = (here.def?.innerType ?? here.def?.in) as typeof here;
  return here?.def?.valueType ? { valueType: here.def.valueType } : here;
}
