// The bodies of what an Elasticsearch must hold before documents come. Pure. assets/elasticsearch holds those of the namespace `default`.
import { createHash } from 'node:crypto';
import { properties } from '../../translate/ecs/mapping.ts';
import type { Endpoint } from '../../records/delivery.ts';
import { indexOf, streamOf } from './names.ts';

export type Body = Record<string, unknown>;

/** `_meta` of what misp-relay made. */
export interface Mark {
  managed_by: string;
  version: number;
  digest: string;
}

/** Counts up with each change of a body below: an older relay leaves what a newer one installed. */
export const ASSETS_VERSION = 1;

/** Above the built-in templates: names that begin with `logs-` would otherwise become data streams with none of our fields. */
const PRIORITY = 500;
/** Longer than a batch can be under way: a version that was deleted must still be known when an older one arrives. */
export const GC_DELETES = '2h';

/** The fields of every document. */
export const FIELDS_COMPONENT = 'misp-relay-fields';
/** Whatever an operator wants besides: replicas, fields of his own. It need not exist. */
export const CUSTOM_COMPONENT = 'misp-relay@custom';

/** The fields as a mapping, with a mark of its own: an index that is there is known by it. */
export function fieldMappings(): Body & { _meta: Mark } {
  const mappings = { properties: properties() };
  return { ...mappings, _meta: markOf(mappings) };
}

/** The body of `PUT /_component_template/misp-relay-fields`. */
export const fieldsComponent = (): Body => marked({ template: { mappings: fieldMappings() } });

/** The mapping that keeps Elastic's rules from a stream: they look at what a latest transform makes of it (elastic-ti-misp 2.1). */
export const TRANSFORM_SOURCE: Body = {
  properties: { labels: { properties: { is_ioc_transform_source: { type: 'constant_keyword', value: 'true' } } } },
};

/** The body of `PUT /_index_template/<name>` for mode `index`. */
export const indexTemplate = (namespace: string): Body =>
  templateOf([indexOf(namespace)], { template: { settings: { 'index.gc_deletes': GC_DELETES } } });

export interface StreamChoice {
  /** Days until the data of a data stream are deleted; null: never. */
  retentionDays: number | null;
  /** A latest transform is at work on it. */
  isTransformSource: boolean;
}

/** The body of `PUT /_index_template/<name>` for a stream of mode `data_stream`. */
export function streamTemplate(
  endpoint: Endpoint,
  namespace: string,
  { retentionDays, isTransformSource }: StreamChoice,
): Body {
  return templateOf([streamOf(endpoint, namespace)], {
    data_stream: {},
    template: {
      lifecycle: retentionDays === null ? {} : { data_retention: `${retentionDays}d` },
      ...(isTransformSource ? { mappings: TRANSFORM_SOURCE } : {}),
    },
  });
}

/** The same for where a latest transform of ours writes to. */
export const latestTemplate = (destination: string): Body => templateOf([destination], {});

const templateOf = (patterns: readonly string[], more: Body): Body =>
  marked({
    index_patterns: patterns,
    priority: PRIORITY,
    composed_of: [FIELDS_COMPONENT, CUSTOM_COMPONENT],
    ignore_missing_component_templates: [CUSTOM_COMPONENT],
    ...more,
  });

/** Which relay made it, and from what: what a cluster answers is never like what it was given, so bodies are compared by this. */
export const markOf = (body: Body): Mark => ({
  managed_by: 'misp-relay',
  version: ASSETS_VERSION,
  digest: createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16),
});

export const marked = (body: Body): Body => ({ ...body, version: ASSETS_VERSION, _meta: markOf(body) });

/** What an Elasticsearch without anything else gets, for the namespace `default` and a life of 90 days: the files of assets/elasticsearch. */
export function assetFiles(): Record<string, Body> {
  const choice: StreamChoice = { retentionDays: 180, isTransformSource: false };
  return {
    'fields-component.json': fieldsComponent(),
    'index-template.json': indexTemplate('default'),
    'threat_attributes-template.json': streamTemplate('attributes', 'default', choice),
    'threat-template.json': streamTemplate('events', 'default', choice),
  };
}
