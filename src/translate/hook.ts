// `translate.module`: a file of the user with one pure function that makes the event body. It is loaded at start, and what goes
// wrong in it later concerns one record only.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Shape } from './shape.ts';
import type { Upsert } from '../records/delivery.ts';
import { ConfigError, RecordError } from '../errors.ts';
import type { IndicatorRecord } from '../records/record.ts';
import { type Path, put, shapeOf, type ShapeRules, valueAt, type Vocabulary } from './shape.ts';

/** What a hook is told beside the record. */
export interface HookContext {
  feed: string;
  /** Name of the source in the config. */
  source: string;
  /** Base URL of the MISP. */
  sourceUrl: string;
  seq: number;
  deliveryId: string;
  /** Epoch seconds. */
  observedAt: number;
  /** The body as it would be without the hook. */
  body: Record<string, unknown>;
}

/** The default export of the module. It must be pure: the same record gives the same body. */
export type Hook = (record: IndicatorRecord, context: HookContext) => Record<string, unknown>;

/**
 * The whole `translate:` block of a feed, over what its destination makes: the hook first, then renames, drops and constants. Withdrawals do not pass through the
 * hook, which is made for records. Throws ConfigError for a block or a module that cannot work; the shape throws RecordError
 * HOOK_FAILED.
 */
export async function loadShape(
  vocabulary: Vocabulary,
  translate: ShapeRules & { module?: string | undefined },
  resolvePath: (path: string) => string,
): Promise<Shape> {
  const { module } = translate;
  const rules = shapeOf(vocabulary, translate, module === undefined);
  if (module === undefined) return rules;
  const hook = await loadHook(module, resolvePath(module));
  return (body, delivery) =>
    rules(delivery.action === 'upsert' ? apply(hook, body, delivery, vocabulary) : body, delivery);
}

async function loadHook(name: string, path: string): Promise<Hook> {
  if (!existsSync(path)) {
    throw new ConfigError([
      `translate.module: ${name} is not there: mind the path (it starts at the folder of the config)`,
    ]);
  }
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : 'it threw something';
    throw new ConfigError([`translate.module: ${name} cannot be loaded (${reason})`]);
  }
  if (typeof loaded.default === 'function') return loaded.default as Hook;
  throw new ConfigError([
    `translate.module: ${name} has no function as its default export: write export default (record, context) => body`,
  ]);
}

/** Copies go in, so that a hook cannot change what others see, and a checked copy comes out. */
function apply(
  hook: Hook,
  body: Record<string, unknown>,
  delivery: Upsert,
  { identity }: Vocabulary,
): Record<string, unknown> {
  const { record, feed, source, sourceUrl, seq, deliveryId, observedAt } = delivery;
  let made: unknown;
  try {
    const context = { feed, source, sourceUrl, seq, deliveryId, observedAt, body: structuredClone(body) };
    made = hook(structuredClone(record), context);
  } catch (error) {
    // The name only: a message may hold values of the record.
    throw failed(`it threw ${error instanceof Error ? error.name : 'something that is no error'}`);
  }
  if (made instanceof Promise) {
    made.catch(() => {});
    throw failed('it returned a promise; it must not be async');
  }
  const checked = plain(made);
  if (Object.keys(checked).length === 0) throw failed('it returned an empty object');
  return withIdentity(
    checked,
    identity.map((key) => key.split('.')),
    body,
  );
}

/** The identity stands first where it is flat, and no hook can change it. */
function withIdentity(
  made: Record<string, unknown>,
  identity: readonly Path[],
  body: Record<string, unknown>,
): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const path of identity) if (path.length === 1) flat[path[0]!] = undefined;
  const shaped = { ...flat, ...made };
  for (const path of identity) put(shaped, path, valueAt(body, path));
  return shaped;
}

function plain(made: unknown): Record<string, unknown> {
  if (!isPlain(made)) throw failed(`it returned no plain object: ${kindOf(made)}`);
  try {
    const copy: unknown = JSON.parse(JSON.stringify(made));
    if (isPlain(copy)) return copy;
  } catch {
    // A circle, a BigInt, a toJSON that throws or gives nothing.
  }
  throw failed('what it returned cannot be written as a JSON object');
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an instance' : typeof value;

const failed = (reason: string): RecordError =>
  new RecordError('HOOK_FAILED', `the function of translate.module failed: ${reason}`);

const firstLine = (text: string): string => text.split('\n', 1)[0]!.slice(0, 200);
