// The objects of a request body, one after the other, as splunkd's streaming parser finds them (splunk-hec 3.3).

/** One object of the body with its size in characters; `undefined` as value: what stands here is not JSON, and the rest is not read. */
export interface Parsed {
  value: unknown;
  size: number;
}

const blank = /[^\s]/g;

/** Objects may be concatenated with or without white space, or be the elements of a top-level array. */
export function* objectsOf(text: string): Generator<Parsed> {
  let position = next(text, 0);
  const inArray = text[position] === '[';
  if (inArray) position = next(text, position + 1);
  while (position < text.length) {
    if (inArray && text[position] === ']') return;
    const end = text.indexOf('\n', position);
    const line = inArray ? undefined : tryParse(text.slice(position, end < 0 ? text.length : end));
    if (line !== undefined) {
      yield { value: line, size: (end < 0 ? text.length : end) - position };
      position = next(text, end < 0 ? text.length : end + 1);
      continue;
    }
    const stop = endOfValue(text, position);
    const value = stop < 0 ? undefined : tryParse(text.slice(position, stop));
    yield { value, size: stop - position };
    if (value === undefined) return;
    position = next(text, stop);
    if (inArray && text[position] === ',') position = next(text, position + 1);
  }
}

function next(text: string, from: number): number {
  blank.lastIndex = from;
  return blank.exec(text)?.index ?? text.length;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Where the object or scalar that begins at `start` ends; -1 when it never does. */
function endOfValue(text: string, start: number): number {
  if (text[start] !== '{' && text[start] !== '[') {
    const scalar = /^("(\\.|[^"\\])*"|[^\s{}[\],]+)/.exec(text.slice(start));
    return scalar ? start + scalar[0].length : -1;
  }
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) {
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (char === 0x7b || char === 0x5b) depth++;
    else if ((char === 0x7d || char === 0x5d) && --depth === 0) return i + 1;
  }
  return -1;
}
