// The Traffic Light Protocol, 1.0 and 2.0, as tags carry it.

export const TLP_LEVELS = ['clear', 'white', 'green', 'amber', 'amber+strict', 'red'] as const;
export type TlpLevel = (typeof TLP_LEVELS)[number];

const RANK: Record<TlpLevel, number> = { clear: 0, white: 0, green: 1, amber: 2, 'amber+strict': 3, red: 4 };
const isLevel = (name: string): name is TlpLevel => Object.hasOwn(RANK, name);

export const tlpRank = (level: TlpLevel): number => RANK[level];

/** The level that a tag names, in lower case and as it is written, also one that nobody knows; null: no TLP tag. */
export const tlpName = (tag: string): string | null =>
  /^tlp:(.+)$/s.exec(tag.toLowerCase().replace(/\s/g, ''))?.[1] ?? null;

/** The strictest level among tag names, in any case; null without one. A TLP tag that nobody knows counts as red. */
export function strictestTlp(names: Iterable<string>): number | null {
  let strictest: number | null = null;
  for (const name of names) {
    const found = /^tlp:(.*)$/s.exec(name.toLowerCase().replace(/\s/g, ''));
    if (!found) continue;
    const level = found[1]!;
    strictest = Math.max(strictest ?? 0, isLevel(level) ? RANK[level] : RANK.red);
  }
  return strictest;
}
