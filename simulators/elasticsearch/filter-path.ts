// `filter_path`: which parts of a reply are kept (`a,b.*.c,**.d`), or left out (`-a`).

interface Trie {
  children: Map<string, Trie>;
  end: boolean;
}

/** Parsed once for each request. */
export type Filter = (body: unknown) => unknown;

export function filterOf(text: string | null): Filter {
  if (text === null || text === '') return (body) => body;
  const paths = text.split(',').map((path) => path.trim());
  const keep = trieOf(paths.filter((path) => !path.startsWith('-')));
  const drop = trieOf(paths.filter((path) => path.startsWith('-')).map((path) => path.slice(1)));
  return (body) => {
    const left = drop.children.size > 0 ? without(body, [drop]) : body;
    return keep.children.size > 0 ? (only(left, [keep]) ?? {}) : left;
  };
}

function trieOf(paths: readonly string[]): Trie {
  const root: Trie = { children: new Map(), end: false };
  for (const path of paths) {
    let node = root;
    for (const part of path.split('.')) {
      const next = node.children.get(part) ?? { children: new Map<string, Trie>(), end: false };
      node.children.set(part, next);
      node = next;
    }
    node.end = true;
  }
  return root;
}

/** The nodes that `key` leads to; `**` stays where it is, too. */
function step(nodes: readonly Trie[], key: string): Trie[] {
  const found: Trie[] = [];
  for (const node of nodes) {
    for (const [part, child] of node.children) {
      if (part === '**') found.push({ children: new Map([['**', child]]), end: child.end });
      if (part === '**') found.push(...step([child], key));
      else if (part === key || part === '*' || (part.includes('*') && wild(part).test(key))) found.push(child);
    }
  }
  return found;
}

const wild = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);

/** `undefined`: nothing of it is kept. */
function only(value: unknown, nodes: readonly Trie[]): unknown {
  if (nodes.some((node) => node.end)) return value;
  if (Array.isArray(value)) {
    const kept = value.map((item) => only(item, nodes)).filter((item) => item !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  let some = false;
  const kept: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const next = step(nodes, key);
    const part = next.length > 0 ? only(child, next) : undefined;
    if (part === undefined) continue;
    kept[key] = part;
    some = true;
  }
  return some ? kept : undefined;
}

function without(value: unknown, nodes: readonly Trie[]): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, nodes));
  if (typeof value !== 'object' || value === null) return value;
  const left: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const next = step(nodes, key);
    if (next.some((node) => node.end)) continue;
    left[key] = next.length > 0 ? without(child, next) : child;
  }
  return left;
}
