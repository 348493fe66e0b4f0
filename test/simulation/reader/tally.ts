// What a run of histories counts.
export interface Tally {
  histories: number;
  polls: number;
  requests: number;
  rows: number;
  changes: number;
  outages: number;
  lostAnswers: number;
  failed: number;
  unreadable: number;
  doubtful: number;
  requestsMax: number;
  /** How near any poll came to its bound on requests. */
  worst: number;
  /** Change, then pass and how many polls later, then how often. */
  seenBy: Map<string, Map<string, number>>;
  missed: Map<string, number>;
}

export const newTally = (): Tally => ({
  histories: 0,
  polls: 0,
  requests: 0,
  rows: 0,
  changes: 0,
  outages: 0,
  lostAnswers: 0,
  failed: 0,
  unreadable: 0,
  doubtful: 0,
  requestsMax: 0,
  worst: 0,
  seenBy: new Map(),
  missed: new Map(),
});

export function count(table: Map<string, Map<string, number>>, key: string, column: string): void {
  const row = table.get(key) ?? new Map<string, number>();
  row.set(column, (row.get(column) ?? 0) + 1);
  table.set(key, row);
}

export function report({ seenBy, missed, ...numbers }: Tally): string {
  const lines = [...seenBy].sort().map(([change, passes]) => {
    const cells = [...passes].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name}: ${n}`);
    return `${change.padEnd(52)} ${cells.join('  ')}`;
  });
  return [JSON.stringify(numbers), ...lines, `seen by no pass: ${JSON.stringify(Object.fromEntries(missed))}`].join(
    '\n',
  );
}
