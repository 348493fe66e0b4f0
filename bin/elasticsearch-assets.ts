// Writes the templates of assets/elasticsearch anew from the code. A test fails when they differ.
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { assetFiles } from '../src/destinations/elasticsearch/template.ts';

for (const [name, body] of Object.entries(assetFiles())) {
  const file = new URL(`../assets/elasticsearch/${name}`, import.meta.url);
  writeFileSync(file, await format(JSON.stringify(body), { parser: 'json', printWidth: 120 }));
}
