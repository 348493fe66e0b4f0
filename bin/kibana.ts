// Writes dashboards and rules of assets/elasticsearch anew. A test fails when they differ.
import { writeFileSync } from 'node:fs';
import { ndjson } from './kibana/ndjson.ts';
import { RULES } from './kibana/rules.ts';
import { savedObjects } from './kibana/saved-objects.ts';

const write = (name: string, text: string): void =>
  writeFileSync(new URL(`../assets/elasticsearch/${name}`, import.meta.url), text);

write('dashboards.ndjson', ndjson(savedObjects()));
write('rules.ndjson', ndjson(RULES));
