// What a person, the CLI or another workflow can say to a feed: the names, what they mean, and how the input becomes a change
// of state. Nothing here throws: a text is the reason for a refusal.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { backfill, backfillDone } from '../src/core/backfills.ts';
import type { Change } from '../src/core/feed-state.ts';
import { pause, poll, resetCursor, resume, retire } from '../src/core/operator.ts';
import { timeOf } from '../src/core/times.ts';
import type { Status } from './feed.ts';

/** Shown in the Web UI, next to the button that sends it. */
export const descriptions = {
  pause: 'Finishes the page that is being delivered and waits. {"reason": "why"}',
  resume: 'Goes on after a pause, and tries a blocked page once more.',
  poll: 'Polls now, and tries a blocked page once more.',
  resetCursor:
    'Reads again from a time. What is confirmed is not sent again, unless "redeliver" is true. {"to": "2026-01-31", "redeliver": false}',
  backfill:
    'Reads a window of the past, beside the polls. {"since": "30d", "until": "7d", "id": "january", "redeliver": false}',
  backfillDone: 'Internal: a backfill has read its window. {"id": "january"}',
  retire: 'Internal: the feed has left the config. Finishes the page, saves and ends.',
} as const;
export type MessageName = keyof typeof descriptions;

export const namesForFeeds = Object.keys(descriptions) as MessageName[];
export const namesForBackfills: readonly MessageName[] = ['pause', 'resume', 'poll', 'retire'];

export const statusQuery = defineQuery<Status>('status');
export const signalOf = (name: MessageName) => defineSignal<[unknown?]>(name);
export const updateOf = (name: MessageName) => defineUpdate<Status, [unknown?]>(name);

const ID = /^[\w.:-]{1,100}$/;
const KEYS: Record<MessageName, readonly string[]> = {
  pause: ['reason'],
  resume: [],
  poll: [],
  resetCursor: ['to', 'redeliver'],
  backfill: ['since', 'until', 'id', 'redeliver'],
  backfillDone: ['id'],
  retire: [],
};

/** `now` in epoch seconds. A text says why the input is refused, and then nothing has changed. */
export function parse(name: MessageName, input: unknown, now: number): Change | string {
  if (isUndecodable(input)) return `${name}: the input cannot be decoded (${input.undecodable})`;
  if (input !== undefined && input !== null && (typeof input !== 'object' || Array.isArray(input))) {
    return `${name}: the input must be a JSON object such as ${exampleOf(name)}`;
  }
  const given: Record<string, unknown> = { ...input };
  const stranger = Object.keys(given).find((key) => !KEYS[name].includes(key));
  if (stranger !== undefined) return `${name}: "${stranger.slice(0, 50)}" is not known here; ${exampleOf(name)}`;
  if (given['redeliver'] !== undefined && typeof given['redeliver'] !== 'boolean')
    return `${name}: "redeliver" must be true or false`;
  switch (name) {
    case 'pause':
      if (given['reason'] !== undefined && typeof given['reason'] !== 'string')
        return `${name}: "reason" must be a text`;
      return pause(given['reason'] ?? '', now);
    case 'resume':
      return resume();
    case 'poll':
      return poll();
    case 'retire':
      return retire();
    case 'backfillDone':
      return isId(given['id']) ? backfillDone(given['id']) : `${name}: "id" is missing`;
    case 'resetCursor':
      return parseReset(given, now);
    case 'backfill':
      return parseBackfill(given, now);
  }
}

function parseReset(given: Record<string, unknown>, now: number): Change | string {
  const to = timeOf(given['to'], now);
  if (to === undefined)
    return `resetCursor: "to" must be a time: epoch seconds, an ISO date or "30d"${quoted(given['to'])}`;
  if (to > now) return `resetCursor: "to" lies in the future${quoted(given['to'])}`;
  return resetCursor(to, given['redeliver'] === true, now);
}

function parseBackfill(given: Record<string, unknown>, now: number): Change | string {
  const since = timeOf(given['since'], now);
  const until = given['until'] === undefined ? now : timeOf(given['until'], now);
  if (since === undefined)
    return `backfill: "since" must be a time: epoch seconds, an ISO date or "30d"${quoted(given['since'])}`;
  if (until === undefined)
    return `backfill: "until" must be a time: epoch seconds, an ISO date or "7d"${quoted(given['until'])}`;
  if (since > until) return `backfill: "since" lies after "until"`;
  if (given['id'] !== undefined && !isId(given['id']))
    return `backfill: "id" must be letters, digits and . : _ -, at most 100`;
  return backfill(
    { id: given['id'] ?? `${since}-${until}`, since, until, redeliver: given['redeliver'] === true },
    now,
  );
}

const isId = (id: unknown): id is string => typeof id === 'string' && ID.test(id);

/** What was given, for the one who gave it. */
const quoted = (given: unknown): string => (given === undefined ? '' : `, not ${JSON.stringify(given).slice(0, 50)}`);

const exampleOf = (name: MessageName): string => /\{.*\}/.exec(descriptions[name])?.[0] ?? '{}';

/** What payload-converter.ts answers for an input that it cannot decode. */
export const isUndecodable = (input: unknown): input is { undecodable: string } =>
  typeof input === 'object' && input !== null && 'undecodable' in input;
