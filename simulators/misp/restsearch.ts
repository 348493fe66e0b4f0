// POST /attributes/restSearch: parameters and data in, an answer out (misp-api 2 and 3).
import { type SimReply } from '../http.ts';
import { type MispData } from './data.ts';
import { isDecayed } from './decay.ts';
import { type Row } from './model.ts';
import { byId, orderOf } from './order.ts';
import { type Parameters, replaceRecursive } from './parameters.ts';
import { planOf } from './plan.ts';
import { addRowJson, formOf } from './row-json.ts';
import { countRows, selectRows, selectShuffled } from './select.ts';
import { atLeast, type MispSwitches } from './switches.ts';
import { BadRequest } from './time.ts';
import { csv } from './csv.ts';
import { internalError, jsonError } from './replies.ts';

export interface SearchResult {
  rows: Row[];
  /** X-Result-Count. */
  resultCount: number;
  /** X-Skipped-Elements-Count. */
  skipped: number;
}

/** Up to this size of the database rows keep their JSON (half a kilobyte each). */
const keptRows = 200_000;

/** Which rows a request gets. Throws `BadRequest` where MISP answers 500. */
export function search(data: MispData, switches: MispSwitches, given: Parameters): SearchResult {
  const plan = planOf(data, switches, given);
  const asked = switches.orderIgnored ? undefined : orderOf(given['order']);
  const order = asked ?? (switches.shuffle ? undefined : byId);
  const { limit, page } = pageOf(given, switches.roleLimit);
  const select = switches.shuffle ? selectShuffled : selectRows;
  const raw = select(
    data,
    plan,
    order,
    limit <= 0 ? 0 : Math.trunc(limit * (page - 1)),
    limit <= 0 ? Infinity : Math.trunc(limit),
  );
  const now = data.now();
  const enforce = isSet(given['enforceWarninglist']);
  const exclude = isSet(given['excludeDecayed']);
  const dropsWithoutModel = atLeast(switches, '2.5.16');
  const unskipped =
    enforce || exclude
      ? raw.filter(
          (row) => !(enforce && row.warned && row.toIds) && !(exclude && isDecayed(row, now, dropsWithoutModel)),
        )
      : raw;
  const rows = unskipped.filter((row) => !row.hidden);
  const skipped = raw.length - unskipped.length;
  const total = switches.resultCount === 'total' && limit > 0 ? countRows(data, plan) : 0;
  const resultCount = resultCountOf(switches, { raw: raw.length, shown: rows.length, skipped, limit, page, total });
  return { rows, resultCount, skipped };
}

/** The whole answer. */
export function restSearch(data: MispData, switches: MispSwitches, asked: Parameters, url: string): SimReply {
  const given = switches.defaultParameters
    ? (replaceRecursive(switches.defaultParameters, asked) as Parameters)
    : asked;
  const format = given['returnFormat'] ?? 'json';
  if (typeof format !== 'string') return internalError(url);
  if (!['json', 'csv', 'count'].includes(format)) return jsonError(404, 'Invalid output format.', url);
  let result: SearchResult;
  try {
    result = search(data, switches, given);
  } catch (error) {
    if (error instanceof BadRequest) return internalError(url);
    throw error;
  }
  const { rows } = result;
  if (switches.tooManyRows > 0 && rows.length > switches.tooManyRows) return internalError(url);
  if (rows.some((row) => row.poison)) return internalError(url);
  const reply = {
    status: 200,
    headers: {
      'Content-Type': 'application/json; charset=UTF-8',
      'X-Result-Count': String(result.resultCount),
      'X-Export-Module-Used': format,
      'X-Response-Format': format === 'count' ? 'txt' : format,
      ...(switches.skippedHeader && { 'X-Skipped-Elements-Count': String(result.skipped) }),
    },
    transport: switches.transport,
    delayMs: (switches.msPer1000Rows * rows.length) / 1000,
  };
  if (format === 'count') {
    return {
      ...reply,
      headers: { ...reply.headers, 'Content-Type': 'text/plain; charset=UTF-8' },
      body: String(rows.length),
    };
  }
  if (format === 'csv') {
    return {
      ...reply,
      headers: { ...reply.headers, 'Content-Type': 'text/csv; charset=UTF-8' },
      body: csv(rows, given),
    };
  }
  const keep = data.size <= keptRows;
  const form = formOf(given, switches, data.now());
  const pieces = ['{"response": {"Attribute": ['];
  rows.forEach((row, i) => {
    if (i > 0) pieces.push(',');
    addRowJson(pieces, row, form, keep);
  });
  pieces.push(']}}\n');
  return { ...reply, body: pieces.join('') };
}

const isSet = (value: unknown): boolean => value !== undefined && value !== false && value !== 0 && value !== '0';

/**
 * Limit 0 or negative: none. The role lowers a limit in silence; a page without a limit is ignored (misp-api 3.2). Fractions
 * stay until rows are counted: of 2.7 two rows come, and the page does not count as full.
 */
export function pageOf(given: Parameters, roleLimit: number): { limit: number; page: number } {
  const asked = numberOf(given['limit'], 0);
  const limit = asked === 0 || (roleLimit !== 0 && asked >= roleLimit) ? roleLimit : asked;
  const page = asked <= 0 ? 1 : Math.max(1, numberOf(given['page'], 1));
  return { limit, page };
}

function numberOf(value: unknown, absent: number): number {
  if (value === undefined || value === false) return absent;
  const number = typeof value === 'string' ? Number(value) : value === true ? 1 : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw new BadRequest('not a number');
  return number;
}

interface PageCounts {
  raw: number;
  shown: number;
  skipped: number;
  limit: number;
  page: number;
  total: number;
}

/** The tables of misp-api 3.3. It is never a total, but in the form of 2.4.165. */
export function resultCountOf(switches: Pick<MispSwitches, 'resultCount'>, counts: PageCounts): number {
  const { raw, shown, skipped, limit, page, total } = counts;
  if (limit === 0) return raw - skipped;
  if (limit < 0) return raw - skipped + 1;
  if (switches.resultCount === 'total') return total;
  if (switches.resultCount === 'cumulative') {
    const full = shown === limit;
    return limit * (page - 1) + raw + (full || raw === 0 ? 1 : 0);
  }
  if (raw === 0) return 1;
  const allSkipped = skipped === raw;
  if (raw < limit) return allSkipped ? raw + 1 : raw;
  return skipped === 0 || allSkipped ? limit + 1 : limit;
}
