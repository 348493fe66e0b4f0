// The files that Kibana imports, read as Kibana does: from the text alone, without the code that wrote it.
import { readFileSync } from 'node:fs';

export type Json = Record<string, unknown>;

export const textOf = (name: string): string =>
  readFileSync(new URL(`../../../assets/elasticsearch/${name}`, import.meta.url), 'utf8');

export interface Reference {
  id: string;
  name: string;
  type: string;
}

export interface SavedObject {
  id: string;
  type: string;
  attributes: Json;
  references: Reference[];
}

export interface Rule extends Json {
  rule_id: string;
  query: string;
  threat_query: string;
  threat_filters: { query: Json }[];
  threat_mapping: { entries: { field: string; value: string }[] }[];
}

const linesOf = <T>(name: string): T[] =>
  textOf(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

export const savedObjects = linesOf<SavedObject>('dashboards.ndjson');
export const dashboards = savedObjects.filter(({ type }) => type === 'dashboard');
export const rules = linesOf<Rule>('rules.ndjson');

export interface Column {
  operationType: string;
  sourceField?: string;
  isBucketed: boolean;
  filter?: { query: string };
  params: {
    size?: number;
    interval?: string;
    filters?: { label: string; input: { query: string } }[];
    orderBy?: { columnId: string };
  };
}

export interface Layer {
  columnOrder: string[];
  columns: Record<string, Column>;
  ignoreGlobalFilters: boolean;
}

export interface LensPanel {
  panelIndex: string;
  title: string;
  references: Reference[];
  layers: Record<string, Layer>;
  visualization: Json;
  query: string;
}

export interface Panel {
  type: string;
  panelIndex: string;
  gridData: { x: number; y: number; w: number; h: number; i: string };
  title?: string;
  embeddableConfig: {
    attributes?: {
      references: Reference[];
      state: {
        datasourceStates: { formBased: { layers: Record<string, Layer> } };
        query: { query: string };
        visualization: Json;
      };
    };
    savedVis?: { params: { markdown: string } };
  };
}

const parsed = <T>(text: unknown): T => JSON.parse(text as string) as T;

export const panelsOf = ({ attributes }: SavedObject): Panel[] => parsed(attributes['panelsJSON']);

export const lensPanelsOf = (dashboard: SavedObject): LensPanel[] =>
  panelsOf(dashboard).flatMap(({ panelIndex, title, embeddableConfig: { attributes } }) => {
    if (!attributes) return [];
    const { datasourceStates, query, visualization } = attributes.state;
    const { layers } = datasourceStates.formBased;
    const { references } = attributes;
    return [{ panelIndex, title: title!, references, layers, visualization, query: query.query }];
  });

export const searchOf = ({
  attributes,
}: SavedObject): { filter: { meta: { indexRefName: string }; query: Json }[]; query: { query: string } } =>
  parsed((attributes['kibanaSavedObjectMeta'] as Json)['searchSourceJSON']);

export const controlsOf = ({ attributes }: SavedObject): Record<string, { explicitInput: { fieldName: string } }> =>
  parsed((attributes['controlGroupInput'] as Json)['panelsJSON']);

/** Fields that a text in KQL names. */
export const fieldsOfKql = (kql: string): string[] =>
  [...kql.replace(/"[^"]*"/g, '""').matchAll(/([@\w./-]+)\s*(?::|[<>]=?)/g)].map(([, field]) => field!);

const CLAUSES = ['term', 'match_phrase', 'range'];

/** Fields that a query of Elasticsearch names. */
export function fieldsOfQuery(query: unknown): string[] {
  if (typeof query !== 'object' || query === null) return [];
  return Object.entries(query).flatMap(([key, value]): string[] => {
    if (key === 'exists') return [(value as { field: string }).field];
    return CLAUSES.includes(key) ? Object.keys(value as Json) : fieldsOfQuery(value);
  });
}
