import { expect, it } from 'vitest';
import { countMatching } from '../../../src/misp/count.ts';
import { filterSchema } from '../../../src/misp/query.ts';
import { fakeMisp, page } from './fake-misp.ts';

it.each([0, 1, 2, 3, 4, 7, 8, 1000, 1023])('counts %i rows, one row a search', async (rows) => {
  const { client, asked } = await fakeMisp(({ body }) => {
    const there = (body['page'] as number) <= rows;
    return page(there ? [{ timestamp: '77' }] : [], { 'X-Result-Count': there ? '2' : '1' });
  });
  const filter = filterSchema.parse({ eventIds: [5], maxTlp: 'off' });
  expect(await countMatching(client, filter, 50)).toEqual({ count: rows, atMost: false, newest: rows > 0 ? 77 : null });
  expect(asked.every(({ body }) => body['limit'] === 1 && body['timestamp'] === 50)).toBe(true);
  expect(asked.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(rows + 1)) + 2);
});

it('says when the filter looks at more than MISP was asked for', async () => {
  const { client } = await fakeMisp(() => page([]));
  expect(await countMatching(client, filterSchema.parse({ types: ['url'] }), 0)).toMatchObject({ atMost: true });
});
