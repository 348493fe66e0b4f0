// The `translate:` block of a feed: renames, drops and constants over what is sent. Pure; wrong blocks are refused at start.
import type { Delivery } from '../records/delivery.ts';
import { ConfigError } from '../errors.ts';

/** The feed's `translate:` block: what becomes of a body before it is encoded. Throws RecordError. */
export type Shape = (body: Record<string, unknown>, delivery: Delivery) => Record<string, unknown>;

export interface ShapeRules {
  constants?: Record<string, string | number | boolean> | undefined;
  rename?: Record<string, string> | undefined;
  drop?: readonly string[] | undefined;
}

/** A place in the body: the keys from the top to it. */
export type Path = readonly string[];

/** What a `translate:` block can name in the body that a destination makes. */
export interface Vocabulary {
  /** What the body is called in a complaint. */
  what: string;
  /** All places, dotted; an object that is listed can be named as a whole. */
  keys: readonly string[];
  /** What makes a delivery recognisable: it can be neither renamed nor dropped nor replaced. Dotted. */
  identity: readonly string[];
  /** Where a key of `rename` and `drop` lies. */
  pathOf: (key: string) => Path;
  /** Where the new name of a key lies. */
  renamed: (from: Path, to: string) => Path;
  /** Where a constant lies. */
  constant: (key: string) => Path;
}

/**
 * The body with keys renamed, then dropped, then constants added; the body given is left as it is. `known`: false when a hook
 * makes the body, whose keys nobody can know before. Throws ConfigError with one line for each key that is wrong.
 */
export function shapeOf(
  vocabulary: Vocabulary,
  { constants = {}, rename = {}, drop = [] }: ShapeRules,
  known = true,
): Shape {
  const problems = [
    ...Object.keys(rename).flatMap((key) => keyProblems(vocabulary, 'rename', key, known)),
    ...drop.flatMap((key) => keyProblems(vocabulary, 'drop', key, known)),
    ...targetProblems(vocabulary, { constants, rename, drop }, known),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const renames = Object.entries(rename).map(([key, to]) => {
    const from = vocabulary.pathOf(key);
    return { from, to: vocabulary.renamed(from, to) };
  });
  const drops = drop.map((key) => vocabulary.pathOf(key));
  const added = Object.entries(constants).map(([key, value]) => ({ to: vocabulary.constant(key), value }));
  if (renames.length === 0 && drops.length === 0 && added.length === 0) return (body) => body;
  const touched = parentsOf([...renames.flatMap(({ from, to }) => [from, to]), ...drops, ...added.map(({ to }) => to)]);
  return (body) => {
    const shaped = { ...body };
    for (const path of touched) copyAt(shaped, path);
    // All sources are taken out first, so that two keys can change places.
    const moved = renames.map(({ from, to }) => ({ to, value: take(shaped, from) }));
    for (const path of drops) take(shaped, path);
    for (const { to, value } of moved) if (value !== undefined) put(shaped, to, value);
    for (const { to, value } of added) put(shaped, to, value);
    return shaped;
  };
}

export function valueAt(body: Record<string, unknown>, path: Path): unknown {
  let value: unknown = body;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** Makes what is missing on the way. */
export function put(body: Record<string, unknown>, path: Path, value: unknown): void {
  let parent = body;
  for (const key of path.slice(0, -1)) {
    const next = parent[key];
    parent = isObject(next) ? next : (parent[key] = {});
  }
  parent[path.at(-1)!] = value;
}

function take(body: Record<string, unknown>, path: Path): unknown {
  const parent = valueAt(body, path.slice(0, -1));
  if (!isObject(parent)) return undefined;
  const key = path.at(-1)!;
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined;
  delete parent[key];
  return value;
}

/** The objects that a change lies in, the outer ones first. */
function parentsOf(paths: readonly Path[]): Path[] {
  const parents = new Map<string, Path>();
  for (const path of paths) {
    for (let length = 1; length < path.length; length++) {
      const parent = path.slice(0, length);
      parents.set(parent.join('\0'), parent);
    }
  }
  return [...parents.values()].sort((a, b) => a.length - b.length);
}

function copyAt(body: Record<string, unknown>, path: Path): void {
  const value = valueAt(body, path);
  if (isObject(value)) put(body, path, { ...value });
}

function keyProblems(
  { what, keys, identity, pathOf }: Vocabulary,
  rule: 'rename' | 'drop',
  key: string,
  known: boolean,
): string[] {
  const place = pathOf(key).join('.');
  if (identity.some((each) => each === place || each.startsWith(`${place}.`))) {
    return [`translate.${rule}: ${key} is needed to recognise a delivery: leave it as it is`];
  }
  if (!known || keys.includes(place)) return [];
  return [`translate.${rule}: ${key} is no key of the ${what}; known here: ${keys.join(', ')}`];
}

/** Two values must never meet at one place: one of them would be lost without a word. */
function targetProblems(vocabulary: Vocabulary, rules: Required<ShapeRules>, known: boolean): string[] {
  const { keys, identity, pathOf } = vocabulary;
  const gone = [...Object.keys(rules.rename), ...rules.drop].map((key) => pathOf(key).join('.'));
  const isGone = (key: string): boolean => gone.some((each) => key === each || key.startsWith(`${each}.`));
  const taken = new Set([...(known ? keys : identity)].filter((key) => !isGone(key)));
  const problems: string[] = [];
  const claim = (rule: string, given: string, path: Path): void => {
    const place = path.join('.');
    const inside = path.slice(1).some((_, n) => isLeaf(path.slice(0, n + 1).join('.')));
    if (taken.has(place) || inside) problems.push(`translate.${rule}: ${given} is there already: choose another name`);
    taken.add(place);
  };
  /** A place that holds a value, so that nothing can be put into it. */
  const isLeaf = (place: string): boolean => taken.has(place) && !keys.some((key) => key.startsWith(`${place}.`));
  for (const [key, to] of Object.entries(rules.rename)) claim('rename', to, vocabulary.renamed(pathOf(key), to));
  for (const key of Object.keys(rules.constants)) claim('constants', key, vocabulary.constant(key));
  return problems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
