// What must stand in an Elasticsearch before documents come, and how the documents are read that came.
import type { Arrived } from './harness.ts';
import { indexOf, streamOf } from '../../../src/destinations/elasticsearch/names.ts';
import {
  FIELDS_COMPONENT,
  fieldsComponent,
  indexTemplate,
  streamTemplate,
} from '../../../src/destinations/elasticsearch/template.ts';

export type Json = Record<string, unknown>;
export type Send = (method: string, path: string, body?: unknown) => Promise<{ status: number; json: Json }>;
export type Mode = 'index' | 'data_stream';

export const streamsOf = (namespace: string): string[] => [
  streamOf('attributes', namespace),
  streamOf('events', namespace),
];

/** What this writes to. */
export const targetOf = (mode: Mode, namespace: string): string =>
  mode === 'index' ? indexOf(namespace) : streamsOf(namespace)[0]!;

export async function install(send: Send, mode: Mode, namespace: string, alias: string): Promise<void> {
  const index = indexOf(namespace);
  const answers = [await send('PUT', `/_component_template/${FIELDS_COMPONENT}`, fieldsComponent())];
  const put = async (name: string, template: Json): Promise<void> => {
    answers.push(await send('PUT', `/_index_template/${namespace}-${name}`, template));
  };
  if (mode === 'data_stream') {
    const choice = { retentionDays: null, isTransformSource: false };
    for (const endpoint of ['attributes', 'events'] as const) {
      await put(endpoint, streamTemplate(endpoint, namespace, choice));
    }
  } else {
    await put('index', indexTemplate(namespace));
    answers.push(await send('PUT', `/${index}`, { aliases: { [alias]: { is_write_index: true } } }));
  }
  for (const { status, json } of answers) if (status !== 200) throw new Error(JSON.stringify(json));
}

export function arrivedFrom(source: Json): Arrived {
  const { attribute } = source['misp'] as { attribute: { uuid: string; value?: string } };
  const { delivery_id, withdrawn } = source['misp_relay'] as { delivery_id: string; withdrawn?: string };
  // What is empty is left out of a document.
  const { uuid, value = '' } = attribute;
  return { deliveryId: delivery_id, uuid, action: withdrawn === undefined ? 'upsert' : 'withdraw', value };
}

export function badLine(mode: Mode, namespace: string): string {
  const document = { '@timestamp': '2026-01-01T00:00:00Z', threat: { indicator: { ip: 'no address' } } };
  const action =
    mode === 'index'
      ? { index: { _id: 'everything:bad', version: 1, version_type: 'external_gte' } }
      : { create: { _index: targetOf(mode, namespace), _id: 'everything:bad:1' } };
  return `${JSON.stringify(action)}\t${JSON.stringify(document)}`;
}
