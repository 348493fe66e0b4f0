import { describe, expect, it } from 'vitest';
import { newCursor } from '../../../src/core/cursor.ts';
import { RelayError } from '../../../src/errors.ts';
import type { MispClient } from '../../../src/misp/client.ts';
import { type Page, type PageHooks, type PageSettings, readPage } from '../../../src/misp/read-page.ts';
import { type Progress, startBackfill, startPoll } from '../../../src/misp/reader.ts';
import { type Asked, fakeMisp, page, type Says } from './fake-misp.ts';
import { rowOf } from './rows.ts';

const settings: PageSettings = {
  pageSize: 8,
  firstPage: 4,
  lookbackSeconds: 900,
  deletedForms: ['only'],
  narrow: { eventid: ['7'] },
  includes: { includeContext: 1 },
};
const uuidOf = (id: number): string => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
const row = (id: number, more: Record<string, unknown> = {}) =>
  rowOf({ id: String(id), uuid: uuidOf(id), timestamp: '100', ...more });

/** Rows of one second, answered as MISP does; `poison` ones make it answer 500, in every format but csv. */
function misp(
  rows: Record<string, unknown>[],
  poison: number[] = [],
  also: (asked: Asked) => Says | null = () => null,
) {
  return fakeMisp((asked) => {
    const said = also(asked);
    if (said) return said;
    const {
      limit,
      page: number,
      uuid,
      returnFormat,
      order,
      timestamp,
      eventid,
    } = asked.body as Record<string, unknown> & {
      limit: number;
      page: number;
    };
    if (eventid === undefined && Array.isArray(timestamp) && timestamp[0] === 1) return page([]); // the last probe
    const matching = Array.isArray(uuid) ? rows.filter((each) => uuid.includes(each['uuid'])) : [...rows];
    if (order === 'Attribute.id desc') matching.reverse();
    const raw = matching.slice(limit * (number - 1), limit * number);
    if (returnFormat === 'csv') {
      const lines = raw.map((each) => [each['id'], `"${String(each['uuid'])}"`, each['timestamp']].join(','));
      return { headers: { 'Content-Type': 'text/csv' }, body: ['id,uuid,date', ...lines].join('\n') };
    }
    if (raw.some((each) => poison.includes(Number(each['id'])))) return { status: 500 };
    const count = raw.length === 0 ? 1 : raw.length < limit ? raw.length : limit + 1;
    return page(raw, { 'X-Result-Count': String(count) });
  });
}

function hooks(more: Partial<PageHooks> = {}) {
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => void waits.push(ms);
  return { waits, now: () => 0, wait, budgetMs: 60_000, ...more };
}

