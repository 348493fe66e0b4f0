// A small MISP in memory, as it answers: POST /attributes/restSearch, as the real one does it (misp-api 2 and 3).
import { type Random } from './random.ts';

export type DeletedColumn = 'before 2.4.202' | 'before 2.5.16' | 'from 2.5.16';

export type ModelEvent = {
  id: number;
  timestamp: number;
  publish: number;
  published: boolean;
  visible: boolean;
  version: number;
};
export type ModelRow = {
  uuid: string;
  id: number;
  event: ModelEvent;
  timestamp: number;
  deleted: boolean;
  object: 'none' | 'live' | 'deleted';
  version: number;
  /** Allowlisted: taken away after counting. Warned: taken away and counted in X-Skipped-Elements-Count. Poison: MISP cannot encode it. */
  hidden: boolean;
  warned: boolean;
  poison: boolean;
  /** What happened to it that the reader has not shown yet, and when it was last touched. */
  pending: { change: string; poll: number }[];
  touched: number;
  /** The reader has shown it live. */
  seenLive: boolean;
};

export type Options = { column: DeletedColumn; permSync: boolean; roleLimit: number; ordersIgnored: boolean };
export type HttpAnswer =
  | { status: 200; rows: ModelRow[]; resultCount: number; skipped: number; date: number }
  | { status: 400 | 500; date: number };

/** The content of a row as our record would show it: what must be delivered again when it changes. */
export const contentOf = (row: ModelRow): string =>
  row.deleted ? `deleted ${row.version}` : `live ${row.version}.${row.event.version}.${row.event.publish}`;

export class MispAnswers {
  now: number;
  tick = 0;
  events: ModelEvent[] = [];
  rows: ModelRow[] = [];
  readonly random: Random;
  readonly options: Options;
  constructor(now: number, random: Random, options: Options) {
    this.now = now;
    this.random = random;
    this.options = options;
  }

  visible(): ModelRow[] {
    return this.rows.filter((row) => row.event.visible);
  }

  restSearch(body: Record<string, unknown>, readsPoison = false): HttpAnswer {
    this.tick++;
    const date = this.now;
    const given = Object.fromEntries(
      Object.entries(body).filter(([, v]) => v !== null && v !== false && !(Array.isArray(v) && v.length === 0)),
    );
    if (Object.keys(given).length === 0) return { status: 400, date };
    const filters: ((row: ModelRow) => boolean)[] = [];
    const times: [string, (row: ModelRow) => number][] = [
      ['timestamp', (r) => r.timestamp],
      ['event_timestamp', (r) => r.event.timestamp],
      ['publish_timestamp', (r) => r.event.publish],
    ];
    for (const [name, column] of times) {
      const value = given[name];
      if (value === undefined) continue;
      if (Array.isArray(value)) {
        if (value.length !== 2) return { status: 500, date };
        const [low, high] = (value as number[]).sort((a, b) => a - b) as [number, number];
        if (low !== 0) filters.push((row) => column(row) >= low);
        filters.push((row) => column(row) <= high);
      } else if (typeof value !== 'number') filters.push(() => false);
      else if (value > 0) filters.push((row) => column(row) >= value);
    }
    filters.push(this.deletedFilter(given['deleted']));
    if (Array.isArray(given['uuid'])) {
      const uuids = new Set(given['uuid'] as string[]);
      filters.push((row) => uuids.has(row.uuid));
    }

    const matching = this.ordered(
      this.visible().filter((row) => filters.every((f) => f(row))),
      given['order'],
    );
    let limit = typeof given['limit'] === 'number' ? given['limit'] : 0;
    if (limit === 0 || (this.options.roleLimit > 0 && limit >= this.options.roleLimit)) limit = this.options.roleLimit;
    const page = typeof given['page'] === 'number' && given['limit'] ? Math.max(1, given['page']) : 1;
    const raw = limit > 0 ? matching.slice(limit * (page - 1), limit * page) : matching;
    const unskipped = raw.filter((row) => !row.warned);
    const rows = unskipped.filter((row) => !row.hidden);
    if (!readsPoison && rows.some((row) => row.poison)) return { status: 500, date };
    const skipped = raw.length - unskipped.length;
    return {
      status: 200,
      rows,
      skipped,
      date,
      resultCount: limit > 0 ? resultCount(raw.length, limit, skipped) : raw.length,
    };
  }

  private deletedFilter(value: unknown): (row: ModelRow) => boolean {
    const { column, permSync } = this.options;
    const ofLiveObject = (row: ModelRow): boolean => row.object === 'live';
    if (value === undefined || value === 0) return (row) => !row.deleted;
    if (Array.isArray(value)) return column === 'from 2.5.16' && !permSync ? (row) => !row.deleted : () => true;
    if (column === 'before 2.4.202') return (row) => row.deleted && !ofLiveObject(row);
    if (value === 'only') return (row) => row.deleted;
    return column === 'from 2.5.16' && !permSync ? () => false : (row) => row.deleted;
  }

  private ordered(rows: ModelRow[], order: unknown): ModelRow[] {
    const parts = (typeof order === 'string' ? order.split(',') : Array.isArray(order) ? order : []).map((part) =>
      String(part).trim(),
    );
    const columns = parts.map((part) => /^(Attribute\.)?(id|timestamp)( asc| desc)?$/i.exec(part));
    if (
      columns.length === 0 ||
      columns.some((c) => c === null || (c[1] && c[1] !== 'Attribute.')) ||
      this.options.ordersIgnored
    ) {
      return rows
        .map((row) => [this.random.int(2 ** 31), row] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, row]) => row);
    }
    return rows.sort((a, b) => {
      for (const c of columns) {
        const field = c![2]!.toLowerCase() as 'id' | 'timestamp';
        const difference = a[field] - b[field];
        if (difference !== 0) return c![3]?.toLowerCase() === ' desc' ? -difference : difference;
      }
      return 0;
    });
  }
}

/** X-Result-Count from 2.4.195 on (misp-api.md 3.3). */
function resultCount(raw: number, limit: number, skipped: number): number {
  if (raw === 0) return 1;
  const allSkipped = skipped === raw;
  if (raw < limit) return allSkipped ? raw + 1 : raw;
  if (skipped === 0) return limit + 1;
  return allSkipped ? limit + 1 : limit;
}
