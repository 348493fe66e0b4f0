// Indices, data streams and aliases: what a name means, what is created for it, and what may be deleted.
import { type Random } from '../random.ts';
import { illegal, mayNotCreate, noIndex, Refused } from './errors.ts';
import { Index } from './es-index.ts';
import { typesOf } from './mapping.ts';
import { checkName, matches } from './names.ts';
import { type ElasticsearchSwitches } from './switches.ts';
import { type Composed, Templates } from './templates.ts';

type Json = Record<string, unknown>;

export interface Stream {
  name: string;
  generation: number;
  /** Backing indices, the last one is written to. */
  indices: string[];
  template: string;
  /** As it is shown; absent: none. It is kept and never acted upon. */
  lifecycle?: Json;
}

export interface Creation {
  settings?: Json | undefined;
  mappings?: Json | undefined;
  aliases?: Record<string, Json> | undefined;
}

export class Cluster {
  readonly indices = new Map<string, Index>();
  readonly streams = new Map<string, Stream>();
  readonly templates: Templates;
  readonly switches: ElasticsearchSwitches;
  private readonly types: ReadonlySet<string>;
  private readonly random: Random;
  private readonly now: () => number;

  /** `now` in ms; `random` makes uuids and ids. */
  constructor(switches: ElasticsearchSwitches, random: Random, now: () => number) {
    this.switches = switches;
    this.random = random;
    this.now = now;
    this.types = typesOf(switches.flavour);
    this.templates = new Templates(this.types, switches.flavour === 'opensearch');
  }

  /** An id as Elasticsearch makes one: 20 characters. */
  newId(): string {
    return this.random.hex(20);
  }

  /** By exact name, or undefined. */
  find(name: string): Index | undefined {
    return this.indices.get(name);
  }

  aliased(alias: string): Index[] {
    return [...this.indices.values()].filter((index) => index.aliases.has(alias));
  }

  /** Where a write to `name` goes; `undefined`: there is nothing of that name. Throws 400 for an alias without a write index. */
  writeTarget(name: string): Index | undefined {
    const index = this.indices.get(name);
    if (index !== undefined) return index;
    const stream = this.streams.get(name);
    if (stream !== undefined) return this.indices.get(stream.indices.at(-1)!);
    const aliased = this.aliased(name);
    if (aliased.length === 0) return undefined;
    const marked = aliased.filter((one) => one.aliases.get(name)!['is_write_index'] === true);
    if (marked.length === 1) return marked[0];
    if (aliased.length === 1 && aliased[0]!.aliases.get(name)!['is_write_index'] !== false) return aliased[0];
    throw illegal(
      `no write index is defined for alias [${name}]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index`,
    );
  }

  /** The indices that `a,b*` means for a read. Throws 404 for a plain name that is not there. `streams: false` leaves data streams out. */
  resolve(expression: string, streams = true): Index[] {
    const found = new Set<Index>();
    for (const part of expression === '_all' || expression === '' ? ['*'] : expression.split(',')) {
      const wild = part.includes('*');
      const before = found.size;
      for (const index of this.indices.values()) {
        const hidden = index.name.startsWith('.') && !part.startsWith('.');
        const byStream = index.stream !== undefined && streams && matches(part, index.stream);
        const byName = matches(part, index.name) && !(wild && hidden);
        if (byName || byStream || [...index.aliases.keys()].some((alias) => matches(part, alias))) found.add(index);
      }
      if (!wild && found.size === before && !this.isKnown(part, streams))
        throw noIndex(part, !streams && this.streams.has(part));
    }
    return [...found];
  }

  isKnown(name: string, streams = true): boolean {
    return this.indices.has(name) || (streams && this.streams.has(name)) || this.aliased(name).length > 0;
  }

  /** Throws 400 when it exists, its name is wrong, or it would have to be a data stream. */
  create(name: string, given: Creation = {}): Index {
    checkName(name);
    const before = this.indices.get(name);
    if (before !== undefined) {
      throw new Refused(400, 'resource_already_exists_exception', `index [${name}/${before.uuid}] already exists`, {
        index_uuid: before.uuid,
        index: name,
      });
    }
    const composed = this.templates.for(name);
    if (composed?.template.data_stream !== undefined) {
      throw illegal(
        `cannot create index with name [${name}], because it matches with template [${composed.name}] that creates data streams only, use create data stream api instead`,
      );
    }
    return this.add(name, composed, given);
  }

  /** For a write to a name that is not there: an index, or the first backing index of a stream. Throws 404 when that is forbidden. */
  autoCreate(name: string, mustBeStream: boolean): Index {
    const composed = this.templates.for(name);
    if (mustBeStream && composed?.template.data_stream === undefined) {
      throw mayNotCreate(
        name,
        ' and the index creation request requires a data stream, but no matching index template with data stream template was found for it',
      );
    }
    if (composed?.template.allow_auto_create === false) {
      throw mayNotCreate(
        `composable template [${composed.template.index_patterns.join(', ')}] forbids index auto creation`,
      );
    }
    if (!this.switches.autoCreate && composed?.template.allow_auto_create !== true) {
      throw mayNotCreate(name, ' and [action.auto_create_index] is [false]');
    }
    return composed?.template.data_stream === undefined ? this.create(name) : this.createStream(name);
  }

