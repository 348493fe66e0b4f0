// What an Elasticsearch must hold before documents come: the index template of a mode. Pure. assets/elasticsearch holds those of the
// namespace `default`, and docs/elasticsearch.md says how they are put there.
import { properties } from '../../translate/ecs/mapping.ts';
import { indexOf, streamOf } from './names.ts';

/** Above the built-in templates: names that begin with `logs-` would otherwise become data streams with none of our fields. */
const PRIORITY = 500;
/** Longer than a batch can be under way: a version that was deleted must still be known when an older one arrives. */
const GC_DELETES = '2h';

/** The body of `PUT /_index_template/<name>`. */
export function indexTemplate(mode: 'index' | 'data_stream', namespace: string): Record<string, unknown> {
  const isIndex = mode === 'index';
  return {
    index_patterns: isIndex ? [indexOf(namespace)] : [streamOf('attributes', namespace), streamOf('events', namespace)],
    priority: PRIORITY,
    ...(isIndex ? {} : { data_stream: {} }),
    template: {
      settings: isIndex ? { 'index.gc_deletes': GC_DELETES } : {},
      mappings: { properties: properties() },
    },
    _meta: { managed_by: 'misp-relay' },
  };
}
