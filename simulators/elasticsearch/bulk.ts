// Plays the operations of a bulk request, one item for each, in order.
import { type Action, type Operation } from './bulk-parse.ts';
import { type Cluster } from './cluster.ts';
import { checkDocument } from './documents.ts';
import { type EsError, illegal, mayNotCreate, noIndex, Refused } from './errors.ts';
import { type ElasticsearchFault, faultShape } from './fault-table.ts';
import { type Index } from './es-index.ts';
import { autoCreators, unauthorized, writers } from './privileges.ts';
import { type Source, type Written } from './shard.ts';

export interface Item {
  _index: string;
  _id: string | undefined;
  status: number;
  error?: EsError;
  result?: string;
  [more: string]: unknown;
}

export interface BulkOptions {
  /** `refresh` is true: each item says `forced_refresh`. */
  forced: boolean;
  /** A search sees what was written. */
  refresh: boolean;
  /** Copies that must be there; more than the one there is: 503 items. */
  activeShards: number | 'all';
  /** The text of a bad document is left out of its error. */
  hideSource: boolean;
  hasPipeline: (name: string) => boolean;
  fault: ElasticsearchFault | undefined;
  /** Only so many are played, and answered. */
  most: number;
}

const onlyCreate = 'only write ops with an op_type of create are allowed in data streams';

export class Bulk {
  /** Documents that were answered with success and are not in the index (failure store). */
  lost = 0;
  errors = false;
  private readonly cluster: Cluster;
  private readonly options: BulkOptions;
  private readonly touched = new Set<Index>();
  private last: { key: string; target: Index | Refused } | undefined;

  constructor(cluster: Cluster, options: BulkOptions) {
    this.cluster = cluster;
    this.options = options;
  }

  run(operations: readonly Operation[]): Record<string, Item>[] {
    const items: Record<string, Item>[] = [];
    for (const [position, operation] of operations.entries()) {
      if (position >= this.options.most) break;
      const item = this.picked(position) ? this.failed(operation) : this.play(operation);
      if (item.status >= 300 && !(operation.action === 'delete' && item.error === undefined)) this.errors = true;
      items.push({ [operation.action]: item });
    }
    for (const index of this.touched) index.shard.refresh();
    return items;
  }

  private picked(position: number): boolean {
    const { fault } = this.options;
    if (fault === undefined || faultShape(fault.name).item === undefined) return false;
    return fault.items === undefined ? position % (fault.every ?? 2) === 0 : fault.items.includes(position);
  }

  /** What the planned fault says of an item, after it was played if the fault takes it. */
  private failed(operation: Operation): Item {
    const { taken, status, type, reason, failureStore, shardsFailed } = faultShape(this.options.fault!.name).item!;
    const base: Item = { _index: operation.index, _id: operation.id, status };
    if (type !== undefined) {
      if (taken) this.play(operation);
      const store = failureStore === undefined ? {} : { failure_store: failureStore };
      return { ...base, error: { type, reason: reason ?? type }, ...store };
    }
    if (!taken) {
      // The document is in the failure store of the stream, and nowhere a reader looks (elasticsearch-bulk 2.4).
      this.lost++;
      return { ...base, _index: `.fs-${operation.index}`, _version: 1, result: 'created', failure_store: failureStore };
    }
    const item = this.play(operation);
    if (failureStore !== undefined) item['failure_store'] = failureStore;
    if (shardsFailed !== undefined) item['_shards'] = { total: 2, successful: 1, failed: shardsFailed };
    return item;
  }

  private play(operation: Operation): Item {
    const { action, index: asked, id } = operation;
    let name = asked;
    try {
      if (id === '') throw illegal('if _id is specified it must not be empty');
      const { pipeline } = operation;
      if (
        pipeline !== undefined &&
        pipeline !== '_none' &&
        action !== 'delete' &&
        !this.options.hasPipeline(pipeline)
      ) {
        throw illegal(`pipeline with id [${pipeline}] does not exist`);
      }
      const target = this.target(operation);
      target.mayWrite();
      name = target.name;
      if (this.options.refresh) this.touched.add(target);
      const given = id ?? this.cluster.newId();
      const written = this.write(target, operation, given);
      return this.success(target, action, given, written);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { _index: name, _id: id, status: error.status, error: error.error };
    }
  }

  private write(target: Index, operation: Operation, id: string): Written {
    const { activeShards } = this.options;
    const copies = activeShards === 'all' ? 1 + replicasOf(target) : activeShards;
    if (copies > 1) {
      const reason = `[${target.name}][0] Not enough active copies to meet shard count of [${activeShards}] (have 1, needed ${copies}).`;
      throw new Refused(503, 'unavailable_shards_exception', reason);
    }
    const where = (): object => ({ index_uuid: target.uuid, shard: '0', index: target.name });
    if (operation.action === 'delete') return target.shard.delete(id, operation.condition, where);
    if (operation.action === 'update') throw illegal('[update] is not played by this simulator');
    const source = this.source(target, operation.raw, id);
    return target.shard.put(id, source, operation.condition, operation.action === 'create', where);
  }

