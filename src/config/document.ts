// A YAML text as plain values, and the line of each place in it.
import { LineCounter, parseDocument } from 'yaml';
import { isNode, type Document } from 'yaml';

export type Path = readonly (string | number)[];

export interface Problem {
  path: Path;
  message: string;
  /** When the path alone does not tell. */
  line?: number;
}

export interface SourceText {
  /** What messages call it: the file's name, or `environment`. */
  name: string;
  value: unknown;
  /** 1-based; undefined when the place is not in a file. */
  lineOf(path: Path): number | undefined;
}

/** Problems when the text is no YAML, or has a key twice. */
export function readYaml(name: string, text: string): { source: SourceText; problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const problems = document.errors.map(({ message, pos, code }) => ({
    path: [],
    line: lines.linePos(pos[0]).line,
    twice: code === 'DUPLICATE_KEY',
    message: code === 'DUPLICATE_KEY' ? 'this name stands twice: each key may stand only once' : message,
  }));
  const first = problems.find(({ twice }) => !twice);
  // What follows a mistake in the syntax are its echoes.
  if (first) return { source: unreadable(name), problems: [{ ...first, message: syntaxMessage(first, text) }] };
  const value: unknown = problems.length > 0 ? null : document.toJS();
  return { source: { name, value, lineOf: (path) => lineOf(document, lines, path) }, problems };
}

const unreadable = (name: string): SourceText => ({ name, value: null, lineOf: () => undefined });

function syntaxMessage({ message, line }: { message: string; line: number }, text: string): string {
  const bare = /\{[^}]*:\s*\$\{/.test(text.split('\n')[line - 1] ?? '');
  return bare ? 'inside { … } a reference needs quotes: "${NAME}"' : `this is no YAML: ${message}`;
}

/** The line of the key itself; for what is missing, the line of the nearest parent that is there. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const line = keyLine(parent, path[length - 1]!, lines);
    if (line !== undefined) return line;
  }
  return undefined;
}

function keyLine(parent: unknown, key: string | number, lines: LineCounter): number | undefined {
  if (!isNode(parent) || !('items' in parent)) return undefined;
  const items = parent.items as unknown[];
  const found =
    typeof key === 'number'
      ? items[key]
      : items
          .map((item) => (item as { key?: unknown }).key)
          .find((item) => String((item as { value?: unknown } | undefined)?.value) === key);
  const range = isNode(found) ? found.range : undefined;
  return range ? lines.linePos(range[0]).line : undefined;
}
