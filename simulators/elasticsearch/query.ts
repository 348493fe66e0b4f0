// Queries as tests of one document.
import { Refused, shardsFailed } from './errors.ts';
import { type Index } from './es-index.ts';
import { blockBits } from './ip.ts';
import { matches } from './names.ts';
import { type Entry } from './shard.ts';
import { asked, isNumber, type Key, type Reader, readerOf, type Scalar } from './values.ts';

type Json = Record<string, unknown>;
export type Test = (entry: Entry) => boolean;

export interface QueryContext {
  index: Index;
  /** What is not mapped counts as a keyword. */
  loose: boolean;
  /** Milliseconds. */
  now: number;
}

const none: Test = () => false;
const every: Test = () => true;

/** Throws 400 for a query that is not played, or has a value that the field cannot have. */
export function testOf(query: unknown, context: QueryContext): Test {
  if (query === undefined) return every;
  const [kind, body] = single(query, 'query');
  switch (kind) {
    case 'match_all':
      return every;
    case 'match_none':
      return none;
    case 'bool':
      return boolTest(body as Json, context);
    case 'constant_score':
      return testOf((body as Json)['filter'], context);
    case 'nested':
      return testOf((body as Json)['query'], context);
    case 'ids': {
      const ids = new Set((body as { values?: string[] }).values ?? []);
      return (entry) => ids.has(entry.id);
    }
    case 'exists': {
      const reader = readerOf(context.index.mapping, (body as { field: string }).field, context.loose);
      if (reader === undefined) return none;
      const inner = reader.field.type === 'object' || reader.field.type === 'nested';
      return (entry) => (inner ? reader.scalars(entry.source) : reader.keys(entry.source)).length > 0;
    }
    default:
      return fieldTest(kind, body, context);
  }
}

function fieldTest(kind: string, body: unknown, context: QueryContext): Test {
  if (!['term', 'terms', 'range', 'prefix', 'wildcard', 'match'].includes(kind)) {
    throw new Refused(400, 'parsing_exception', `unknown query [${kind}]`, { line: 1, col: 1 });
  }
  const { boost: _, ...named } = body as Json;
  const [name, given] = single(named, kind);
  if (name === '_id') return idTest(kind, given);
  const reader = readerOf(context.index.mapping, name, context.loose);
  if (reader === undefined) return none;
  if (kind === 'terms') return termsTest(given as Scalar[], reader, context);
  if (kind === 'range') return rangeTest(given as Json, reader, context);
  const value = (
    typeof given === 'object' && given !== null ? ((given as Json)['value'] ?? (given as Json)['query']) : given
  ) as Scalar;
  if (kind === 'term' || (kind === 'match' && reader.field.type !== 'text')) return termsTest([value], reader, context);
  const text = String(value);
  if (kind === 'match') {
    const words = new Set(wordsOf(text));
    return (entry) => reader.scalars(entry.source).some((one) => wordsOf(String(one)).some((word) => words.has(word)));
  }
  if (kind === 'prefix') return (entry) => reader.keys(entry.source).some((key) => String(key).startsWith(text));
  return (entry) => reader.keys(entry.source).some((key) => matches(text, String(key)));
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}_]+/u)
    .filter(Boolean);

function idTest(kind: string, given: unknown): Test {
  const ids = new Set(
    (kind === 'terms'
      ? (given as string[])
      : [typeof given === 'object' ? (given as Json)['value'] : given]) as string[],
  );
  return (entry) => ids.has(entry.id);
}

function termsTest(values: readonly Scalar[], reader: Reader, context: QueryContext): Test {
  if (values.length > 65_536) {
    const reason = `The number of terms [${values.length}] used in the Terms Query request has exceeded the allowed maximum of [65536]. This maximum can be set by changing the [index.max_terms_count] index level setting.`;
    throw failedQuery(context.index, 'illegal_argument_exception', reason);
  }
  const { field } = reader;
  if (field.type === 'ip' && values.some((value) => String(value).includes('/'))) {
    const blocks = values.map((value) => blockBits(String(value))).filter((block) => block !== undefined);
    return (entry) =>
      reader
        .keys(entry.source)
        .some((key) => blocks.some(([low, high]) => typeof key === 'bigint' && key >= low && key <= high));
  }
  const keys = new Set<Key>();
  for (const value of values) {
    const key = asked(field, value, context.now);
    if (key !== undefined) keys.add(key);
    else if (isNumber(field))
      throw failedQuery(context.index, 'number_format_exception', `For input string: "${value}"`);
  }
  if (field.type === 'text') {
    return (entry) => reader.scalars(entry.source).some((one) => wordsOf(String(one)).some((word) => keys.has(word)));
  }
  return (entry) => reader.keys(entry.source).some((key) => keys.has(key));
}

function rangeTest(given: Json, reader: Reader, context: QueryContext): Test {
  const limits: ((key: Key) => boolean)[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === null || !['gt', 'gte', 'lt', 'lte'].includes(name)) continue;
    const limit = asked(reader.field, value as Scalar, context.now);
    if (limit === undefined)
      throw failedQuery(context.index, 'illegal_argument_exception', `failed to parse [${value as string}]`);
    limits.push(
      name === 'gt'
        ? (key) => key > limit
        : name === 'gte'
          ? (key) => key >= limit
          : name === 'lt'
            ? (key) => key < limit
            : (key) => key <= limit,
    );
  }
  return (entry) => reader.keys(entry.source).some((key) => limits.every((limit) => limit(key)));
}

function boolTest(body: Json, context: QueryContext): Test {
  const listed = (name: string): Test[] => {
    const given = body[name];
    if (given === undefined) return [];
    return (Array.isArray(given) ? given : [given]).map((query) => testOf(query, context));
  };
  const must = [...listed('must'), ...listed('filter')];
  const mustNot = listed('must_not');
  const should = listed('should');
  const least = Number(body['minimum_should_match'] ?? (must.length === 0 && should.length > 0 ? 1 : 0));
  return (entry) =>
    must.every((test) => test(entry)) &&
    !mustNot.some((test) => test(entry)) &&
    (least === 0 || should.filter((test) => test(entry)).length >= least);
}

function single(value: unknown, kind: string): [string, unknown] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 1) return entries[0]!;
  const found = entries.slice(0, 2).map(([name]) => `[${name}]`);
  const reason =
    found.length === 2
      ? `[${kind}] query doesn't support multiple fields, found ${found.join(' and ')}`
      : `[${kind}] malformed query, no start_object after query name`;
  throw new Refused(400, 'parsing_exception', reason, { line: 1, col: 1 });
}

const failedQuery = (index: Index, type: string, reason: string): Refused =>
  shardsFailed(index.name, index.uuid, {
    type: 'query_shard_exception',
    reason: `failed to create query: ${reason}`,
    caused_by: { type, reason },
  });