  /** Without checks, what looks like an object is kept as a text. */
  private source(target: Index, raw: string, id: string): Source | string {
    if (this.cluster.switches.mappings === 'ignore' && raw.startsWith('{') && raw.endsWith('}')) return raw;
    const source = parseSource(raw, this.options.hideSource);
    checkDocument(target, id, source, raw);
    return source;
  }

  private success(target: Index, action: Action, id: string, written: Written): Item {
    const { result, version, seqNo } = written;
    const status = action === 'delete' ? (result === 'deleted' ? 200 : 404) : result === 'created' ? 201 : 200;
    const shards = { total: 1 + replicasOf(target), successful: 1, failed: 0 };
    const base = { _index: target.name, _id: id, _version: version, result };
    const tail = { _shards: shards, _seq_no: seqNo, _primary_term: 1, status };
    return this.options.forced ? { ...base, forced_refresh: true, ...tail } : { ...base, ...tail };
  }

  /** The same for all operations that look alike, so found once for a run of them. */
  private target(operation: Operation): Index {
    const { action, index, requireAlias, requireDataStream, condition } = operation;
    const key = `${action} ${requireAlias} ${requireDataStream} ${condition.versionType} ${condition.ifSeqNo === undefined} ${index}`;
    if (this.last?.key !== key) {
      let target: Index | Refused;
      try {
        target = this.findTarget(operation);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        target = error;
      }
      this.last = { key, target };
    }
    const { target } = this.last;
    if (target instanceof Refused) throw target;
    return target;
  }

  private findTarget(operation: Operation): Index {
    const { action, index: name, requireAlias, requireDataStream } = operation;
    const { cluster } = this;
    const { privileges } = cluster.switches;
    if (privileges !== null && !writers[action].privileges.some((one) => privileges.includes(one))) {
      throw unauthorized(writers[action], name);
    }
    const writes = action !== 'delete';
    const isAlias = cluster.aliased(name).length > 0;
    if (writes && requireAlias && !isAlias) {
      throw mayNotCreate(name, ` and [require_alias] request flag is [true] and [${name}] is not an alias`);
    }
    const found = cluster.writeTarget(name);
    if (found === undefined) return this.createTarget(operation);
    if (writes && requireDataStream && !cluster.streams.has(name)) {
      const reason = `[require_data_stream] request flag is [true] and [${name}] is not a data stream`;
      throw new Refused(404, 'resource_not_found_exception', reason);
    }
    if (cluster.streams.has(name) && action !== 'create') throw illegal(onlyCreate);
    if (found.stream !== undefined && found.name === name && writes && operation.condition.ifSeqNo === undefined) {
      const missing = action === 'index' ? ' and no if_primary_term and if_seq_no set' : '';
      throw illegal(
        `index request with op_type=${action}${missing} targeting backing indices is disallowed, target corresponding data stream [${found.stream}] instead`,
      );
    }
    return found;
  }

  private createTarget({ action, index: name, requireDataStream, condition }: Operation): Index {
    const { cluster } = this;
    const { privileges } = cluster.switches;
    if (action === 'delete' && condition.versionType === 'internal') throw noIndex(name);
    if (privileges !== null && !autoCreators.privileges.some((one) => privileges.includes(one)))
      throw unauthorized(autoCreators, name);
    const created = cluster.autoCreate(name, requireDataStream);
    if (created.stream === undefined || action === 'create') return created;
    throw new Refused(400, 'illegal_argument_exception', onlyCreate, { caused_by: noIndex(name, true).error });
  }
}

const replicasOf = (index: Index): number => Number(index.settings.get('index.number_of_replicas') ?? 1);

/** Throws 400 for what is no JSON object. */
export function parseSource(raw: string, hideSource: boolean): Source {
  let source: unknown;
  try {
    source = JSON.parse(raw);
  } catch (error) {
    if (raw.trim() === '')
      throw new Refused(400, 'document_parsing_exception', '[0:0] failed to parse, document is empty');
    const { message } = error as Error;
    const reason = `[1:${raw.length}] ${hideSource ? 'Unexpected content (source: REDACTED)' : `${message} (source: ${raw.slice(0, 500)})`}`;
    throw new Refused(400, 'document_parsing_exception', `[1:1] failed to parse: ${reason}`, {
      caused_by: { type: 'x_content_parse_exception', reason },
    });
  }
  if (typeof source === 'object' && source !== null && !Array.isArray(source)) return source as Source;
  throw new Refused(400, 'document_parsing_exception', 'Malformed content, must start with an object');
}
