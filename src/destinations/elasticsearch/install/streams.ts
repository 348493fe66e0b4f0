// One data stream of mode `data_stream`: its template, how long it keeps what it holds, and the latest transform that reads it.
import type { Endpoint } from '../../../records/delivery.ts';
import type { AssetChange } from '../../destination.ts';
import { datasetOf, streamOf } from '../names.ts';
import { type Body, fieldsComponent, type StreamChoice, streamTemplate } from '../template.ts';
import { bringIndexTemplate, type Installing } from './asset.ts';
import { bringLatest, type Latest, reads } from './latest.ts';
import { refusal } from './problem.ts';
import { checkRetention, retentionDays, retentionNote, type StandingStream } from './retention.ts';

export interface StreamAsked {
  endpoint: Endpoint;
  namespace: string;
  /** Seconds; null: some attributes never expire. */
  longestLife: number | null;
  /** Null: there are none to be had. */
  transforms: readonly Latest[] | null;
}

export interface StreamDone {
  assets: AssetChange[];
  notes: string[];
}

/** Throws InstallProblem. */
export async function bringStream(asked: Installing, given: StreamAsked): Promise<StreamDone> {
  const { endpoint, namespace, longestLife, transforms } = given;
  const stream = streamOf(endpoint, namespace);
  const name = templateName(endpoint, namespace);
  const readers = (transforms ?? []).filter((each) => reads(each, stream));
  const isRead = readers.some(({ running }) => running);
  const standing = await standingStream(asked, stream);
  const isOurs = standing?.template === name;
  if (standing && !isOurs && !isRead) await checkRetention(asked, stream, standing, longestLife);

  const choice: StreamChoice = {
    retentionDays: retentionDays(longestLife, isRead),
    isTransformSource: readers.length > 0,
  };
  const template = await bringTemplate(asked, given, choice);
  const assets = [template];
  if (transforms && readers.length === 0) {
    assets.push(...(await bringLatest(asked, endpoint, namespace)));
    choice.isTransformSource = true;
    // Only now: without a transform, a label that hides the stream from the rules would hide everything.
    if (!asked.dryRun) {
      await bringTemplate(asked, given, choice);
      await map(asked, stream, choice);
    }
  }
  if (isOurs && template.change === 'changed') assets.push(await refresh(asked, stream, choice));
  const notes = [retentionNote(stream, longestLife, readers)];
  if (standing && !isOurs) notes.push(otherTemplate(stream, name, standing.template));
  return { assets, notes };
}

const templateName = (endpoint: Endpoint, namespace: string): string =>
  `misp-relay-${datasetOf(endpoint)}-${namespace}`;

const bringTemplate = (
  asked: Installing,
  { endpoint, namespace }: StreamAsked,
  choice: StreamChoice,
): Promise<AssetChange> =>
  bringIndexTemplate(asked, templateName(endpoint, namespace), streamTemplate(endpoint, namespace, choice));

/** Null: not there, or the cluster does not say. */
async function standingStream({ client, signal }: Installing, stream: string): Promise<StandingStream | null> {
  const { status, json } = await client.get(`/_data_stream/${stream}`, signal);
  const [first] = status === 200 ? (json?.['data_streams'] as StandingStream[]) : [];
  return first ?? null;
}

/** A template is for indices to come: what is there gets the same lifecycle and fields. */
async function refresh(asked: Installing, stream: string, choice: StreamChoice): Promise<AssetChange> {
  if (!asked.dryRun) {
    const { retentionDays: days } = choice;
    const body = days === null ? {} : { data_retention: `${days}d` };
    const put = await asked.client.put(`/_data_stream/${stream}/_lifecycle`, body, asked.signal);
    if (put.status >= 300) throw refusal(`the lifecycle of ${stream} is refused`, put);
    await map(asked, stream, choice);
  }
  return { asset: `data stream ${stream}`, change: 'changed', detail: 'lifecycle and fields' };
}

async function map({ client, signal, adapt }: Installing, stream: string, choice: StreamChoice): Promise<void> {
  const { template: fields } = fieldsComponent() as { template: { mappings: Body } };
  const { template: own } = streamTemplate('attributes', '', choice) as { template: { mappings?: Body } };
  for (const body of [fields.mappings, ...(own.mappings ? [own.mappings] : [])]) {
    const put = await client.put(`/${stream}/_mapping`, adapt(body), signal);
    if (put.status >= 300) throw refusal(`the mapping of ${stream} is refused`, put);
  }
}

const otherTemplate = (stream: string, ours: string, theirs = 'another'): string =>
  `the data stream ${stream} was made by the template ${theirs}; ${ours} holds from its next rollover on: POST ${stream}/_rollover`;
