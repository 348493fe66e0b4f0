// Dashboards and rules for Kibana: each is whole in itself, and looks at fields that documents have.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../../bin/kibana/dashboards.ts';
import { DATA_VIEW, type Json } from '../../bin/kibana/lens.ts';
import { ndjson } from '../../bin/kibana/ndjson.ts';
import { RULES } from '../../bin/kibana/rules.ts';
import { savedObjects, TITLE } from '../../bin/kibana/saved-objects.ts';
import { DASHBOARD_ID, indexOf, latestOf, means, streamOf } from '../../src/destinations/elasticsearch/names.ts';
import { FIELDS } from '../../src/translate/ecs/mapping.ts';

const textOf = (name: string): string =>
  readFileSync(new URL(`../../assets/elasticsearch/${name}`, import.meta.url), 'utf8');
const objectsIn = (name: string): Json[] =>
  textOf(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

/** Of Kibana's query language: what stands before a colon. The label is a field of the integration's own streams. */
const fieldsIn = (query: string): string[] =>
  [...query.matchAll(/([@\w.]+)\s*(?::|>=)/g)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'labels.is_ioc_transform_source');

/** Deep inside, all values of a key. */
function* valuesOf(value: unknown, key: string): Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    if (name === key) yield each;
    yield* valuesOf(each, key);
  }
}

describe('the files are what the code makes (node bin/kibana.ts)', () => {
  it.each([
    ['dashboards.ndjson', savedObjects()],
    ['rules.ndjson', RULES],
  ])('%s', (name, objects) => expect(textOf(name)).toBe(ndjson(objects)));
});

describe('dashboards', () => {
  const objects = objectsIn('dashboards.ndjson');

  it('the one that documents name is there, and no id twice', () => {
    const ids = objects.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(DASHBOARD_ID);
  });

  it('the data view finds what is written in either mode', () => {
    for (const name of [indexOf('x'), streamOf('attributes', 'x'), streamOf('events', 'x'), latestOf('events', 'x')])
      expect(means(TITLE, name)).toBe(true);
  });

  it.each(DASHBOARDS.map(({ id, title }) => [title, id]))(
    '%s: its references are in the file, its panels beside each other',
    (_, id) => {
      const { references, attributes } = objects.find((each) => each['id'] === id)! as {
        references: { id: string; type: string; name: string }[];
        attributes: { panelsJSON: string; kibanaSavedObjectMeta: { searchSourceJSON: string } };
      };
      const panels = JSON.parse(attributes.panelsJSON) as {
        panelIndex: string;
        type: string;
        gridData: { x: number; y: number; w: number; h: number };
        embeddableConfig: Json;
      }[];
      expect(new Set(references.map((each) => `${each.type} ${each.id}`))).toEqual(
        new Set([`index-pattern ${DATA_VIEW}`]),
      );
      for (const { panelIndex, type } of panels) {
        const own = references.filter(({ name }) => name.startsWith(`${panelIndex}:`));
        expect(own).toHaveLength(type === 'lens' ? 2 : 0);
      }
      const cells = panels.flatMap(({ gridData: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      const fields = [...valuesOf(panels, 'sourceField')].filter((field) => field !== 'Records');
      const queries = [
        attributes.kibanaSavedObjectMeta.searchSourceJSON,
        ...[...valuesOf(panels, 'query')].map(String),
      ];
      for (const field of [...fields, ...queries.flatMap(fieldsIn)]) {
        if (field !== 'query') expect([...FIELDS.keys()]).toContain(field);
      }
      // Text cannot be grouped by.
      for (const field of fields) expect(FIELDS.get(String(field))).not.toBe('text');
    },
  );
});

describe('rules', () => {
  it.each(objectsIn('rules.ndjson').map((rule) => [String(rule['name']), rule] as const))(
    '%s: looks at fields of ours, and is switched off',
    (_, rule) => {
      expect(rule).toMatchObject({ type: 'threat_match', enabled: false, threat_indicator_path: 'threat.indicator' });
      const values = [...valuesOf(rule['threat_mapping'], 'value')].map(String);
      for (const field of [...values, ...fieldsIn(String(rule['threat_query']))])
        expect([...FIELDS.keys()]).toContain(field);
      expect(String(rule['threat_query'])).toContain('@timestamp >= "now-30d/d"');
    },
  );
});
