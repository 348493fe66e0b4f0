// The `translate:` block of a feed: renames, drops and constants over the event body. Pure; wrong blocks are refused at start.
import type { Delivery } from '../records/delivery.ts';
import { ConfigError } from '../errors.ts';
import { BODY_KEYS, EVENT_KEYS, IDENTITY_KEYS } from './splunk.ts';

/** The feed's `translate:` block: what becomes of an event body before it is encoded. Throws RecordError. */
export type Shape = (body: Record<string, unknown>, delivery: Delivery) => Record<string, unknown>;

export interface ShapeRules {
  constants?: Record<string, string | number | boolean> | undefined;
  rename?: Record<string, string> | undefined;
  drop?: readonly string[] | undefined;
}

/** A place in the body: a key at the top, or one inside `event`. */
type Path = readonly [string] | readonly ['event', string];

/**
 * The body with keys renamed, then dropped, then constants added; the body given is left as it is. `known`: false when a hook
 * makes the body, whose keys nobody can know before. Throws ConfigError with one line for each key that is wrong.
 */
export function shapeOf({ constants = {}, rename = {}, drop = [] }: ShapeRules, known = true): Shape {
  const problems = [
    ...Object.keys(rename).flatMap((key) => keyProblems('rename', key, known)),
    ...drop.flatMap((key) => keyProblems('drop', key, known)),
    ...targetProblems({ constants, rename, drop }, known),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const renames = Object.entries(rename).map(([key, to]) => [pathOf(key), to] as const);
  const drops = drop.map(pathOf);
  if (renames.length === 0 && drops.length === 0 && Object.keys(constants).length === 0) return (body) => body;
  return (body) => {
    const shaped = { ...body, ...(isObject(body['event']) ? { event: { ...body['event'] } } : {}) };
    // All sources are taken out first, so that two keys can change places.
    const moved = renames.map(([path, to]) => [path, to, take(shaped, path)] as const);
    for (const path of drops) take(shaped, path);
    for (const [path, to, value] of moved) if (value !== undefined) parentOf(shaped, path)[to] = value;
    return Object.assign(shaped, constants);
  };
}

/** `comment`, `event.info`, or `info` where only the event has such a key. */
function pathOf(key: string): Path {
  if (key.startsWith('event.')) return ['event', key.slice('event.'.length)];
  return !BODY_KEYS.includes(key) && EVENT_KEYS.includes(key) ? ['event', key] : [key];
}

function parentOf(body: Record<string, unknown>, path: Path): Record<string, unknown> {
  return path.length === 2 && isObject(body['event']) ? body['event'] : body;
}

function take(body: Record<string, unknown>, path: Path): unknown {
  if (path.length === 2 && !isObject(body['event'])) return undefined;
  const parent = parentOf(body, path);
  const key = path.at(-1)!;
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined;
  delete parent[key];
  return value;
}

function keyProblems(rule: 'rename' | 'drop', key: string, known: boolean): string[] {
  const path = pathOf(key);
  if (path.length === 1 && IDENTITY_KEYS.includes(key)) {
    return [`translate.${rule}: ${key} is needed to recognise a delivery: leave it as it is`];
  }
  const isKnown = path.length === 2 ? EVENT_KEYS.includes(path[1]) : BODY_KEYS.includes(key);
  if (!known || isKnown) return [];
  const names = [...BODY_KEYS, ...EVENT_KEYS.map((name) => `event.${name}`)].join(', ');
  return [`translate.${rule}: ${key} is no key of the event; known here: ${names}`];
}

/** Two values must never meet at one key: one of them would be lost without a word. */
function targetProblems({ constants, rename, drop }: Required<ShapeRules>, known: boolean): string[] {
  const gone = new Set([...Object.keys(rename), ...drop].map((key) => pathOf(key).join('.')));
  const taken = new Set(
    [...(known ? BODY_KEYS : IDENTITY_KEYS), ...(known ? EVENT_KEYS.map((key) => `event.${key}`) : [])].filter(
      (key) => !gone.has(key),
    ),
  );
  const problems: string[] = [];
  const claim = (rule: string, given: string, place: string): void => {
    if (taken.has(place)) problems.push(`translate.${rule}: ${given} is there already: choose another name`);
    taken.add(place);
  };
  for (const [key, to] of Object.entries(rename)) claim('rename', to, [...pathOf(key).slice(0, -1), to].join('.'));
  for (const key of Object.keys(constants)) claim('constants', key, key);
  return problems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
