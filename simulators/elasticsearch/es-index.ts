// One index: settings, mapping, aliases and its documents.
import { textOf } from './raw.ts';
import { illegal, Refused } from './errors.ts';
import { countFields, emptyMapping, mergeMapping, renderMapping, type Mapping } from './mapping.ts';
import { Shard } from './shard.ts';

type Json = Record<string, unknown>;

export interface IndexOptions {
  uuid: string;
  now: () => number;
  /** Overrides `index.gc_deletes`, in ms. */
  gcDeletesMs: () => number | null;
  /** After how many ms a search sees what was written. */
  refreshMs: () => number;
  types: ReadonlySet<string>;
  stream?: string | undefined;
}

const known =
  /^index\.(number_of_|refresh_interval$|blocks\.|mapping[.s]|lifecycle\.|codec$|routing|gc_deletes$|max_|hidden$|default_pipeline$|final_pipeline$|auto_expand_replicas$|query[.]|sort\.|mode$|priority$|translog\.|analysis\.|merge\.|search\.|indexing\.|unassigned\.|soft_deletes|allocation\.|write\.|look_)/;
const fixed = /^index\.(number_of_shards|codec|sort\.|mode|routing_partition_size|number_of_routing_shards)/;

const blocks: readonly [setting: string, status: number, text: string][] = [
  ['index.blocks.read_only', 403, 'FORBIDDEN/5/index read-only (api)'],
  ['index.blocks.write', 403, 'FORBIDDEN/8/index write (api)'],
  [
    'index.blocks.read_only_allow_delete',
    429,
    'TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block; for more information, see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/fix-watermark-errors.html',
  ],
];

/** `{ a: { b: 1 } }` as `{ 'index.a.b': '1' }`; null stays null and means: back to the default. */
export function flatSettings(given: Json): Map<string, string | null> {
  const flat = new Map<string, string | null>();
  const add = (group: Json, prefix: string): void => {
    for (const [key, value] of Object.entries(group)) {
      const name = prefix + key;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) add(value as Json, `${name}.`);
      else {
        const text = value === null ? null : textOf(value);
        flat.set(name.startsWith('index.') ? name : `index.${name}`, text);
      }
    }
  };
  add(given, '');
  return flat;
}

export class Index {
  readonly name: string;
  readonly uuid: string;
  readonly stream: string | undefined;
  readonly shard: Shard;
  readonly mapping: Mapping = emptyMapping();
  readonly settings = new Map<string, string>();
  readonly aliases = new Map<string, Json>();
  fieldCount = 0;
  closed = false;
  fieldLimit = 1000;
  ignoreMalformed = false;
  readonly needsTimestamp: boolean;
  private blocked: Refused | undefined;
  private gcDeletes = 60_000;
  private readonly createdAt: number;
  private readonly types: ReadonlySet<string>;

  constructor(name: string, options: IndexOptions) {
    this.name = name;
    this.uuid = options.uuid;
    this.stream = options.stream;
    this.needsTimestamp = options.stream !== undefined;
    this.types = options.types;
    this.createdAt = options.now();
    this.shard = new Shard(options.now, () => options.gcDeletesMs() ?? this.gcDeletes, options.refreshMs);
  }

  /** Throws 400 for an unknown setting, or one that cannot change while the index is `open`. */
  set(given: Json, open: boolean): void {
    const flat = flatSettings(given);
    for (const [name, value] of flat) {
      if (!known.test(name)) {
        throw illegal(
          `unknown setting [${name}] please check that any required plugins are installed, or check the breaking changes documentation for removed settings`,
        );
      }
      if (open && fixed.test(name)) {
        throw illegal(
          `Can't update non dynamic settings [[${name}]] for open indices [[${this.name}/${this.uuid}]] unless the \`reopen\` query parameter is set to true. Alternatively, close the indices, apply the settings changes, and reopen the indices`,
        );
      }
      if (name === 'index.number_of_shards' && Number(value) < 1) {
        throw illegal(`Failed to parse value [${value}] for setting [${name}] must be >= 1`);
      }
    }
    for (const [name, value] of flat) {
      if (value === null) this.settings.delete(name);
      else this.settings.set(name, value);
    }
    this.fieldLimit = Number(this.settings.get('index.mapping.total_fields.limit') ?? 1000);
    this.ignoreMalformed = this.settings.get('index.mapping.ignore_malformed') === 'true';
    this.gcDeletes = milliseconds(this.settings.get('index.gc_deletes') ?? '60s');
    this.blocked = this.blockOf();
  }

  map(given: Json): void {
    mergeMapping(this.mapping, given, this.types);
    this.fieldCount = countFields(this.mapping.root);
  }

  /** Throws what a write gets while the index is closed or blocked. */
  mayWrite(): void {
    if (this.closed) throw this.isClosed();
    if (this.blocked !== undefined) throw this.blocked;
  }

  mayRead(): void {
    if (this.closed) throw this.isClosed();
  }

  rendered(flat = false): Json {
    return {
      aliases: Object.fromEntries(this.aliases),
      mappings: renderMapping(this.mapping),
      settings: this.renderedSettings(flat),
      ...(this.stream === undefined ? {} : { data_stream: this.stream }),
    };
  }

  renderedMapping(): Json {
    return renderMapping(this.mapping);
  }

  renderedSettings(flat: boolean): Json {
    const all = new Map([
      ['index.creation_date', String(this.createdAt)],
      ['index.number_of_replicas', '1'],
      ['index.number_of_shards', '1'],
      ['index.provided_name', this.name],
      ['index.uuid', this.uuid],
      ['index.version.created', '8537000'],
      ...(this.stream === undefined ? [] : [['index.hidden', 'true'] as const]),
      ...this.settings,
    ]);
    if (flat) return Object.fromEntries([...all].sort());
    const nested: Json = {};
    for (const [name, value] of all) {
      const parts = name.split('.');
      let at = nested;
      for (const part of parts.slice(0, -1)) at = (at[part] ??= {}) as Json;
      at[parts.at(-1)!] = value;
    }
    return nested;
  }

  private blockOf(): Refused | undefined {
    for (const [setting, status, text] of blocks) {
      if (this.settings.get(setting) !== 'true') continue;
      return new Refused(status, 'cluster_block_exception', `index [${this.name}] blocked by: [${text}];`);
    }
    return undefined;
  }

  private isClosed(): Refused {
    return new Refused(400, 'index_closed_exception', 'closed', { index_uuid: this.uuid, index: this.name });
  }
}

const scale: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10s`, `1ms`; Elasticsearch's time values. */
export function milliseconds(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * scale[match[2]!]! : Number(text);
}
