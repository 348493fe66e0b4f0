// Writes docs/ecs-fields.md anew from the code. A test fails when they differ.
import { writeFileSync } from 'node:fs';
import { pageText } from './ecs-fields/page.ts';
import { plainUpsert } from './ecs-fields/upsert.ts';

writeFileSync(new URL('../docs/ecs-fields.md', import.meta.url), pageText(plainUpsert));
