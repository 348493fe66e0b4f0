// `_doc`, `_create`, `_source`, `_mget`: one document, or some by their ids.
import { parseSource } from './bulk.ts';
import { checkDocument } from './documents.ts';
import { illegal, invalid, noIndex, Refused } from './errors.ts';
import { type Index } from './es-index.ts';
import { guards } from './privileges.ts';
import { absent, type Answer, bodyOf, type Call, type Json, ok, refreshes, type Route } from './rest.ts';
import { type Condition, type Entry, type Written } from './shard.ts';
import { type SourceFilter, sourceFilter, sourceFilterOf } from './source-filter.ts';

const readParameters = [
  '_source',
  '_source_includes',
  '_source_excludes',
  'realtime',
  'refresh',
  'routing',
  'preference',
];
const writeParameters = [
  'refresh',
  'version',
  'version_type',
  'routing',
  'op_type',
  'if_seq_no',
  'if_primary_term',
  'require_alias',
  'wait_for_active_shards',
  'pipeline',
];

export const documentRoutes: Route[] = [
  { methods: ['GET', 'POST'], pattern: '/_mget', parameters: readParameters, guard: guards.get, handle: multiGet },
  {
    methods: ['GET', 'POST'],
    pattern: '/:index/_mget',
    parameters: readParameters,
    guard: guards.get,
    handle: multiGet,
  },
  {
    methods: ['GET'],
    pattern: '/:index/_doc/:id',
    parameters: readParameters,
    guard: guards.get,
    handle: getDocument,
  },
  {
    methods: ['PUT', 'POST'],
    pattern: '/:index/_doc/:id',
    parameters: writeParameters,
    handle: (call) => putDocument(call, call.parameters.get('op_type') === 'create'),
  },
  {
    methods: ['POST'],
    pattern: '/:index/_doc',
    parameters: writeParameters,
    handle: (call) => putDocument(call, false),
  },
  {
    methods: ['PUT', 'POST'],
    pattern: '/:index/_create/:id',
    parameters: writeParameters,
    handle: (call) => putDocument(call, true),
  },
  { methods: ['DELETE'], pattern: '/:index/_doc/:id', parameters: writeParameters, handle: deleteDocument },
  {
    methods: ['GET'],
    pattern: '/:index/_source/:id',
    parameters: readParameters,
    guard: guards.get,
    handle: getSource,
  },
];

/** One index behind a name that is read by id. Throws 404, also for a data stream, and 400 for an alias of several. */
function single(call: Call, name: string): Index {
  const found = call.cluster.resolve(name, false);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw noIndex(name);
  throw illegal(
    `alias [${name}] has more than one index associated with it [${found.map((index) => index.name).join(', ')}], can't execute a single index op`,
  );
}

const found = (index: Index, entry: Entry, filter: SourceFilter): Json => {
  const source = filter(entry.source!);
  return {
    _index: index.name,
    _id: entry.id,
    _version: entry.version,
    _seq_no: entry.seqNo,
    _primary_term: 1,
    found: true,
    ...(source === undefined ? {} : { _source: source }),
  };
};

function getDocument(call: Call): Answer {
  const index = single(call, call.at['index']!);
  const id = call.at['id']!;
  const entry = index.shard.get(id);
  if (entry === undefined) return { status: 404, body: { _index: index.name, _id: id, found: false } };
  return ok(found(index, entry, sourceFilterOf(call.parameters)));
}

function getSource(call: Call): Answer {
  const index = single(call, call.at['index']!);
  const entry = index.shard.get(call.at['id']!);
  if (entry === undefined) throw absent(`Document not found [${index.name}]/[${call.at['id']!}]`);
  return ok(sourceFilterOf(call.parameters)(entry.source!));
}

function multiGet(call: Call): Answer {
  const { ids, docs } = bodyOf(call) as {
    ids?: string[];
    docs?: { _index?: string; _id: string; _source?: unknown }[];
  };
  const wanted = docs ?? (ids ?? []).map((_id) => ({ _id, _index: undefined, _source: undefined }));
  if (wanted.length === 0) throw invalid(['no documents to get']);
  const all = sourceFilterOf(call.parameters);
  return ok({
    docs: wanted.map(({ _index: name = call.at['index'] ?? '', _id: id, _source: kept }) => {
      try {
        const index = single(call, name);
        const entry = index.shard.get(id);
        if (entry === undefined) return { _index: index.name, _id: id, found: false };
        return found(index, entry, kept === undefined ? all : sourceFilter(kept));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return { _index: name, _id: id, error: { root_cause: [error.error], ...error.error } };
      }
    }),
  });
}

function conditionOf(parameters: URLSearchParams): Condition {
  const number = (name: string): number | undefined =>
    parameters.get(name) === null ? undefined : Number(parameters.get(name));
  const versionType = (parameters.get('version_type') ?? 'internal') as Condition['versionType'];
  return { version: number('version'), versionType, ifSeqNo: number('if_seq_no') };
}

const where = (index: Index) => (): object => ({ index_uuid: index.uuid, shard: '0', index: index.name });

function putDocument(call: Call, create: boolean): Answer {
  const name = call.at['index']!;
  const target = call.cluster.writeTarget(name) ?? call.cluster.autoCreate(name, false);
  if (target.stream !== undefined && !create && call.at['id'] !== undefined)
    throw illegal('only write ops with an op_type of create are allowed in data streams');
  target.mayWrite();
  const id = call.at['id'] ?? call.cluster.newId();
  const source = parseSource(call.text, false);
  if (call.cluster.switches.mappings === 'check') checkDocument(target, id, source, call.text);
  const written = target.shard.put(id, source, conditionOf(call.parameters), create, where(target));
  if (refreshes(call.parameters)) target.shard.refresh();
  return { status: written.result === 'created' ? 201 : 200, body: rendered(target, id, written, call) };
}

function deleteDocument(call: Call): Answer {
  const name = call.at['index']!;
  const target = call.cluster.writeTarget(name);
  if (target === undefined) throw noIndex(name);
  target.mayWrite();
  const id = call.at['id']!;
  const written = target.shard.delete(id, conditionOf(call.parameters), where(target));
  if (refreshes(call.parameters)) target.shard.refresh();
  return { status: written.result === 'deleted' ? 200 : 404, body: rendered(target, id, written, call) };
}

const rendered = (index: Index, id: string, { result, version, seqNo }: Written, call: Call): Json => ({
  _index: index.name,
  _id: id,
  _version: version,
  result,
  ...(call.parameters.get('refresh') === 'true' ? { forced_refresh: true } : {}),
  _shards: { total: 2, successful: 1, failed: 0 },
  _seq_no: seqNo,
  _primary_term: 1,
});
