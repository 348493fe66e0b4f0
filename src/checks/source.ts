// A MISP: is it new enough, what is our user, may it search as often as the feeds want, does it answer as the reader needs it?
// At most four small requests, one after the other.
import { isoOf } from '../core/times.ts';
import type { SourceRuntime } from '../feeds.ts';
import type { MispAnswer, MispClient, MispUser, MispVersion } from '../misp/client.ts';
import { type Check, checkOf, failureOf, type Finding } from './check.ts';
import { type Rhythm, rateOf } from './rate.ts';

/** What the config wants of it. */
export interface SourceUse {
  /** The largest page that a feed asks for. */
  pageSize: number;
  insecure: boolean;
  /** Of the feeds that read it. */
  rhythms: readonly Rhythm[];
}

interface Seen {
  findings: Finding[];
  facts: string[];
}

const CLOCKS_APART_SECONDS_MAX = 60;
/** So few rows are in order by chance in one of 120 cases. */
const ROWS = 5;

export async function checkSource(
  { name, client }: SourceRuntime,
  use: SourceUse,
  signal: AbortSignal,
): Promise<Check> {
  let version: MispVersion;
  try {
    version = await client.version(signal);
  } catch (error) {
    return checkOf('source', name, [failureOf(error), ...insecurity(use)], []);
  }
  const seen = [
    { findings: insecurity(use), facts: [`MISP ${version.version} at ${client.http.host}`] },
    await userSeen(client, use, version, signal),
    await searchSeen(client, signal),
  ];
  return checkOf(
    'source',
    name,
    seen.flatMap(({ findings }) => findings),
    seen.flatMap(({ facts }) => facts),
  );
}

const insecurity = ({ insecure }: SourceUse): Finding[] =>
  insecure
    ? [
        {
          level: 'warning',
          message: 'its certificate is not checked (tls.insecure)',
          remedy: 'tls.ca with the PEM file of its CA',
        },
      ]
    : [];

async function userSeen(client: MispClient, use: SourceUse, version: MispVersion, signal: AbortSignal): Promise<Seen> {
  let user: MispUser;
  try {
    user = await client.me(signal);
  } catch (error) {
    const { message, remedy } = failureOf(error);
    const what = `role and limits of the key's user are not known (${message})`;
    return { findings: [{ level: 'warning', message: what, ...(remedy === undefined ? {} : { remedy }) }], facts: [] };
  }
  const rate = rateOf(user.rateLimit, use.rhythms, version.deletedForms);
  return {
    findings: [...hiddenFilter(user), ...rate.findings, ...searchLimit(user, use)],
    facts: [`role ${user.role} of ${user.organisation}`, ...rate.facts],
  };
}

/** It narrows every search without a word, so the relay cannot see what is missing (misp-api 2.1). */
const hiddenFilter = ({ hiddenFilter }: MispUser): Finding[] =>
  hiddenFilter
    ? [
        {
          level: 'failed',
          message:
            "the user setting default_restsearch_parameters of the key's user hides attributes from every search",
          remedy: 'remove that setting in MISP (the settings of the user), or take a key of another user',
          code: 'MISP_HIDES_ROWS',
        },
      ]
    : [];

const searchLimit = ({ searchLimit }: MispUser, { pageSize }: SourceUse): Finding[] =>
  searchLimit > 0 && searchLimit < pageSize
    ? [
        {
          level: 'warning',
          message: `its role gets at most ${searchLimit} rows a search, and pages have ${pageSize}`,
          remedy: `raise the search limit of the role, or pages stay small and need more searches`,
        },
      ]
    : [];

async function searchSeen(client: MispClient, signal: AbortSignal): Promise<Seen> {
  let answer: MispAnswer;
  try {
    answer = await client.restSearch({ order: 'Attribute.id desc', limit: ROWS, page: 1 }, signal);
  } catch (error) {
    return { findings: [failureOf(error)], facts: [] };
  }
  const answeredAt = Math.floor(Date.now() / 1000);
  const clock = clockFinding(answer, answeredAt);
  return {
    findings: [...orderFinding(answer), ...clock],
    facts: ['searches tell where a page ends', ...(clock.length === 0 && answer.date !== null ? ['clocks agree'] : [])],
  };
}

function orderFinding({ rows }: MispAnswer): Finding[] {
  const ids = rows.map((row) => Number((row as { id?: unknown } | null)?.id));
  if (ids.every((id, n) => n === 0 || id < ids[n - 1]!)) return [];
  const message = 'a search is not answered in the order that was asked for';
  const remedy = 'does a cache or a proxy answer in its place, or is it a changed MISP?';
  return [{ level: 'failed', message, remedy, code: 'MISP_WRONG_ANSWER' }];
}

/** MISP dated its answer at some moment between our two readings. */
function clockFinding({ date, askedAt }: MispAnswer, answeredAt: number): Finding[] {
  if (date === null) {
    return [
      {
        level: 'warning',
        message: 'its answers carry no Date, so its clock is not known',
        remedy: 'let that header pass through the proxy',
      },
    ];
  }
  const apart = date > answeredAt ? date - answeredAt : Math.min(0, date - askedAt);
  if (Math.abs(apart) <= CLOCKS_APART_SECONDS_MAX) return [];
  return [
    {
      level: 'warning',
      message: `its clock is ${Math.abs(apart)} s ${apart > 0 ? 'ahead of' : 'behind'} ours (${isoOf(date)} there, ${isoOf(answeredAt)} here)`,
      remedy: 'let both machines follow NTP',
    },
  ];
}
