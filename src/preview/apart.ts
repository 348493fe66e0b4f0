// Where two lines of JSON differ. Pure.

/** Paths such as `event.seq`, in the order of the first line. A line that is not JSON differs as a whole. */
export function pathsApart(one: string, other: string): string[] {
  if (one === other) return [];
  try {
    return apart(JSON.parse(one), JSON.parse(other), '');
  } catch {
    return [WHOLE];
  }
}

const WHOLE = '(the whole line)';

function apart(one: unknown, other: unknown, path: string): string[] {
  if (!isObject(one) || !isObject(other)) return Object.is(one, other) ? [] : [path || WHOLE];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => apart(one[key], other[key], path ? `${path}.${key}` : key));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
