// Which rows an answer holds: the SELECT with its LIMIT. Pages in an order that an index has are walked, not sorted.
import { type MispData } from './data.ts';
import { type MispEvent, type Row } from './model.ts';
import { shuffled, type Order } from './order.ts';
import { type Plan } from './plan.ts';
import { lowerBound } from './sorted-index.ts';

/** Rows number `offset` to `offset + limit` of those that pass the plan. */
export function selectRows(data: MispData, plan: Plan, order: Order | undefined, offset: number, limit: number): Row[] {
  const passes = testOf(data, plan);
  const source = sourceOf(data, plan, order);
  if (order?.index !== undefined && source.sortedBy === order.index) {
    return walk(source.rows, passes, order.descending, offset, limit);
  }
  const rows = source.rows.filter(passes);
  if (order) rows.sort(order.compare);
  return rows.slice(offset, offset + limit);
}

/** As `selectRows`, where ties (and everything, without an order) come in an arrangement of this one request. */
export function selectShuffled(
  data: MispData,
  plan: Plan,
  order: Order | undefined,
  offset: number,
  limit: number,
): Row[] {
  if (order?.index !== undefined) return selectRows(data, plan, order, offset, limit);
  const salt = ++data.searches;
  const rows = sourceOf(data, plan, undefined).rows.filter(testOf(data, plan));
  rows.sort((a, b) => (order?.compare(a, b) ?? 0) || shuffled(a, b, salt));
  return rows.slice(offset, offset + limit);
}

/** How many rows pass. */
export function countRows(data: MispData, plan: Plan): number {
  const passes = testOf(data, plan);
  let count = 0;
  for (const row of sourceOf(data, plan, undefined).rows) if (passes(row)) count++;
  return count;
}

function testOf(data: MispData, plan: Plan): (row: Row) => boolean {
  const request = ++data.searches;
  const eventPasses = (event: MispEvent): boolean => {
    if (event.seenBy !== request) {
      event.seenBy = request;
      event.passed = event.visible && plan.events.every((test) => test(event));
    }
    return event.passed;
  };
  const { low, high } = plan.window;
  const [from, to] = [low ?? -Infinity, high ?? Infinity];
  const tests = plan.rows;
  return (row) => {
    if (row.timestamp < from || row.timestamp > to || !eventPasses(row.event)) return false;
    for (const test of tests) if (!test(row)) return false;
    return true;
  };
}

interface Source {
  rows: readonly Row[];
  sortedBy: 'id' | 'timestamp' | undefined;
}

function sourceOf(data: MispData, plan: Plan, order: Order | undefined): Source {
  if (plan.only) return { rows: plan.only, sortedBy: undefined };
  const { low, high } = plan.window;
  const byTime = data.byTimestamp.rows();
  const start = low === null ? 0 : lowerBound(byTime, low);
  const end = high === null ? byTime.length : lowerBound(byTime, high + 1);
  const all = start === 0 && end === byTime.length;
  // A narrow window is cheaper sorted than found by a walk over all ids.
  if (order?.index === 'id' && (all || (end - start) * 8 > byTime.length))
    return { rows: data.byId.rows(), sortedBy: 'id' };
  return { rows: all ? byTime : byTime.slice(start, Math.max(start, end)), sortedBy: 'timestamp' };
}

function walk(
  rows: readonly Row[],
  passes: (row: Row) => boolean,
  descending: boolean,
  offset: number,
  limit: number,
): Row[] {
  const found: Row[] = [];
  let skip = offset;
  for (let i = 0; i < rows.length && found.length < limit; i++) {
    const row = rows[descending ? rows.length - 1 - i : i]!;
    if (!passes(row)) continue;
    if (skip > 0) skip--;
    else found.push(row);
  }
  return found;
}
