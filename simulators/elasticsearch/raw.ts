// What errors say of a document's text: the column of a value, and how its value looks in Java.

/** The column, from 1, where the value of `path` begins; looked for key by key, so right unless a value repeats a key. */
export function columnOf(raw: string, path: readonly string[]): number {
  let at = 0;
  for (const key of path) {
    const quoted = JSON.stringify(key);
    let found = raw.indexOf(quoted, at);
    // In a dotted key the first part stands alone.
    if (found < 0) found = raw.indexOf(`${quoted.slice(0, -1)}.`, at);
    if (found < 0) continue;
    at = raw.indexOf('"', found + 1) + 1;
    while (at < raw.length && (raw[at] === ':' || raw[at] === ' ')) at++;
  }
  return at + 1;
}

export function previewOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(previewOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, child]) => `${key}=${previewOf(child)}`)
      .join(', ')}}`;
  }
  return String(value);
}

/** A value of JSON as a text: a string as it is. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
