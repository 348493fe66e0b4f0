import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { indexTemplate } from '../../../src/destinations/elasticsearch/template.ts';
import { aliasOf, indexOf } from '../../../src/destinations/elasticsearch/names.ts';

const textOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

it.each(['index', 'data_stream'] as const)('the file for mode %s is what the code makes', (mode) => {
  expect(JSON.parse(textOf(`assets/elasticsearch/${mode}-template.json`))).toEqual(indexTemplate(mode, 'default'));
});

it('the page names the index and the alias that are written', () => {
  for (const name of [indexOf('default'), aliasOf('default')]) expect(textOf('docs/elasticsearch.md')).toContain(name);
});
