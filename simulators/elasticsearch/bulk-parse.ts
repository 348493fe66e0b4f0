// The lines of a bulk body as operations (elasticsearch-bulk 2.1). What is wrong here ends the whole request.
import { textOf } from './raw.ts';
import { illegal, invalid, Refused } from './errors.ts';
import { type Condition, unconditional } from './shard.ts';

export type Action = 'index' | 'create' | 'delete' | 'update';

export interface Operation {
  action: Action;
  /** As it was asked for: an index, an alias or a data stream. */
  index: string;
  id: string | undefined;
  condition: Condition;
  requireAlias: boolean;
  requireDataStream: boolean;
  pipeline: string | undefined;
  /** The line of the document, not yet parsed. */
  raw: string;
}

/** What the request says for all of its operations. */
export interface Defaults {
  index: string | undefined;
  requireAlias: boolean;
  requireDataStream: boolean;
  pipeline: string | undefined;
}

const actions = new Set(['index', 'create', 'delete', 'update']);

/** Throws 400 for a body that is not whole, a line that is no action, and operations that can never be. */
export function parseBulk(text: string, defaults: Defaults): Operation[] {
  if (text.length === 0) throw new Refused(400, 'parse_exception', 'request body is required');
  if (!text.endsWith('\n')) throw illegal('The bulk request must be terminated by a newline [\\n]');
  const operations: Operation[] = [];
  const wrong: string[] = [];
  let number = 0;
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end);
    at = end + 1;
    number++;
    if (line === '' || line === '\r') continue;
    const operation = parseAction(line, number, defaults);
    if (operation.action !== 'delete') {
      const stop = text.indexOf('\n', at);
      if (stop < 0) break; // An action without its document is left out in silence.
      operation.raw = text.slice(at, stop);
      at = stop + 1;
      number++;
    }
    validate(operation, wrong);
    operations.push(operation);
  }
  if (operations.length === 0) throw invalid(['no requests added']);
  if (wrong.length > 0) throw invalid(wrong);
  return operations;
}

function parseAction(line: string, number: number, defaults: Defaults): Operation {
  const where = `Malformed action/metadata line [${number}]`;
  const parsed = parseLenient(line);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw illegal(`${where}, expected START_OBJECT but found [${tokenOf(parsed)}]`);
  }
  let action: string | undefined;
  for (const key in parsed) {
    action = key;
    break;
  }
  if (action === undefined) throw illegal(`${where}, expected FIELD_NAME but found [END_OBJECT]`);
  if (!actions.has(action))
    throw illegal(`${where}, expected field [create], [delete], [index] or [update] but found [${action}]`);
  const meta = (parsed as Record<string, unknown>)[action];
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) {
    throw illegal(`${where}, expected START_OBJECT or END_OBJECT but found [${tokenOf(meta)}]`);
  }
  return readMeta(action as Action, meta as Record<string, unknown>, number, defaults);
}

function readMeta(action: Action, meta: Record<string, unknown>, number: number, defaults: Defaults): Operation {
  const { requireAlias, requireDataStream, pipeline } = defaults;
  const operation: Operation = {
    action,
    index: defaults.index ?? '',
    id: undefined,
    condition: unconditional,
    requireAlias,
    requireDataStream,
    pipeline,
    raw: '',
  };
  for (const key in meta) {
    const value = meta[key];
    if (value === null) continue;
    if (key === '_id') operation.id = textOf(value);
    else if (key === '_index') operation.index = textOf(value);
    else if (key === 'version' || key === '_version')
      operation.condition = { ...operation.condition, version: Number(value) };
    else if (key === 'version_type' || key === '_version_type') {
      operation.condition = { ...operation.condition, versionType: versionTypeOf(textOf(value)) };
    } else if (key === 'if_seq_no') operation.condition = { ...operation.condition, ifSeqNo: Number(value) };
    else if (key === 'require_alias') operation.requireAlias = value === true || value === 'true';
    else if (key === 'require_data_stream') operation.requireDataStream = value === true || value === 'true';
    else if (key === 'pipeline') operation.pipeline = textOf(value);
    else if (!unplayed.has(key))
      throw illegal(`Action/metadata line [${number}] contains an unknown parameter [${key}]`);
  }
  return operation;
}

const unplayed = new Set([
  'routing',
  '_routing',
  'if_primary_term',
  'dynamic_templates',
  'op_type',
  'retry_on_conflict',
  'list_executed_pipelines',
]);

function versionTypeOf(text: string): Condition['versionType'] {
  if (text === 'internal' || text === 'external' || text === 'external_gte') return text;
  if (text === 'external_gt') return 'external';
  throw illegal(`No version type match [${text}]`);
}

function validate({ action, index, id, condition, requireDataStream }: Operation, wrong: string[]): void {
  const { version, versionType } = condition;
  if (action === 'update' && requireDataStream) {
    throw illegal(
      'Update requests do not support the `require_data_stream` flag, as data streams do not support update operations',
    );
  }
  if (index === '') wrong.push('index is missing');
  if (id === undefined && (action === 'delete' || action === 'update')) wrong.push('id is missing');
  if (id !== undefined && id.length > 170 && Buffer.byteLength(id) > 512) {
    wrong.push(`id [${id}] is too long, must be no longer than 512 bytes but was: ${Buffer.byteLength(id)}`);
  }
  if (versionType === 'internal') {
    if (version !== undefined) {
      wrong.push(
        'internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and `if_primary_term` instead',
      );
    }
  } else if (action === 'create') wrong.push('create operations only support internal versioning. use index instead');
  else if (version === undefined || !(version >= 0)) {
    wrong.push(`illegal version value [${version ?? -3}] for version type [${versionType.toUpperCase()}]`);
  }
}

/** An action line may lack its last brace: the real one takes it. */
function parseLenient(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    try {
      return JSON.parse(`${line}}`) as unknown;
    } catch {
      throw notJson(line, error as Error);
    }
  }
}

export function notJson(line: string, error: Error): Refused {
  const reason = `[1:${line.length + 1}] ${error.message}`;
  return new Refused(400, 'x_content_parse_exception', reason, { caused_by: { type: 'json_parse_exception', reason } });
}

const tokenOf = (value: unknown): string =>
  Array.isArray(value)
    ? 'START_ARRAY'
    : typeof value === 'string'
      ? 'VALUE_STRING'
      : typeof value === 'number'
        ? 'VALUE_NUMBER'
        : value === null
          ? 'VALUE_NULL'
          : `VALUE_${textOf(value).toUpperCase()}`;
