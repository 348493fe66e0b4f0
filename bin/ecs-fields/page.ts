// The page docs/ecs-fields.md, made from the table of types, the mapping and what both do with sample values.
import type { Upsert } from '../../src/records/delivery.ts';
import { documentOf } from '../../src/translate/ecs.ts';
import { FIELDS } from '../../src/translate/ecs/mapping.ts';
import { OTHER, TYPES, type TypeRow } from '../../src/translate/types.ts';
import { originOf } from './origins.ts';
import { sampleOf } from './samples.ts';

const INTRODUCTION = `# Fields in Elasticsearch

Made from the code (\`node bin/ecs-fields.ts\`): change it there.

Each attribute is one document of the Elastic Common Schema, in the shape of Elastic's own MISP integration. Every document has the value as MISP has it in \`misp.attribute.value\` and in \`threat.indicator.name\`; the fields of the first table come from it by its type. A value that is none of its kind (an address that is no address) leaves its field out and says so in \`error.message\`: the attribute is never lost.

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

| Field | Type | Comes from |
|---|---|---|
${fieldRows().join('\n')}
`;
}

/** Types that fill the same in one row. */
function typeRows(upsertOf: (type: string, value: string) => Upsert): string[] {
  const rows = new Map<string, string[]>();
  for (const [type, row] of Object.entries(TYPES)) {
    const fields = filled(upsertOf, type, row).map((name) => `\`${name}\``);
    const told = `${row.indicator === null ? '' : `\`${row.indicator}\``} | ${fields.join(', ')}`;
    rows.set(told, [...(rows.get(told) ?? []), `\`${type.replaceAll('|', '\\|')}\``]);
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

function fieldRows(): string[] {
  const rows = new Map<string, string[]>();
  for (const [name, type] of FIELDS) {
    const told = `${type} | ${originOf(name)}`;
    rows.set(told, [...(rows.get(told) ?? []), `\`${name}\``]);
  }
  return [...rows].map(([told, names]) => `| ${names.join(', ')} | ${told} |`);
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