  createStream(name: string): Index {
    checkName(name);
    if (this.streams.has(name)) {
      throw new Refused(400, 'resource_already_exists_exception', `data_stream [${name}] already exists`);
    }
    const composed = this.templates.for(name);
    if (composed?.template.data_stream === undefined)
      throw illegal(`no matching index template found for data stream [${name}]`);
    const stream: Stream = { name, generation: 0, indices: [], template: composed.name };
    const { lifecycle } = composed.template.template ?? {};
    if (lifecycle) stream.lifecycle = { enabled: true, ...lifecycle };
    this.streams.set(name, stream);
    return this.grow(stream, composed);
  }

  /** `old` and `new` names. Throws 404 when there is nothing of that name, 400 when it cannot roll over. */
  rollover(name: string): { old: string; new: string } {
    const stream = this.streams.get(name);
    if (stream !== undefined) {
      const old = stream.indices.at(-1)!;
      return { old, new: this.grow(stream, this.templates.for(name)).name };
    }
    const old = this.aliased(name).length > 0 ? this.writeTarget(name) : undefined;
    if (old === undefined)
      throw new Refused(404, 'resource_not_found_exception', `rollover target [${name}] does not exist`);
    const match = /^(.*-)(\d+)$/.exec(old.name);
    if (!match) throw illegal(`index name [${old.name}] does not match pattern '^.*-\\d+$'`);
    const next = `${match[1]}${String(Number(match[2]) + 1).padStart(6, '0')}`;
    const alias = old.aliases.get(name)!;
    this.create(next, { aliases: { [name]: { ...alias, is_write_index: true } } });
    old.aliases.set(name, { ...alias, is_write_index: false });
    return { old: old.name, new: next };
  }

  /** Throws 404 for what is not there, or is a data stream; 400 for an alias, or the write index of a stream. */
  delete(expression: string): void {
    for (const part of expression.split(',')) {
      if (this.aliased(part).length > 0) {
        throw illegal(
          `The provided expression [${part}] matches an alias, specify the corresponding concrete indices instead.`,
        );
      }
    }
    const doomed = this.resolve(expression, false).filter((index) => matchesAny(expression, index.name));
    for (const index of doomed) {
      const stream = index.stream === undefined ? undefined : this.streams.get(index.stream);
      if (stream?.indices.at(-1) === index.name) {
        throw illegal(
          `index [${index.name}] is the write index for data stream [${stream.name}] and cannot be deleted`,
        );
      }
      if (stream !== undefined) stream.indices = stream.indices.filter((name) => name !== index.name);
    }
    for (const index of doomed) this.indices.delete(index.name);
  }

  deleteStream(expression: string): void {
    const doomed = [...this.streams.values()].filter((stream) => matchesAny(expression, stream.name));
    if (doomed.length === 0 && !expression.includes('*')) throw noIndex(expression);
    for (const stream of doomed) {
      for (const name of stream.indices) this.indices.delete(name);
      this.streams.delete(stream.name);
    }
  }

  private grow(stream: Stream, composed: Composed | undefined): Index {
    stream.generation++;
    const day = new Date(this.now()).toISOString().slice(0, 10).replaceAll('-', '.');
    const name = `.ds-${stream.name}-${day}-${String(stream.generation).padStart(6, '0')}`;
    const index = this.add(
      name,
      composed,
      { mappings: { properties: { '@timestamp': { type: 'date' } } } },
      stream.name,
    );
    stream.indices.push(name);
    return index;
  }

  private add(name: string, composed: Composed | undefined, given: Creation, stream?: string): Index {
    const index = new Index(name, {
      uuid: this.random.hex(22),
      now: this.now,
      gcDeletesMs: () => this.switches.gcDeletesMs,
      refreshMs: () => this.switches.refreshMs,
      types: this.types,
      stream,
    });
    for (const settings of composed?.settings ?? []) index.set(settings, false);
    index.set(given.settings ?? {}, false);
    if (composed) index.map(composed.mappings);
    // A template may say more of @timestamp than that it is a date.
    if (!(stream !== undefined && index.mapping.root.properties?.has('@timestamp'))) index.map(given.mappings ?? {});
    for (const [alias, options] of Object.entries({ ...(stream ? {} : composed?.aliases), ...given.aliases }))
      index.aliases.set(alias, options);
    this.indices.set(name, index);
    return index;
  }
}

const matchesAny = (expression: string, name: string): boolean =>
  (expression === '_all' ? '*' : expression).split(',').some((pattern) => matches(pattern, name));
