// Index templates, component templates, and what is kept by name beside them: pipelines, ILM policies.
import { illegal, Refused } from './errors.ts';
import { flatSettings } from './es-index.ts';
import { matches } from './names.ts';
import { guards } from './privileges.ts';
import { absent, acknowledged, type Answer, bodyOf, type Call, type Json, ok, type Route } from './rest.ts';
import { type IndexTemplate } from './templates.ts';

/** Pipelines and policies are kept and shown, not played: documents pass a pipeline as they are. */
export class Kept {
  readonly pipelines = new Map<string, Json>();
  readonly policies = new Map<string, Json>();
}

const parameters = ['create', 'cause', 'flat_settings', 'local', 'include_defaults', 'summary', 'if_version'];
const put = { methods: ['PUT', 'POST'], parameters, guard: guards.templates };
const get = { methods: ['GET'], parameters, guard: guards.templates };
const gone = { methods: ['DELETE'], parameters, guard: guards.templates };
const noIlm = ['minimal', 'opensearch', 'serverless'] as const;

export const templateRoutes = (kept: Kept): Route[] => [
  { ...put, pattern: '/_index_template/:name', handle: putIndexTemplate },
  { ...get, pattern: '/_index_template', handle: getIndexTemplate },
  { ...get, pattern: '/_index_template/:name', handle: getIndexTemplate },
  { ...gone, pattern: '/_index_template/:name', handle: deleteIndexTemplate },
  { ...put, pattern: '/_component_template/:name', handle: putComponent },
  { ...get, pattern: '/_component_template', handle: getComponent },
  { ...get, pattern: '/_component_template/:name', handle: getComponent },
  { ...gone, pattern: '/_component_template/:name', handle: deleteComponent },
  { ...put, pattern: '/_ingest/pipeline/:name', guard: guards.pipelines, handle: (call) => keep(call, kept.pipelines) },
  {
    ...get,
    pattern: '/_ingest/pipeline',
    guard: guards.pipelines,
    handle: (call) => getPipeline(call, kept.pipelines),
  },
  {
    ...get,
    pattern: '/_ingest/pipeline/:name',
    guard: guards.pipelines,
    handle: (call) => getPipeline(call, kept.pipelines),
  },
  {
    ...gone,
    pattern: '/_ingest/pipeline/:name',
    guard: guards.pipelines,
    handle: (call) => drop(call, kept.pipelines, (name) => `pipeline [${name}] is missing`),
  },
  {
    ...put,
    methods: ['PUT'],
    pattern: '/_ilm/policy/:name',
    guard: guards.ilm,
    without: noIlm,
    handle: (call) => keep(call, kept.policies),
  },
  {
    ...get,
    pattern: '/_ilm/policy',
    guard: guards.ilm,
    without: noIlm,
    handle: (call) => getPolicy(call, kept.policies),
  },
  {
    ...get,
    pattern: '/_ilm/policy/:name',
    guard: guards.ilm,
    without: noIlm,
    handle: (call) => getPolicy(call, kept.policies),
  },
  {
    ...gone,
    pattern: '/_ilm/policy/:name',
    guard: guards.ilm,
    without: noIlm,
    handle: (call) => drop(call, kept.policies, (name) => `Lifecycle policy not found: ${name}`),
  },
];

const named = <T>(call: Call, all: ReadonlyMap<string, T>): [string, T][] =>
  [...all].filter(([name]) => (call.at['name'] ?? '*').split(',').some((one) => matches(one, name)));

function putIndexTemplate(call: Call): Answer {
  call.cluster.templates.putIndex(call.at['name']!, bodyOf(call) as IndexTemplate);
  return acknowledged();
}

function getIndexTemplate(call: Call): Answer {
  const found = named(call, call.cluster.templates.index);
  const name = call.at['name'];
  if (found.length === 0 && name !== undefined && !name.includes('*'))
    throw absent(`index template matching [${name}] not found`);
  return ok({
    index_templates: found.map(([name, template]) => {
      const { data_stream: stream } = template;
      const shown = { ...template, composed_of: template.composed_of ?? [], ...withSettings(template.template) };
      const streamed = { hidden: false, allow_custom_routing: false, ...stream };
      return { name, index_template: stream === undefined ? shown : { ...shown, data_stream: streamed } };
    }),
  });
}

/** Settings are shown with `index` in front, and as texts. */
function withSettings(template: IndexTemplate['template']): Json {
  if (template?.settings === undefined) return {};
  const settings: Json = {};
  for (const [name, value] of flatSettings(template.settings)) {
    const parts = name.split('.');
    let at = settings;
    for (const part of parts.slice(0, -1)) at = (at[part] ??= {}) as Json;
    at[parts.at(-1)!] = value;
  }
  return { template: { ...template, settings } };
}

function deleteIndexTemplate(call: Call): Answer {
  const { templates, streams } = call.cluster;
  const found = named(call, templates.index);
  const name = call.at['name']!;
  if (found.length === 0 && !name.includes('*'))
    throw new Refused(404, 'index_template_missing_exception', `index_template [${name}] missing`);
  const users = [...streams.values()]
    .filter((stream) => found.some(([one]) => one === stream.template))
    .map((stream) => stream.name);
  if (users.length > 0) {
    throw illegal(
      `unable to remove composable templates [${name}] as they are in use by a data streams [${users.join(', ')}]`,
    );
  }
  for (const [one] of found) templates.index.delete(one);
  return acknowledged();
}

function putComponent(call: Call): Answer {
  call.cluster.templates.putComponent(call.at['name']!, bodyOf(call));
  return acknowledged();
}

function getComponent(call: Call): Answer {
  const found = named(call, call.cluster.templates.component);
  const name = call.at['name'];
  if (found.length === 0 && name !== undefined && !name.includes('*'))
    throw absent(`component template matching [${name}] not found`);
  return ok({
    component_templates: found.map(([name, template]) => ({
      name,
      component_template: { ...template, ...withSettings(template['template'] as IndexTemplate['template']) },
    })),
  });
}

function deleteComponent(call: Call): Answer {
  call.cluster.templates.deleteComponent(call.at['name']!);
  return acknowledged();
}

function keep(call: Call, all: Map<string, Json>): Answer {
  all.set(call.at['name']!, bodyOf(call));
  return acknowledged();
}

function drop(call: Call, all: Map<string, Json>, missing: (name: string) => string): Answer {
  const name = call.at['name']!;
  if (!all.delete(name)) throw absent(missing(name));
  return acknowledged();
}

function getPipeline(call: Call, all: ReadonlyMap<string, Json>): Answer {
  const found = named(call, all);
  return { status: found.length === 0 ? 404 : 200, body: Object.fromEntries(found) };
}

function getPolicy(call: Call, all: ReadonlyMap<string, Json>): Answer {
  const found = named(call, all);
  const name = call.at['name'];
  if (found.length === 0 && name !== undefined && !name.includes('*'))
    throw absent(`Lifecycle policy not found: ${name}`);
  return ok(
    Object.fromEntries(
      found.map(([name, body]) => [name, { version: 1, modified_date: new Date(call.now).toISOString(), ...body }]),
    ),
  );
}
