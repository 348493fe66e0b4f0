// One data stream of mode `data_stream`: its template, how long it keeps what it holds, and the latest transform that reads it.
import type { Endpoint } from '../../../records/delivery.ts';
import type { AssetChange } from '../../destination.ts';
import { datasetOf, streamOf } from '../names.ts';
import { fieldMappings, type StreamChoice, streamTemplate, TRANSFORM_SOURCE } from '../template.ts';
import { bringIndexTemplate, type Installing, put } from './asset.ts';
import { bringLatest, type Latest, reads } from './latest.ts';
import { checkRetention, retentionDays, retentionNote, type StandingStream } from './retention.ts';

export interface StreamAsked {
  endpoint: Endpoint;
  namespace: string;
  /** Seconds; null: some attributes never expire. */
  longestLife: number | null;
  /** Null: there are none to be had. */
  transforms: readonly Latest[] | null;
  /** The fields are others than before. */
  hasNewFields: boolean;
}

export interface StreamDone {
  assets: AssetChange[];
  notes: string[];
}

/** Throws InstallProblem. */
export async function bringStream(asked: Installing, given: StreamAsked): Promise<StreamDone> {
  const { endpoint, namespace, longestLife, transforms, hasNewFields } = given;
  const stream = streamOf(endpoint, namespace);
  const name = templateName(endpoint, namespace);
  const readers = (transforms ?? []).filter((each) => reads(each, stream));
  const isRead = readers.some(({ running }) => running);
  const standing = await standingStream(asked, stream);
  const isOurs = standing?.template === name;
  if (standing && !isOurs && !isRead) await checkRetention(asked, stream, standing, longestLife);

  const choice: StreamChoice = {
    retentionDays: retentionDays(longestLife, isRead),
    isTransformSource: isRead,
  };
  const template = await bringTemplate(asked, given, choice);
  const assets = [template];
  if (transforms && readers.length === 0) {
    assets.push(...(await bringLatest(asked, endpoint, namespace)));
    choice.isTransformSource = true;
    // Only now: without a transform, a label that hides the stream from the rules would hide everything.
    if (!asked.dryRun) await bringTemplate(asked, given, choice);
    await map(asked, stream, choice);
  }
  if (isOurs && (hasNewFields || template.change === 'changed')) assets.push(await refresh(asked, stream, choice));
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
  const { retentionDays: days } = choice;
  const lifecycle = days === null ? {} : { data_retention: `${days}d` };
  await put(asked, `/_data_stream/${stream}/_lifecycle`, lifecycle, `the lifecycle of ${stream}`);
  await map(asked, stream, choice);
  return { asset: `data stream ${stream}`, change: 'changed', detail: 'lifecycle and fields' };
}

async function map(asked: Installing, stream: string, { isTransformSource }: StreamChoice): Promise<void> {
  for (const body of [fieldMappings(), ...(isTransformSource ? [TRANSFORM_SOURCE] : [])]) {
    await put(asked, `/${stream}/_mapping`, body, `the mapping of ${stream}`);
  }
}

const otherTemplate = (stream: string, ours: string, theirs = 'another'): string =>
  `the data stream ${stream} was made by the template ${theirs}; ${ours} holds from its next rollover on: POST ${stream}/_rollover`;
