// Transforms: kept, started and stopped; they never run.
import { Refused } from './errors.ts';
import { matches } from './names.ts';
import { guards } from './privileges.ts';
import { absent, acknowledged, type Answer, bodyOf, type Call, type Json, ok, type Route } from './rest.ts';

interface Transform {
  config: Json;
  started: boolean;
}

const noTransforms = ['minimal', 'opensearch'] as const;

export const transformRoutes = (transforms: Map<string, Transform>): Route[] => [
  {
    methods: ['PUT'],
    pattern: '/_transform/:name',
    parameters: ['defer_validation'],
    guard: guards.transforms,
    without: noTransforms,
    handle: (call) => putTransform(call, transforms),
  },
  {
    methods: ['GET'],
    pattern: '/_transform/:name',
    parameters: ['allow_no_match', 'from', 'size'],
    without: noTransforms,
    handle: (call) => getTransform(call, transforms),
  },
  {
    methods: ['DELETE'],
    pattern: '/_transform/:name',
    parameters: ['force', 'delete_dest_index'],
    guard: guards.transforms,
    without: noTransforms,
    handle: (call) => deleteTransform(call, transforms),
  },
  {
    methods: ['POST'],
    pattern: '/_transform/:name/_start',
    guard: guards.transforms,
    without: noTransforms,
    handle: (call) => runTransform(call, transforms, true),
  },
  {
    methods: ['POST'],
    pattern: '/_transform/:name/_stop',
    parameters: ['force', 'wait_for_completion'],
    guard: guards.transforms,
    without: noTransforms,
    handle: (call) => runTransform(call, transforms, false),
  },
  {
    methods: ['GET'],
    pattern: '/_transform/:name/_stats',
    parameters: ['allow_no_match'],
    without: noTransforms,
    handle: (call) => transformStats(call, transforms),
  },
];

const missing = (name: string): Refused => absent(`Transform with id [${name}] could not be found`);

function found(call: Call, transforms: ReadonlyMap<string, Transform>): [string, Transform][] {
  const name = call.at['name']!;
  const all = [...transforms].filter(([one]) => name === '_all' || matches(name, one));
  if (all.length === 0 && !name.includes('*') && name !== '_all') throw missing(name);
  return all;
}

function putTransform(call: Call, transforms: Map<string, Transform>): Answer {
  const name = call.at['name']!;
  if (transforms.has(name)) {
    throw new Refused(400, 'resource_already_exists_exception', `Transform with id [${name}] already exists`);
  }
  transforms.set(name, { config: bodyOf(call), started: false });
  return acknowledged();
}

function getTransform(call: Call, transforms: ReadonlyMap<string, Transform>): Answer {
  const all = found(call, transforms);
  return ok({ count: all.length, transforms: all.map(([id, { config }]) => ({ id, ...config })) });
}

function deleteTransform(call: Call, transforms: Map<string, Transform>): Answer {
  for (const [name, { started }] of found(call, transforms)) {
    if (started && call.parameters.get('force') !== 'true') {
      throw new Refused(
        409,
        'status_exception',
        `Cannot delete transform [${name}] as the task is running. Stop the task first`,
      );
    }
    transforms.delete(name);
  }
  return acknowledged();
}

function runTransform(call: Call, transforms: ReadonlyMap<string, Transform>, start: boolean): Answer {
  for (const [name, transform] of found(call, transforms)) {
    if (start && transform.started) {
      throw new Refused(409, 'status_exception', `Cannot start transform [${name}] as it is already started.`);
    }
    transform.started = start;
  }
  return acknowledged();
}

/** Transforms are kept and never run: their destination stays empty. */
function transformStats(call: Call, transforms: ReadonlyMap<string, Transform>): Answer {
  const { transformState } = call.cluster.switches;
  const all = found(call, transforms);
  return ok({
    count: all.length,
    transforms: all.map(([id, { started }]) => ({
      id,
      state: transformState ?? (started ? 'started' : 'stopped'),
      ...(transformState === 'failed' ? { reason: 'task encountered irrecoverable failure' } : {}),
      stats: { documents_processed: 0, documents_indexed: 0, search_failures: 0, index_failures: 0 },
      checkpointing: { last: { checkpoint: 0 }, operations_behind: 0 },
      health: { status: transformState === 'failed' ? 'red' : 'green' },
    })),
  });
}
