// The bench is never asserted on its numbers; but its parts must go on doing what they say.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bareLoop } from '../../../bench/bare-loop.ts';
import { measureMapping } from '../../../bench/mapping.ts';
import { ratioOf, spreadOf } from '../../../bench/numbers.ts';
import { readAll } from '../../../bench/reading.ts';
import { linesOf } from '../../../bench/report.ts';
import { simulate, withFeed, type Simulated } from '../../../bench/simulated.ts';
import { measureSimulators } from '../../../bench/simulators.ts';

const machine = { cores: 2, model: 'a processor', memoryGb: 8, node: 'v24' };
let simulated: Simulated;
beforeAll(async () => {
  simulated = await simulate(1_500);
});
afterAll(() => simulated.close());

it('the bare loop delivers every live attribute', async () => {
  await simulated.forget();
  const rows = await withFeed(simulated.freshConfig(), bareLoop);
  const { events, attributes } = await simulated.delivered();
  expect(attributes).toBe(simulated.live);
  expect(events).toBe(rows);
});

it('reading alone reads every live attribute and sends nothing', async () => {
  await simulated.forget();
  expect(await withFeed(simulated.freshConfig(), readAll)).toBeGreaterThanOrEqual(simulated.live);
  expect(await simulated.delivered()).toMatchObject({ events: 0, attributes: 0 });
});

it('the simulators are measured, and leave nothing behind', async () => {
  const { misp, hec } = await measureSimulators(simulated);
  expect([misp > 0, hec! > 0]).toEqual([true, true]);
  expect((await simulated.delivered()).events).toBe(0);
});

it('medians, ends, and ratios by round', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5);
  expect(ratioOf([1, 4, 3], [2, 4, 12])).toEqual({ median: 0.75, min: 0.25, max: 1 });
});

it('a report says what was measured, and nothing else', () => {
  expect(linesOf({ machine, rows: 10 })).toEqual(['2 cores (a processor), 8 GB, Node v24']);
  const firstEventSeconds = { median: 5, min: 4, max: 6 };
  expect(linesOf({ machine, rows: 10, firstEventSeconds })[1]).toMatch(/first event +5 \(4 to 6\) s/);
});

it('into Elasticsearch, too: one document for each live attribute, and none after forget', async () => {
  // The one that the environment may name is not for tests.
  const named = process.env['ELASTICSEARCH_URL'];
  delete process.env['ELASTICSEARCH_URL'];
  const elastic = await simulate(300, 'elasticsearch');
  try {
    await elastic.forget();
    await withFeed(elastic.freshConfig(), bareLoop);
    expect(await elastic.delivered()).toEqual({ events: elastic.live, attributes: elastic.live });
    await elastic.forget();
    expect((await elastic.delivered()).events).toBe(0);
    expect(linesOf({ machine, rows: 10, mapping: await measureMapping(elastic) }).join('\n')).toMatch(
      /^mapping +[1-9]\d+/m,
    );
  } finally {
    await elastic.close();
    if (named !== undefined) process.env['ELASTICSEARCH_URL'] = named;
  }
});
