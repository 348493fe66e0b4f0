// Writes assets/elasticsearch anew from the code. A test fails when they differ.
import { writeFileSync } from 'node:fs';
import { indexTemplate } from '../src/destinations/elasticsearch/template.ts';

for (const mode of ['index', 'data_stream'] as const) {
  const file = new URL(`../assets/elasticsearch/${mode}-template.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(indexTemplate(mode, 'default'), null, 2)}\n`);
}
