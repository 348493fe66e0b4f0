// Index templates and component templates: kept as they were put, found by name and priority, and put together.
import { illegal, Refused } from './errors.ts';
import { emptyMapping, mergeMapping } from './mapping.ts';
import { matches } from './names.ts';

type Json = Record<string, unknown>;

export interface IndexTemplate {
  index_patterns: string[];
  priority?: number;
  composed_of?: string[];
  ignore_missing_component_templates?: string[];
  data_stream?: Json;
  allow_auto_create?: boolean;
  template?: { settings?: Json; mappings?: Json; aliases?: Record<string, Json>; lifecycle?: Json };
  [more: string]: unknown;
}

export interface Composed {
  name: string;
  template: IndexTemplate;
  settings: Json[];
  mappings: Json;
  aliases: Record<string, Json>;
}

const indexKeys = new Set([
  ...['index_patterns', 'template', 'composed_of', 'priority', 'version', '_meta', 'data_stream', 'allow_auto_create'],
  ...['ignore_missing_component_templates', 'deprecated'],
]);
const later = new Set(['allow_auto_create', 'ignore_missing_component_templates', 'deprecated']);
const componentKeys = new Set(['template', 'version', '_meta', 'deprecated']);

export class Templates {
  readonly index = new Map<string, IndexTemplate>();
  readonly component = new Map<string, Json>();
  private readonly types: ReadonlySet<string>;
  private readonly keys: ReadonlySet<string>;

  /** `old`: without what came after 7.10, as in OpenSearch. */
  constructor(types: ReadonlySet<string>, old = false) {
    this.types = types;
    this.keys = new Set([...indexKeys].filter((key) => !old || !later.has(key)));
  }

  putIndex(name: string, given: IndexTemplate): void {
    checkKeys(given, this.keys, 'index_template');
    checkKeys(given.template ?? {}, templateKeys(this.keys), 'template');
    const missing = (given.composed_of ?? []).filter(
      (part) => !this.component.has(part) && !given.ignore_missing_component_templates?.includes(part),
    );
    if (missing.length > 0) {
      const reason = `index_template [${name}] invalid, cause [index template [${name}] specifies component templates [${missing.join(', ')}] that do not exist]`;
      throw new Refused(400, 'invalid_index_template_exception', reason);
    }
    for (const [other, template] of this.index) {
      if (other === name || (template.priority ?? 0) !== (given.priority ?? 0)) continue;
      const overlap = given.index_patterns.filter((a) => template.index_patterns.some((b) => overlaps(a, b)));
      if (overlap.length === 0) continue;
      throw illegal(
        `index template [${name}] has index patterns [${given.index_patterns.join(', ')}] matching patterns from existing templates [${other}] with patterns (${other} => [${template.index_patterns.join(', ')}]) that have the same priority [${given.priority ?? 0}], multiple index templates may not match during index creation, please use a different priority`,
      );
    }
    this.checkMappings(name, this.compose(name, given).mappings);
    this.index.set(name, given);
  }

  putComponent(name: string, given: Json): void {
    checkKeys(given, componentKeys, 'component_template');
    const { mappings } = (given['template'] ?? {}) as { mappings?: Json };
    this.checkMappings(name, mappings ?? {});
    this.component.set(name, given);
  }

  deleteComponent(name: string): void {
    const users = [...this.index].filter(([, template]) => template.composed_of?.includes(name)).map(([user]) => user);
    if (users.length > 0) {
      throw illegal(
        `component templates [${name}] cannot be removed as they are still in use by index templates [${users.join(', ')}]`,
      );
    }
    if (!this.component.delete(name)) throw new Refused(404, 'resource_not_found_exception', name);
  }

  /** The template with the highest priority for a new index. */
  for(index: string): Composed | undefined {
    let best: [string, IndexTemplate] | undefined;
    for (const [name, template] of this.index) {
      if (!template.index_patterns.some((pattern) => matches(pattern, index))) continue;
      if (best === undefined || (template.priority ?? 0) > (best[1].priority ?? 0)) best = [name, template];
    }
    return best && this.compose(...best);
  }

  private compose(name: string, template: IndexTemplate): Composed {
    const parts = [
      ...(template.composed_of ?? []).map((part) => this.component.get(part)?.['template']),
      template.template,
    ];
    const composed: Composed = { name, template, settings: [], mappings: {}, aliases: {} };
    for (const part of parts as IndexTemplate['template'][]) {
      if (part?.settings) composed.settings.push(part.settings);
      if (part?.mappings) composed.mappings = mergeJson(composed.mappings, part.mappings);
      Object.assign(composed.aliases, part?.aliases);
    }
    return composed;
  }

  private checkMappings(name: string, mappings: Json): void {
    try {
      mergeMapping(emptyMapping(), mappings, this.types);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(
        400,
        'illegal_argument_exception',
        `composable template [${name}] template after composition is invalid`,
        {
          caused_by: {
            type: 'illegal_argument_exception',
            reason: `invalid composite mappings for [${name}]`,
            caused_by: error.error,
          },
        },
      );
    }
  }
}

const templateKeys = (keys: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(['settings', 'mappings', 'aliases', ...(keys.has('deprecated') ? ['lifecycle', 'data_stream_options'] : [])]);

function checkKeys(given: Json, keys: ReadonlySet<string>, kind: string): void {
  const unknown = Object.keys(given).find((key) => !keys.has(key));
  if (unknown !== undefined)
    throw new Refused(400, 'x_content_parse_exception', `[1:2] [${kind}] unknown field [${unknown}]`);
}

/** Objects are merged; a field of another type replaces the earlier one; lists are joined. */
function mergeJson(a: Json, b: Json): Json {
  const merged: Json = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = merged[key];
    const both = typeof before === 'object' && before !== null && typeof value === 'object' && value !== null;
    if (key === 'dynamic_templates' && Array.isArray(before) && Array.isArray(value))
      merged[key] = [...(before as unknown[]), ...(value as unknown[])];
    else if (both && !Array.isArray(value) && !('type' in value && typeof value.type === 'string'))
      merged[key] = mergeJson(before as Json, value as Json);
    else merged[key] = value;
  }
  return merged;
}

/** Whether some name fits both patterns: with one `*` at the end of each, as patterns are mostly written. */
const overlaps = (a: string, b: string): boolean =>
  matches(a, b.replaceAll('*', 'x')) || matches(b, a.replaceAll('*', 'x')) || a === b;
