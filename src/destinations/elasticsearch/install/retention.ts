// How long a data stream keeps its documents. What a latest transform has copied may go soon; without one the stream itself is the only copy,
// and nothing that still counts may be deleted.
import { deletesAfter, secondsOf } from './policy.ts';
import type { Installing } from './asset.ts';
import type { Latest } from './latest.ts';
import { InstallProblem } from './problem.ts';

/** What `GET /_data_stream` says of one. */
export interface StandingStream {
  template?: string;
  ilm_policy?: string;
  prefer_ilm?: boolean;
  lifecycle?: { enabled?: boolean; data_retention?: string };
}

const DAY = 86_400;
/** Two days until Elastic's rolls over, three until it deletes (elastic-ti-misp 2.6). */
const SHORT_DAYS = 5;
/** A `last_seen` may lie in the future, and a life is counted from there. */
const SAFETY = 2;

/** Null: for ever. `longestLife`: seconds; null: some never expire. */
export function retentionDays(longestLife: number | null, isRead: boolean): number | null {
  if (isRead) return SHORT_DAYS;
  return longestLife === null ? null : Math.ceil((longestLife * SAFETY) / DAY);
}

export function retentionNote(stream: string, longestLife: number | null, readers: readonly Latest[]): string {
  const reader = readers.find(({ running }) => running);
  if (reader)
    return `${stream} keeps ${SHORT_DAYS} days: the latest transform ${reader.id} runs, and holds what counts`;
  const days = retentionDays(longestLife, false);
  const kept =
    days === null ? 'everything, since some attributes never expire' : `${days} days, twice the longest life`;
  const why = readers.length > 0 ? `the latest transform ${readers[0]!.id} does not run` : 'no latest transform runs';
  return `${stream} keeps ${kept}: ${why}, so that it holds the only copy`;
}

/** Throws InstallProblem ELASTICSEARCH_RETENTION when what stands there would delete what still counts. */
export async function checkRetention(
  asked: Installing,
  stream: string,
  standing: StandingStream,
  longestLife: number | null,
): Promise<void> {
  const found = await deletionOf(asked, standing);
  if (found === null || (longestLife !== null && found.seconds > longestLife)) return;
  const life = longestLife === null ? 'some never expire' : `they count up to ${Math.ceil(longestLife / DAY)} days`;
  throw new InstallProblem(
    'ELASTICSEARCH_RETENTION',
    `${stream} would delete live indicators (${found.by} deletes after ${Math.floor(found.seconds / DAY)} days, ${life}, and no latest transform was found running): start the transform of Elastic's integration, lengthen the retention, shorten expireAfter, or use mode: index`,
  );
}

async function deletionOf(
  asked: Installing,
  standing: StandingStream,
): Promise<{ by: string; seconds: number } | null> {
  const { ilm_policy: policy, prefer_ilm: prefersIlm = true, lifecycle } = standing;
  if (policy !== undefined && prefersIlm) {
    const seconds = await deletesAfter(asked, policy);
    return seconds === null ? null : { by: `the lifecycle policy ${policy}`, seconds };
  }
  const seconds = lifecycle?.enabled === false ? null : secondsOf(lifecycle?.data_retention ?? '');
  return seconds === null ? null : { by: 'its lifecycle', seconds };
}
