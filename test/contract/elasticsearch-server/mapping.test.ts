// What a mapping takes and refuses, document by document.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { index, servers, type Item, type Json, type Server } from './server.ts';

const properties = {
  ip: { type: 'ip' },
  loose: { type: 'ip', ignore_malformed: true },
  date: { type: 'date' },
  second: { type: 'date', format: 'epoch_second' },
  long: { type: 'long' },
  float: { type: 'float' },
  flag: { type: 'boolean' },
  short: { type: 'keyword', ignore_above: 5 },
  word: { type: 'keyword' },
  text: { type: 'text', fields: { address: { type: 'ip' } } },
  flat: { type: 'flattened' },
  object: { properties: { a: { type: 'keyword' } } },
  nested: { type: 'nested', properties: { a: { type: 'keyword' } } },
  open: { type: 'object', dynamic: true, properties: {} },
  closed: { type: 'object', dynamic: false, properties: {} },
  off: { type: 'object', enabled: false },
};

const good: Json[] = [
  ...[
    { ip: '192.0.2.1' },
    { ip: '2001:db8::1' },
    { ip: null },
    { ip: ['192.0.2.1', '192.0.2.2'] },
    { loose: 'example.org' },
  ],
  ...[
    { date: 1_700_000_000_000 },
    { date: '1700000000000' },
    { date: '2026-01-01' },
    { date: '2026-01-01T00:00:00.123456789+02:00' },
  ],
  ...[
    { date: '2026' },
    { date: '2026-01-01T00:00Z' },
    { date: '2026-01-01T00:00:00+0100' },
    { date: '0001-01-01T00:00:00Z' },
    { date: -1 },
  ],
  ...[
    { second: 1_700_000_000 },
    { second: '1700000000' },
    { long: '12' },
    { long: 1.5 },
    { long: '' },
    { flag: 'true' },
    { flag: '' },
  ],
  ...[{ short: 'longer than five' }, { word: 12 }, { word: true }, { word: ['a', ['b']] }, { text: '192.0.2.1' }],
  ...[
    { flat: { a: { b: [1, 'x'] } } },
    { flat: [{ a: 1 }, { b: 1 }] },
    { flat: null },
    { object: [{ a: '1' }, { a: '2' }] },
  ],
  ...[
    { object: null },
    { 'object.a': 'x' },
    { nested: [{ a: '1' }] },
    { open: { n: 1, s: 'x' } },
    { closed: { any: 1 } },
  ],
  ...[{ off: { any: { x: 1 } } }, { off: 'x' }, {}],
];

const addressless = (text: string): string => `'${text}' is not an IP string literal.`;
const undated = (text: string, format = 'strict_date_optional_time||epoch_millis'): string =>
  `failed to parse date field [${text}] with format [${format}]`;

/** Field, its type, the value, and the reason below the first one. */
const bad: [field: string, type: string, value: unknown, because: string][] = [
  ['ip', 'ip', '999.1.1.1', addressless('999.1.1.1')],
  ['ip', 'ip', 'example.org', addressless('example.org')],
  ['ip', 'ip', '192.0.2.0/24', addressless('192.0.2.0/24')],
  ['ip', 'ip', '2001:db8:::1', addressless('2001:db8:::1')],
  ['ip', 'ip', '', addressless('')],
  ['ip', 'ip', 1, addressless('1')],
  ['ip', 'ip', { a: 1 }, 'Expected text at 1:7 but found START_OBJECT'],
  ['loose', 'ip', { a: 1 }, 'Expected text at 1:10 but found START_OBJECT'],
  ['date', 'date', 'nonsense', undated('nonsense')],
  ['date', 'date', '2026-01-01 00:00:00', undated('2026-01-01 00:00:00')],
  ['date', 'date', '2026-13-01', undated('2026-13-01')],
  ['date', 'date', '2026-1-1', undated('2026-1-1')],
  ['date', 'date', '2026-01-01T24:00:00Z', undated('2026-01-01T24:00:00Z')],
  ['date', 'date', '2026-02-30T00:00:00Z', "Invalid date 'FEBRUARY 30'"],
  ['date', 'date', true, undated('true')],
  ['date', 'date', '', 'cannot parse empty datetime'],
  ['second', 'date', '2026-01-01', undated('2026-01-01', 'epoch_second')],
  ['long', 'long', 'abc', 'For input string: "abc"'],
  ['long', 'long', '92233720368547758080', 'Value [92233720368547758080] is out of range for a long'],
  ['long', 'long', { a: 1 }, 'Cannot parse object as number'],
  ['float', 'float', 'abc', 'For input string: "abc"'],
  ['flag', 'boolean', 'yes', 'Failed to parse value [yes] as only [true] or [false] are allowed.'],
  ['word', 'keyword', { a: 1 }, 'Expected text at 1:9 but found START_OBJECT'],
  ['flat', 'flattened', 'x', 'Failed to parse object: expecting token of type [START_OBJECT] but found [VALUE_STRING]'],
];

