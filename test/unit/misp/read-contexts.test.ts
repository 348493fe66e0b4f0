// What stands around attributes, asked of a MISP that answers as the real one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../../simulators/misp/generator.ts';
import { startMisp, type RunningMisp } from '../../../simulators/misp/server.ts';
import { HttpClient } from '../../../src/http.ts';
import { MispClient } from '../../../src/misp/client.ts';
import { attachContexts, readContexts } from '../../../src/misp/read-contexts.ts';
import { recordOf } from '../../../src/misp/record.ts';
import { type AttributeRow, parseRow } from '../../../src/misp/schema.ts';

const data = generate({ attributes: 3_000 });
let misp: RunningMisp;
let client: MispClient;
beforeAll(async () => {
  misp = await startMisp({ data });
  client = new MispClient(new HttpClient(misp.url, {}), { apiKey: () => misp.key });
});
afterAll(async () => {
  await client.http.close();
  await misp.close();
});

async function rowsOf(): Promise<AttributeRow[]> {
  const includes = { includeContext: 1, includeEventTags: 1 };
  const { rows } = await client.restSearch({ ...includes, limit: 5_000, deleted: [0, 1] });
  return rows.flatMap((raw) => {
    const parsed = parseRow(raw);
    return parsed.ok ? [parsed.row] : [];
  });
}

describe('an events feed', () => {
  it('every attribute, plain or of an object, comes once, with its event, its object and its neighbours', async () => {
    const rows = await rowsOf();
    const { contexts, givenUp } = await readContexts(client, rows, 4);
    attachContexts(rows, contexts, 4);
    expect(givenUp).toEqual([]);
    expect(new Set(rows.map(({ uuid }) => uuid)).size).toBe(rows.length);
    const live = rows.filter(({ deleted }) => !deleted);
    let [plain, inObject] = [0, 0];
    for (const row of live) {
      const record = recordOf(row);
      const event = data.event(record.event.id)!;
      const neighbours = event.rows
        .filter((each) => !each.deleted && !each.object && each.uuid !== record.uuid)
        .sort((a, b) => a.id - b.id);
      expect(record.context?.map(({ uuid }) => uuid)).toEqual(neighbours.slice(0, 4).map(({ uuid }) => uuid));
      expect(record.event.details).toMatchObject({ org: { uuid: event.org.uuid }, orgc: { uuid: event.orgc.uuid } });
      if (record.object) {
        inObject++;
        const { name, attributes } = record.object.details!;
        const members = event.rows.filter((each) => !each.deleted && String(each.object?.id) === record.object!.id);
        expect(attributes.map(({ uuid }) => uuid).sort()).toEqual(members.map(({ uuid }) => uuid).sort());
        expect(name).toBe(members[0]!.object!.name);
      } else plain++;
    }
    expect(Math.min(plain, inObject)).toBeGreaterThan(100);
  });

  it('an event that MISP cannot tell costs the others nothing, and no attribute is lost', async () => {
    const rows = (await rowsOf()).slice(0, 300);
    const events = [...new Set(rows.map(({ event_id }) => event_id))];
    const poisoned = data.event(events[0]!)!;
    poisoned.rows[0]!.poison = true;
    try {
      const { contexts, givenUp } = await readContexts(client, rows, 2);
      expect(givenUp).toEqual([events[0]]);
      attachContexts(rows, contexts, 2);
      const told = (row: AttributeRow): boolean => row.RelayContext !== undefined;
      const untold = rows.filter((row) => !row.deleted && row.event_id !== events[0] && !told(row));
      expect(untold).toEqual([]);
      expect(rows.filter((row) => row.event_id === events[0] && told(row))).toEqual([]);
    } finally {
      poisoned.rows[0]!.poison = false;
    }
  });
});
