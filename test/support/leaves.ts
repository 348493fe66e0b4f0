/** Dotted names of the leaves of a document, with their values; the elements of a list count as one. */
export function* leavesOf(
  value: unknown,
  isLeaf: (name: string) => boolean,
  name = '',
): Iterable<[name: string, value: unknown]> {
  if (Array.isArray(value) && !isLeaf(name)) {
    for (const each of value) yield* leavesOf(each, isLeaf, name);
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isLeaf(name)) {
    for (const [key, each] of Object.entries(value))
      yield* leavesOf(each, isLeaf, name === '' ? key : `${name}.${key}`);
  } else yield [name, value];
}