describe.each(servers)('$name', ({ start }) => {
  let server: Server;
  let name: string;
  beforeAll(async () => {
    server = await start();
    name = `${server.prefix}-mapped`;
    const made = await server.send('PUT', `/${name}`, { mappings: { dynamic: 'strict', properties } });
    expect(made.json).toMatchObject({ acknowledged: true, index: name });
  });
  afterAll(async () => server.close());

  const one = async (document: unknown, to = name): Promise<Item> => (await server.bulk(to, index('id', document)))[0]!;

  it('takes what fits', async () => {
    const items = await server.bulk(
      name,
      good.flatMap((document, i) => index(String(i), document)),
    );
    expect(items.filter((item) => item.error !== undefined)).toEqual([]);
    expect(items).toHaveLength(good.length);
  });

  it.each(bad)('%s (%s) does not take %j', async (field, type, value, because) => {
    const { status, error } = await one({ [field]: value });
    expect([status, error!.type]).toEqual([400, 'document_parsing_exception']);
    expect(error!.reason).toMatch(/^\[1:\d+\] /);
    expect(error!.reason).toContain(
      ` failed to parse field [${field}] of type [${type}] in document with id 'id'. Preview of field's value: '`,
    );
    expect(error!.caused_by!.reason).toBe(because);
  });

  it('does not take a number or a boolean where the other is wanted', async () => {
    expect((await one({ long: true })).error!.caused_by!.type).toBe('x_content_parse_exception');
    expect((await one({ flag: 1 })).error!.caused_by!.type).toBe('x_content_parse_exception');
  });

  it('checks multi-fields too', async () => {
    expect((await one({ text: 'words' })).error!.reason).toContain('failed to parse field [text.address] of type [ip]');
  });

  it('does not take a term that is too long, unless ignore_above leaves it out', async () => {
    expect(await one({ word: 'x'.repeat(32_767) })).toMatchObject({
      status: 400,
      error: { type: 'document_parsing_exception' },
    });
    expect(await one({ flat: { a: 'x'.repeat(40_000) } })).toMatchObject({
      status: 400,
      error: { type: 'document_parsing_exception' },
    });
    expect((await one({ short: 'x'.repeat(32_767) })).error).toBeUndefined();
  });

  it('does not take a scalar for an object', async () => {
    const reason = async (document: Json): Promise<string> => (await one(document)).error!.reason;
    expect(await reason({ object: 'x' })).toBe(
      '[1:11] object mapping for [object] tried to parse field [object] as object, but found a concrete value',
    );
    expect(await reason({ object: ['x'] })).toContain(
      'object mapping for [object] tried to parse field [null] as object',
    );
    expect(await reason({ nested: 'x' })).toContain(
      'object mapping for [nested] tried to parse field [nested] as object',
    );
  });

  it('does not take a field that strict mapping does not know', async () => {
    const strict = async (document: Json): Promise<unknown> => {
      const { status, error } = await one(document);
      return [status, error!.type, error!.reason];
    };
    const type = 'strict_dynamic_mapping_exception';
    expect(await strict({ zz: 1 })).toEqual([
      400,
      type,
      '[1:7] mapping set to strict, dynamic introduction of [zz] within [_doc] is not allowed',
    ]);
    expect(await strict({ object: { b: 1 } })).toEqual([
      400,
      type,
      '[1:16] mapping set to strict, dynamic introduction of [b] within [object] is not allowed',
    ]);
    expect((await one({ 'object.b': 1 })).error!.type).toBe(type);
  });

  it('does not take names that are none, and metadata', async () => {
    const to = `${server.prefix}-names`;
    expect((await one({ '': 1 }, to)).error!.reason).toContain('field name cannot be an empty string');
    expect((await one({ 'a..b': 1 }, to)).error!.reason).toContain('field name cannot contain only whitespace');
    expect((await one({ _id: 'x' }, to)).error!.reason).toContain('failed to parse field [_id] of type [_id]');
  });

  it('infers what is not mapped, and holds to it', async () => {
    const to = `${server.prefix}-dynamic`;
    const first = {
      s: 'x',
      n: 1,
      f: 1.5,
      b: true,
      d: '2026-01-01T00:00:00Z',
      o: { a: 1 },
      none: [],
      nothing: null,
      many: [1, 2],
    };
    expect((await one(first, to)).status).toBe(201);
    const { json } = await server.send('GET', `/${to}/_mapping`);
    const text = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } };
    expect(json).toEqual({
      [to]: {
        mappings: {
          properties: {
            b: { type: 'boolean' },
            d: { type: 'date' },
            f: { type: 'float' },
            many: { type: 'long' },
            n: { type: 'long' },
            o: { properties: { a: { type: 'long' } } },
            s: text,
          },
        },
      },
    });
    const items = await server.bulk(
      to,
      [{ s: { a: 1 } }, { o: 'x' }, { n: 'abc' }, { d: 'nope' }, { b: 'zz' }].flatMap((document, i) =>
        index(String(i), document),
      ),
    );
    expect(items.map(({ status, error }) => [status, error!.type])).toEqual(
      Array(5).fill([400, 'document_parsing_exception']),
    );
    expect((await one({ fresh: 1, n: 'abc' }, to)).status).toBe(400);
    const after = (await server.send('GET', `/${to}/_mapping`)).json[to] as { mappings: { properties: Json } };
    expect(Object.keys(after.mappings.properties)).not.toContain('fresh');
    expect((await one({ mixed: [1, 'a'] }, to)).error).toMatchObject({
      type: 'illegal_argument_exception',
      reason: 'mapper [mixed] cannot be changed from type [long] to [text]',
    });
    expect((await one({ n: '5', s: 5 }, to)).error).toBeUndefined();
  });

  it('has no more fields than its limit', async () => {
    const to = `${server.prefix}-limit`;
    await server.send('PUT', `/${to}`, {
      settings: { 'index.mapping.total_fields.limit': 2 },
      mappings: { properties: { a: { type: 'long' } } },
    });
    expect((await one({ b: 1 }, to)).status).toBe(201);
    const { status, error } = await one({ c: 1 }, to);
    expect([status, error!.type]).toEqual([400, 'document_parsing_exception']);
    expect(error!.caused_by!.reason).toBe('Limit of total fields [2] has been exceeded while adding new fields [1]');
    expect((await one({ a: 2 }, to)).error).toBeUndefined();
  });

  it('does not change the type of a field, and knows its types', async () => {
    const change = async (type: string): Promise<unknown> =>
      (await server.send('PUT', `/${name}/_mapping`, { properties: { ip: { type } } })).json['error'] ?? 'taken';
    expect(await change('keyword')).toMatchObject({
      type: 'illegal_argument_exception',
      reason: 'mapper [ip] cannot be changed from type [ip] to [keyword]',
    });
    expect(await change('nonsense')).toMatchObject({ type: 'mapper_parsing_exception' });
    expect(await change('ip')).toBe('taken');
  });
});
