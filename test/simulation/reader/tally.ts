// What a run of histories counts.
export type Tally = {
  histories: number; polls: number; requests: number; rows: number; changes: number; interruptions: number; outages: number; lostAnswers: number;
  failed: number; unreadable: number; doubtful: number; worst: number; worstClean: number; requestsMax: number;
  seenBy: Map<string, Map<string, number>>; missed: Map<string, number>;
};
export const newTally = (): Tally => ({
  histories: 0, polls: 0, requests: 0, rows: 0, changes: 0, interruptions: 0, outages: 0, lostAnswers: 0,
  failed: 0, unreadable: 0, doubtful: 0, worst: 0, worstClean: 0, requestsMax: 0, seenBy: new Map(), missed: new Map(),
});


export const count = (table: Map<string, Map<string, number>>, key: string, column: string): void => {
  const row = table.get(key) ?? new Map<string, number>();
  row.set(column, (row.get(column) ?? 0) + 1);
  table.set(key, row);
};
