import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { originOf, ORIGINS } from '../../../bin/ecs-fields/origins.ts';
import { pageText } from '../../../bin/ecs-fields/page.ts';
import { plainUpsert } from '../../../bin/ecs-fields/upsert.ts';
import { FIELDS } from '../../../src/translate/ecs/mapping.ts';
import { TYPES } from '../../../src/translate/types.ts';

const page = readFileSync(new URL('../../../docs/ecs-fields.md', import.meta.url), 'utf8');

it('docs/ecs-fields.md is what the code makes (node bin/run.mjs bin/ecs-fields.ts)', () => {
  expect(page).toBe(pageText(plainUpsert));
});

it('holds every type and every field', () => {
  for (const type of Object.keys(TYPES)) expect(page).toContain(`\`${type.replaceAll('|', '\\|')}\``);
  for (const name of FIELDS.keys()) expect(page).toContain(`\`${name}\``);
});

it('every origin is that of some field', () => {
  const used = new Set([...FIELDS.keys()].map(originOf));
  expect(ORIGINS.map(([, origin]) => origin).filter((origin) => !used.has(origin))).toEqual([]);
});
