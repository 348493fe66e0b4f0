// What has happened in all the seeds of a run, and what must have happened for them to prove anything.

export type Tally = Map<string, number>;

export const count = (tally: Tally, what: string, n = 1): void => {
  tally.set(what, (tally.get(what) ?? 0) + n);
};

export const addTo = (total: Tally, more: Tally): void => {
  for (const [what, n] of more) count(total, what, n);
};

/** One line for each group (`crash: …`, `MISP: …`), the most frequent first. */
export function report(tally: Tally): string {
  const groups = new Map<string, [string, number][]>();
  for (const [what, n] of tally) {
    const [group, name = ''] = what.split(/: (.*)/s) as [string, string?];
    groups.set(group, [...(groups.get(group) ?? []), [name, n]]);
  }
  return [...groups]
    .map(([group, names]) => {
      const sorted = names.sort(([, a], [, b]) => b - a).map(([name, n]) => (name ? `${name} ${n}` : String(n)));
      return `${group}: ${sorted.join(', ')}`;
    })
    .sort()
    .join('\n');
}
