// Documents of the types that are met most often, to be read by eye: test/golden/ecs holds one for each. `UPDATE_GOLDEN=1` writes them anew.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../../src/translate/ecs.ts';
import { FIELDS } from '../../src/translate/ecs/mapping.ts';
import { leavesOf } from '../support/leaves.ts';
import { SAMPLES, upsertLike } from './ecs-samples.ts';

const OPTIONS = {
  feedName: 'MISP',
  time: 'attribute' as const,
  tags: null,
  namespace: 'default',
  dashboardId: 'misp-relay-overview',
  preserveOriginal: false,
};
const folder = new URL('./ecs/', import.meta.url);
const fileOf = (type: string): string => `${type.replaceAll('|', '+')}.json`;

describe('a document for each of the common types', () => {
  it.each(Object.entries(SAMPLES))('%s', async (type, value) => {
    const document = documentOf(upsertLike(type, value), OPTIONS);
    const file = new URL(encodeURIComponent(fileOf(type)).replaceAll('%2B', '+'), folder);
    const text = await format(JSON.stringify(document, null, 2), { parser: 'json', printWidth: 120 });
    if (process.env['UPDATE_GOLDEN']) writeFileSync(file, text);
    expect(existsSync(file)).toBe(true);
    expect(text).toBe(readFileSync(file, 'utf8'));
    const leaves = [...leavesOf(document, (name) => FIELDS.get(name) === 'flattened')].map(([name]) => name);
    expect(leaves.filter((name) => !FIELDS.has(name))).toEqual([]);
  });

  it('and no file of another', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(SAMPLES).map(fileOf).sort());
  });
});
