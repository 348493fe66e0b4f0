// Writes what Kibana imports, assets/elasticsearch/*.ndjson, anew from the code. A test fails when they differ.
import { writeFileSync } from 'node:fs';
import { kibanaFiles } from './dashboards/files.ts';

for (const [name, text] of Object.entries(kibanaFiles())) {
  writeFileSync(new URL(`../assets/elasticsearch/${name}`, import.meta.url), text);
}
