// Numbers from runs.

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: rounded(medianOf(sorted)), min: rounded(sorted[0]!), max: rounded(sorted.at(-1)!) };
}

/** Of the medians, with the ends of the ratios of single rounds. */
export function ratioOf(above: readonly number[], below: readonly number[]): Spread {
  const { min, max } = spreadOf(above.map((value, round) => value / below[round]!));
  return { median: rounded(medianOf(above) / medianOf(below)), min, max };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/** Three digits that count, and never less than whole numbers above them. */
export const rounded = (value: number): number => (value >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
