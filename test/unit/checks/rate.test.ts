// The estimate of searches, against what the reader really asks for.
import { afterEach, expect, it } from 'vitest';
import { pollsInWindow, rateOf, searchesOfIdlePoll } from '../../../src/checks/rate.ts';
import { newCursor, type Cursor } from '../../../src/core/cursor.ts';
import { HttpClient } from '../../../src/http.ts';
import { MispClient } from '../../../src/misp/client.ts';
import { filterSchema } from '../../../src/misp/query.ts';
import { readPage } from '../../../src/misp/read-page.ts';
import { startPoll } from '../../../src/misp/reader.ts';
import { pageSettingsOf } from '../../../src/misp/settings.ts';
import { World } from '../../support/check-world.ts';

let world: World;
afterEach(() => world?.close());

it.each(['2.5.19', '2.4.200', 'unknown'])(
  'a poll that finds nothing makes as many searches as estimated (MISP %s)',
  async (version) => {
    world = await World.open({ misp: { version, shuffle: false } });
    const http = new HttpClient(world.mispBox.url);
    const client = new MispClient(http, { apiKey: () => world.misp.key });
    const found = await client.version();
    const settings = pageSettingsOf(filterSchema.parse({}), found);
    const hooks = { now: Date.now, wait: async () => {}, budgetMs: 60_000 };
    const poll = async (from: Cursor): Promise<Cursor> => {
      let progress = startPoll(from, Math.floor(Date.now() / 1000), settings);
      for (;;) {
        const page = await readPage(client, progress, settings, hooks);
        if (page.progress === null) return page.cursor!;
        progress = page.progress;
      }
    };
    const cursor = await poll(newCursor(0));
    const before = world.misp.searches;
    await poll(cursor);
    expect(world.misp.searches - before).toBe(searchesOfIdlePoll(found.deletedForms));
    await http.close();
  },
);

it('polls in fifteen minutes', () => {
  expect(pollsInWindow({})).toBe(3);
  expect(pollsInWindow({ interval: 10 })).toBe(90);
  expect(pollsInWindow({ cron: '* * * * *' })).toBe(15);
  expect(pollsInWindow({ cron: '0,1,2 3 * * *' })).toBe(3);
});

it('the interval of the remedy is enough', () => {
  for (const limit of [1, 7, 30, 100]) {
    const feeds = [{ interval: 10 }, { interval: 10 }];
    const [finding] = rateOf(limit, feeds, ['only']).findings;
    const interval = Number(/interval: (\d+)s/.exec(finding!.remedy!)![1]);
    expect(rateOf(limit, [{ interval }, { interval }], ['only']).findings).toEqual([]);
  }
});
