import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, RecordError } from '../../../src/errors.ts';
import { loadShape } from '../../../src/translate/hook.ts';
import { shapeOf } from '../../../src/translate/shape.ts';

import { bodyOf, splunkVocabulary } from '../../../src/translate/splunk.ts';
import { upsertOf, withdrawalOf } from '../../contract/harness/carry.ts';

const delivery = upsertOf(1, { comment: 'a note' });
const body = bodyOf(delivery);

describe('translate', () => {
  it('renames, drops and adds, and leaves what it was given alone', () => {
    const before = structuredClone(body);
    const shape = shapeOf(splunkVocabulary, {
      constants: { environment: 'prod', weight: 3 },
      rename: { comment: 'misp_comment', 'event.info': 'campaign' },
      drop: ['analysis', 'warninglists', 'object'],
    });
    const shaped = shape(body, delivery);
    expect(shaped).toMatchObject({ environment: 'prod', weight: 3, misp_comment: 'a note' });
    expect(shaped['event']).toMatchObject({ campaign: 'a campaign' });
    for (const key of ['comment', 'warninglists']) expect(shaped).not.toHaveProperty(key);
    for (const key of ['analysis', 'info']) expect(shaped['event']).not.toHaveProperty(key);
    expect(body).toEqual(before);
  });

  it('two keys can change places', () => {
    const shaped = shapeOf(splunkVocabulary, { rename: { value: 'comment', comment: 'value' } })(body, delivery);
    expect([shaped['comment'], shaped['value']]).toEqual([body['value'], 'a note']);
  });

  it('applies to withdrawals, where many keys are missing', () => {
    const withdrawal = withdrawalOf(1);
    const shaped = shapeOf(splunkVocabulary, { rename: { comment: 'c', reason: 'why' } })(
      bodyOf(withdrawal),
      withdrawal,
    );
    expect(shaped).toMatchObject({ why: 'deleted' });
    expect(shaped).not.toHaveProperty('c');
  });

  it.each([
    [{ drop: ['uuid'] }, 'uuid'],
    [{ rename: { delivery_id: 'id' } }, 'delivery_id'],
    [{ rename: { comment: 'value' } }, 'value'],
    [{ rename: { comment: 'a', value: 'a' } }, 'a is there already'],
    [{ rename: { 'event.info': 'date' } }, 'date'],
    [{ constants: { seq: 1 } }, 'seq'],
    [{ constants: { tlp: 'red' } }, 'tlp'],
    [{ constants: { x: 1 }, rename: { comment: 'x' } }, 'x is there already'],
    [{ drop: ['coment'] }, 'coment'],
    [{ rename: { 'event.nothing': 'x' } }, 'event.nothing'],
  ])('refuses %j at start', (rules, named) => {
    expect(() => shapeOf(splunkVocabulary, rules)).toThrow(ConfigError);
    expect(() => shapeOf(splunkVocabulary, rules)).toThrow(named);
  });

  it('a name that was dropped or renamed away is free', () => {
    expect(() => shapeOf(splunkVocabulary, { drop: ['tlp'], constants: { tlp: 'red' } })).not.toThrow();
    expect(() => shapeOf(splunkVocabulary, { rename: { tlp: 'marking', comment: 'tlp' } })).not.toThrow();
  });
});

describe('a hook', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'relay-hook-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  let count = 0;
  const load = (code: string, more: Parameters<typeof loadShape>[1] = {}, extension = 'mjs') => {
    const name = `hook-${count++}.${extension}`;
    writeFileSync(join(folder, name), code);
    return loadShape(splunkVocabulary, { module: name, ...more }, (path) => join(folder, path));
  };

  it('makes the body; renames, drops and constants come after it; identity stays', async () => {
    const shape = await load(
      `export default (record, { body, feed, deliveryId }) => ({ v: record.value, feed, n: body.schema, uuid: 'mine', id: deliveryId })`,
      { rename: { v: 'indicator' }, constants: { team: 'x' } },
    );
    expect(shape(body, delivery)).toEqual({
      action: 'upsert',
      uuid: body['uuid'],
      seq: body['seq'],
      delivery_id: 'delivery-1',
      id: 'delivery-1',
      feed: 'everything',
      n: 1,
      indicator: body['value'],
      team: 'x',
    });
  });

  it('is not asked about withdrawals', async () => {
    const shape = await load(`export default () => { throw new Error('no') }`, { constants: { team: 'x' } });
    const withdrawal = withdrawalOf(1);
    expect(shape(bodyOf(withdrawal), withdrawal)).toEqual({ ...bodyOf(withdrawal), team: 'x' });
  });

  it('cannot change the record or the body for others', async () => {
    const shape = await load(
      `export default (r, { body }) => { r.value = 'x'; r.event.tags.push(1); body.event.info = 'x'; return body }`,
    );
    const before = structuredClone({ delivery, body });
    shape(body, delivery);
    expect({ delivery, body }).toEqual(before);
  });

  it.each([
    ['() => { throw new TypeError("198.51.100.7") }', 'TypeError'],
    ['() => { throw 1 }', 'no error'],
    ['async () => ({ a: 1 })', 'promise'],
    ['async () => { throw new Error("late") }', 'promise'],
    ['() => undefined', 'undefined'],
    ['() => null', 'null'],
    ['() => []', 'a list'],
    ['() => "text"', 'string'],
    ['() => new Map()', 'an instance'],
    ['() => ({})', 'empty'],
    ['() => ({ a: undefined })', 'empty'],
    ['() => ({ a: 1n })', 'JSON'],
    ['() => { const a = {}; a.a = a; return a }', 'JSON'],
    ['() => ({ toJSON() { return undefined } })', 'JSON'],
    ['() => ({ toJSON() { return [1] } })', 'JSON'],
  ])('that is %s makes a dead letter without a value in its reason', async (code, reason) => {
    const shape = await load(`export default ${code}`);
    let error: unknown;
    try {
      shape(body, delivery);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RecordError);
    expect(error).toMatchObject({ code: 'HOOK_FAILED' });
    expect((error as Error).message).toContain(reason);
    expect((error as Error).message).not.toContain('198.51.100.7');
  });

  it.each([
    ['export const x = 1', 'no function'],
    ['export default { a: 1 }', 'no function'],
    ['this is no code', 'cannot be loaded'],
    ['throw new Error("at load")', 'at load'],
  ])('a module with %j is refused at start', async (code, reason) => {
    await expect(load(code)).rejects.toThrow(ConfigError);
    await expect(load(code)).rejects.toThrow(reason);
  });

  it('a missing file is refused at start', async () => {
    await expect(loadShape(splunkVocabulary, { module: 'nowhere.ts' }, (path) => join(folder, path))).rejects.toThrow(
      'nowhere.ts',
    );
  });
});
