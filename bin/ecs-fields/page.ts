// The page docs/ecs-fields.md, made from the table of types, the mapping and what both do with sample values.
import type { Upsert } from '../../src/records/delivery.ts';
import { documentOf } from '../../src/translate/ecs.ts';
import { FIELDS } from '../../src/translate/ecs/mapping.ts';
import { OTHER, TYPES, type TypeRow } from '../../src/translate/types.ts';
import { BY_TYPE, originOf } from './origins.ts';
import { sampleOf } from './samples.ts';

const INTRODUCTION = `# Fields in Elasticsearch

Made from the code (\`node bin/run.mjs bin/ecs-fields.ts\`): change it there.

Each attribute is one document of the Elastic Common Schema (ECS), in the shape of Elastic's own MISP integration.

- **To look a value up**, whatever its type: \`threat.indicator.name\`, which holds it as MISP has it. So does \`misp.attribute.value\`.
- **To compare with logs**: the fields of the first table, made of the value by its type. A hash in hexadecimal is in lower case there.
- **A value that is none of its type** (an address that is no address) leaves its field out, and \`error.message\` says so: the attribute is never lost.
- **What belongs together**: \`related.hash\`, \`related.ip\` and \`related.hosts\` hold those of the value, and of the same MISP object.
- **Who, when, how sure**: \`threat.indicator.provider\`, \`first_seen\`, \`last_seen\`, \`confidence\` and \`marking.tlp\`; \`reference\` is the link into MISP.

A field without a value is left out.

## What a type fills

Composite types are split at the first \`|\`. A type that is not here has \`threat.indicator.name\` alone, and no \`threat.indicator.type\`.
`;

export function pageText(upsertOf: (type: string, value: string) => Upsert): string {
  return `${INTRODUCTION}
| MISP type | \`threat.indicator.type\` | Fields |
|---|---|---|
${typeRows(upsertOf).join('\n')}

\`ip\`: \`ipv4-addr\` or \`ipv6-addr\`, by the value. A network of more than one address is in \`threat.indicator.ip_range\`, never in \`threat.indicator.ip\`.

## All fields
${fieldTables(upsertOf)}`;
}

/** Types that fill the same in one row. */
function typeRows(upsertOf: (type: string, value: string) => Upsert): string[] {
  const rows = new Map<string, string[]>();
  for (const [type, row] of Object.entries(TYPES)) {
    const fields = filled(upsertOf, type, row).map((name) => `\`${name}\``);
    const told = `${row.indicator === null ? '' : `\`${row.indicator}\``} | ${fields.join(', ')}`;
    rows.set(told, [...(rows.get(told) ?? []), cell(type)]);
  }
  return [...rows].map(([told, types]) => `| ${types.join(', ')} | ${told} |`);
}

function leaves(row: TypeRow, type: string, upsertOf: (type: string, value: string) => Upsert): Set<string> {
  const value = row.fields.map(sampleOf).join('|');
  const document = documentOf(upsertOf(type, value), OPTIONS);
  return new Set([...FIELDS.keys()].filter((name) => valueAt(document, name) !== undefined));
}

function filled(upsertOf: (type: string, value: string) => Upsert, type: string, row: TypeRow): string[] {
  const plain = leaves(OTHER, 'other', upsertOf);
  return [...leaves(row, type, upsertOf)].filter((name) => !plain.has(name) && name !== 'threat.indicator.type');
}

/** A table for each group of fields, in the order of the mapping. */
function fieldTables(upsertOf: (type: string, value: string) => Upsert): string {
  const types = new Map<string, string[]>();
  for (const [type, row] of Object.entries(TYPES))
    for (const name of filled(upsertOf, type, row)) types.set(name, [...(types.get(name) ?? []), cell(type)]);
  const told = (name: string): string => {
    const origin = originOf(name);
    if (origin !== BY_TYPE) return origin;
    const of = types.get(name);
    if (!of) throw new Error(`no type fills ${name}, although bin/ecs-fields/origins.ts says that a value does`);
    return `${origin} ${of.join(', ')}`;
  };
  const groups = Map.groupBy(FIELDS, ([name]) => groupOf(name));
  return [...groups]
    .map(([group, fields]) => {
      const rows = fields.map(([name, type]) => `| \`${name}\` | ${type} | ${told(name)} |`);
      return `\n### ${group}\n\n| Field | Type | Comes from |\n|---|---|---|\n${rows.join('\n')}\n`;
    })
    .join('');
}

const cell = (type: string): string => `\`${type.replaceAll('|', '\\|')}\``;

/** `threat` and `misp` have many fields, so each group within them stands by itself; a field without a group goes with the first ones. */
function groupOf(name: string): string {
  const [first, second, ...rest] = name.split('.') as [string, ...string[]];
  if (second === undefined || first === 'ecs' || first === 'error') return 'Of every document';
  return ['threat', 'misp'].includes(first) && rest.length > 0 ? `${first}.${second}` : first;
}

const valueAt = (document: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);

const OPTIONS = {
  feedName: 'MISP',
  time: 'attribute' as const,
  tags: null,
  namespace: 'default',
  dashboardId: 'misp-relay-overview',
  preserveOriginal: false,
};
