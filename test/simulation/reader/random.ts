// Small seeded dice: the same seed rolls the same history.
export type Random = { int(below: number): number; chance(p: number): boolean; pick<T>(list: readonly T[]): T };
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return { int, chance: (p) => next() < p, pick: (list) => list[int(list.length)]! };
}