/** All pages of a backfill over the rows' second. */
async function readAll(client: MispClient, more: Partial<PageHooks> = {}): Promise<Page[]> {
  const pages: Page[] = [];
  let progress: Progress | null = startBackfill(100, 100, settings);
  while (progress) {
    const read: Page = await readPage(client, JSON.parse(JSON.stringify(progress)) as Progress, settings, hooks(more));
    pages.push(read);
    progress = read.progress;
    if (pages.length > 200) throw new Error('no end');
  }
  return pages;
}
const idsOf = (pages: Page[]): number[] =>
  [...new Set(pages.flatMap(({ rows }) => rows.map(({ id }) => id)))].sort((a, b) => a - b);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('readPage', () => {
  it('sends filters and includes beside its own conditions, but no filter in the pass for deleted rows', async () => {
    const { client, asked } = await misp([]);
    const cursor = { ...newCursor(1000), id: 5, mark: { id: 5, date: 900, readAt: 900 } };
    let progress: Progress | null = startPoll(cursor, 2000, settings);
    const passes: string[] = [];
    while (progress) {
      const read: Page = await readPage(client, progress, settings, hooks());
      passes.push(read.pass);
      progress = read.progress;
    }
    expect(passes).toEqual(['new', 'changed', 'deleted', 'deleted', 'deleted', 'published', 'published']);
    for (const [i, { body }] of asked.entries()) {
      expect(body['includeContext']).toBe(1);
      expect(body['eventid']).toEqual(passes[i] === 'deleted' ? undefined : ['7']);
    }
  });

  it('a filter or an include never overrides what the reading sets', async () => {
    const { client, asked } = await misp([row(1)]);
    const sly = {
      ...settings,
      narrow: { limit: 1, order: 'x', timestamp: 5 },
      includes: { page: 9, returnFormat: 'csv' },
    };
    await readPage(client, startBackfill(100, 100, settings), sly, hooks());
    expect(asked[0]!.body).toMatchObject({
      limit: 8,
      page: 1,
      order: 'timestamp asc,id asc',
      timestamp: [100, 100],
      returnFormat: 'json',
    });
  });

  it('reads every row of a second, and sets bad rows aside one by one', async () => {
    const rows = range(30).map((id) => row(id, id === 9 ? { value: null } : id === 21 ? { id: 'banana' } : {}));
    const pages = await readAll((await misp(rows)).client);
    expect(idsOf(pages)).toEqual(range(30).filter((id) => id !== 9 && id !== 21));
    const reasons = new Set(pages.flatMap(({ badRows }) => badRows.map(({ uuid, reason }) => `${uuid} ${reason}`)));
    expect(reasons).toEqual(
      new Set([`${uuidOf(9)} Attribute.value is missing.`, `${uuidOf(21)} Attribute.id is not a whole number.`]),
    );
  });

  it.each([[[1]], [[17]], [[30]], [[4, 5, 20]]])(
    'names the rows %j that MISP cannot deliver, and reads the others',
    async (poison) => {
      const pages = await readAll(
        (
          await misp(
            range(30).map((id) => row(id)),
            poison,
          )
        ).client,
      );
      expect(idsOf(pages)).toEqual(range(30).filter((id) => !poison.includes(id)));
      const keys = new Set(pages.flatMap(({ unreadable }) => (unreadable ? [unreadable.key] : [])));
      expect(keys).toEqual(new Set(poison.map((id) => `${uuidOf(id)}:100`)));
    },
  );

  it('keeps to its place when the row cannot be named', async () => {
    const noListing = ({ body }: Asked): Says | null => (body['returnFormat'] === 'csv' ? { status: 404 } : null);
    const pages = await readAll(
      (
        await misp(
          range(30).map((id) => row(id)),
          [17],
          noListing,
        )
      ).client,
    );
    const unreadable = pages.flatMap((each) => (each.unreadable ? [each.unreadable] : []));
    expect(new Set(unreadable.map(({ key }) => key))).toEqual(new Set(['second 100 above id 16']));
    expect(unreadable[0]).toMatchObject({ uuid: null, second: 100, after: 16 });
    expect(unreadable[0]!.reason).toContain('500');
  });

  it('an outage is no fault of the page: it is thrown, and nothing is given up', async () => {
    const { client, asked } = await fakeMisp(() => ({ status: 500 }));
    const error: unknown = await readPage(client, startBackfill(100, 100, settings), settings, hooks()).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'MISP_SERVER_ERROR', kind: 'retryable' });
    expect(asked.filter(({ body }) => body['limit'] === 8)).toHaveLength(1);
  });

  it('after its time it hands over what it found out, and goes on from there', async () => {
    let clock = 0;
    const pages = await readAll(
      (
        await misp(
          range(30).map((id) => row(id)),
          [17],
        )
      ).client,
      { now: () => (clock += 40_000) },
    );
    expect(idsOf(pages)).toEqual(range(30).filter((id) => id !== 17));
    expect(pages.some(({ answer, unreadable }) => answer === null && unreadable === null)).toBe(true);
  });

  it('waits before it sends the same request again, not between the steps of the search', async () => {
    const waiting = hooks();
    const { client } = await misp(
      range(8).map((id) => row(id)),
      [8],
    );
    await readPage(client, startBackfill(100, 100, settings), settings, waiting);
    expect(waiting.waits).toEqual([2000, 2000]);
  });

  it('a wrong order blocks when it comes twice, and not when it comes once', async () => {
    const rows = [row(2), row(1)];
    const always = await fakeMisp(() => page(rows));
    const error: unknown = await readPage(always.client, startBackfill(100, 100, settings), settings, hooks()).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RelayError);
    expect(error).toMatchObject({ code: 'MISP_WRONG_ANSWER', kind: 'permanent' });
    let first = true;
    const once = await fakeMisp(() => {
      const says = page(first ? rows : rows.toReversed());
      first = false;
      return says;
    });
    expect((await readPage(once.client, startBackfill(100, 100, settings), settings, hooks())).rows).toHaveLength(2);
  });

  it('goes on in smaller pages when the page size was lowered meanwhile', async () => {
    const { client, asked } = await misp(range(8).map((id) => row(id)));
    await readPage(client, startBackfill(100, 100, settings), { ...settings, pageSize: 3 }, hooks());
    expect(asked[0]!.body['limit']).toBe(3);
  });

  it('a call that is called off says so', async () => {
    const controller = new AbortController();
    const { client } = await fakeMisp(() => {
      controller.abort();
      return { status: 500 };
    });
    const reading = readPage(client, startBackfill(100, 100, settings), settings, hooks(), controller.signal);
    await expect(reading).rejects.toMatchObject({ code: 'HTTP_ABORTED' });
  });
});
