// Problems in the words of a person: file, line, key, what is wrong, and the nearest name that is known.
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Path, Problem, SourceText } from './document.ts';

/** `relay.yaml:12: feeds.main.intervall: …` */
export const lineFor = (source: SourceText, { path, message, line = source.lineOf(path) }: Problem): string =>
  [`${source.name}${line === undefined ? '' : `:${line}`}`, path.join('.'), message].filter(Boolean).join(': ');

type Issue = z.core.$ZodIssue;

/** `given`: what was checked. `known`: the keys that may stand at a path, for suggestions. No message holds a value. */
export const problemsOf = (
  error: z.ZodError,
  given: unknown,
  known: (path: Path) => readonly string[],
  at: Path = [],
): Problem[] => error.issues.flatMap((issue) => problemsOfIssue(issue, given, known, at));

function problemsOfIssue(issue: Issue, given: unknown, known: (path: Path) => readonly string[], at: Path): Problem[] {
  const inside = issue.path as (string | number)[];
  const path = [...at, ...inside];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: `is not known${suggestion(key, known(path))}` }));
  }
  const value = valueAt(given, inside);
  if (issue.code === 'invalid_union') {
    const choices = issue.errors.flat();
    const deepest = choices.toSorted((a, b) => b.path.length - a.path.length)[0];
    const shallow = deepest === undefined || (deepest.path.length === 0 && deepest.code !== 'unrecognized_keys');
    if (!shallow) return problemsOfIssue(deepest, value, known, path);
    const kinds = choices.flatMap((choice) => (choice.code === 'invalid_type' ? [choice.expected] : []));
    return [{ path, message: kinds.length > 0 ? wrongType(value, kinds) : (deepest?.message ?? issue.message) }];
  }
  return [{ path, message: inWords(issue, value) }];
}

/** A message that the schema itself gives is kept; zod's own ones are put into words. */
function inWords(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(value, [issue.expected]);
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    case 'invalid_value':
      return issue.message.startsWith('Invalid ') ? `must be ${oneOf(issue.values.map(String))}` : issue.message;
    case 'too_small':
      return issue.message.startsWith('Too ') ? `is too small: at least ${issue.minimum}` : issue.message;
    case 'too_big':
      return issue.message.startsWith('Too ') ? `is too large: at most ${issue.maximum}` : issue.message;
    default:
      return issue.message;
  }
}

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
  record: 'a block of keys',
};

function wrongType(value: unknown, expected: readonly string[]): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  return `must be ${oneOf([...new Set(expected.map((kind) => KINDS[kind] ?? kind))])}`;
}

const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

function valueAt(given: unknown, path: Path): unknown {
  let here = given;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** `; did you mean interval?`, or the list when nothing is near. */
export function suggestion(given: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const lower = given.toLowerCase();
  const nearest = known.find((name) => lower.length > 2 && name.startsWith(lower)) ?? closest(given, known);
  if (nearest.startsWith(lower) || distance(lower, nearest.toLowerCase()) <= Math.max(2, given.length / 3))
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

interface Inner {
  def?: { innerType?: unknown; in?: unknown; valueType?: unknown; options?: unknown[] };
  shape?: unknown;
}

/** Past optional, default, prefault and pipe; of a choice, the block of keys in it. */
function unwrap(schema: unknown): unknown {
  let here = schema as Inner | undefined;
  while (here && !here.shape && (here.def?.innerType ?? here.def?.in))
    here = (here.def?.innerType ?? here.def?.in) as Inner | undefined;
  const block = here?.def?.options?.map(unwrap).find((option) => (option as Inner | undefined)?.shape);
  if (block) return block;
  return here?.def?.valueType ? { valueType: here.def.valueType } : here;
}
