// Who the row is that MISP cannot deliver. Its place (second, id before it) differs from pass to pass; a listing without values names
// it, so that the same row is one dead letter however often it is met.
import type { MispClient } from './client.ts';
import { pageMayBeUnreadable } from './answer-errors.ts';
import type { Unreadable } from './reader.ts';

export interface UnreadableRow extends Unreadable {
  /** `uuid:timestamp` when the row could be named, otherwise its place: unique for each dead letter of a feed. */
  key: string;
  uuid: string | null;
  id: number | null;
  timestamp: number | null;
  /** Why the last request for it failed. */
  reason: string;
}

const COLUMNS = ['id', 'uuid', 'timestamp'];

/**
 * `body`: the search for this one row, which failed. The row in the listing at this place counts only if a search for its uuid fails
 * too: otherwise rows have moved meanwhile.
 */
export async function identify(
  client: MispClient,
  unreadable: Unreadable,
  body: Record<string, unknown>,
  reason: string,
  signal?: AbortSignal,
): Promise<UnreadableRow> {
  const named = await listed(client, body, signal).catch(() => null);
  if (named !== null && (await isUnreadable(client, named.uuid, body, signal))) {
    return { ...unreadable, ...named, key: `${named.uuid}:${named.timestamp}`, reason };
  }
  return { ...unreadable, key: keyOfPlace(unreadable), uuid: null, id: null, timestamp: unreadable.second, reason };
}

/** A row among the new ones is met from above, one inside a second from below: their places can never be the same. */
const keyOfPlace = ({ second, after }: Unreadable): string =>
  second === null ? `below id ${after ?? 'any'}` : `second ${second} above id ${after ?? 0}`;

async function listed(client: MispClient, body: Record<string, unknown>, signal?: AbortSignal) {
  const text = await client.searchText({ ...body, returnFormat: 'csv', requested_attributes: COLUMNS }, signal);
  const [header, row, ...more] = text.trim().split('\n');
  if (header === undefined || row === undefined || more.length > 0) return null;
  const names = header.split(',');
  const cells = row.split(',').map((cell) => cell.trim().replace(/^"|"$/g, ''));
  const cell = (...wanted: string[]): string => cells[names.findIndex((name) => wanted.includes(name.trim()))] ?? '';
  const uuid = cell('uuid').toLowerCase();
  const timestamp = cell('timestamp', 'date'); // the export may rename it
  const id = cell('id');
  if (!/^[0-9a-f-]{36}$/.test(uuid) || !/^-?\d+$/.test(timestamp)) return null;
  return { uuid, timestamp: Number(timestamp), id: /^\d+$/.test(id) ? Number(id) : null };
}

async function isUnreadable(
  client: MispClient,
  uuid: string,
  body: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<boolean> {
  const { deleted } = body;
  const search = {
    order: 'Attribute.id asc',
    limit: 1,
    page: 1,
    uuid: [uuid],
    ...(deleted === undefined ? {} : { deleted }),
  };
  try {
    await client.restSearch(search, signal);
    return false;
  } catch (error) {
    return pageMayBeUnreadable(error);
  }
}
