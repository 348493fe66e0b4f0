import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assetFiles, CUSTOM_COMPONENT, FIELDS_COMPONENT } from '../../../src/destinations/elasticsearch/template.ts';
import { aliasOf, indexOf } from '../../../src/destinations/elasticsearch/names.ts';

const textOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

it.each(Object.entries(assetFiles()))('the file %s is what the code makes', (name, body) => {
  expect(JSON.parse(textOf(`assets/elasticsearch/${name}`))).toEqual(body);
});

it('the page names what is installed', () => {
  const page = textOf('docs/elasticsearch.md');
  for (const name of [indexOf('default'), aliasOf('default'), FIELDS_COMPONENT, CUSTOM_COMPONENT]) {
    expect(page).toContain(name);
  }
});
