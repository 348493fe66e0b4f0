// Names of indices, and patterns of them.
import { Refused } from './errors.ts';

const patterns = new Map<string, RegExp>();

/** `*` stands for any text. */
export function matches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  let regex = patterns.get(pattern);
  if (regex === undefined) {
    regex = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's');
    patterns.set(pattern, regex);
  }
  return regex.test(name);
}

/** Throws 400 `invalid_index_name_exception`. */
export function checkName(name: string): void {
  const wrong =
    name !== name.toLowerCase()
      ? 'must be lowercase'
      : /^[-_+]/.test(name)
        ? "must not start with '_', '-', or '+'"
        : /[\\/*?"<>| ,#:]/.test(name)
          ? `must not contain the following characters [' ','"','*',',','/','<','>','?','\\','|']`
          : Buffer.byteLength(name) > 255
            ? `index name is too long, (${Buffer.byteLength(name)} > 255)`
            : undefined;
  if (wrong === undefined) return;
  throw new Refused(400, 'invalid_index_name_exception', `Invalid index name [${name}], ${wrong}`, {
    index_uuid: '_na_',
    index: name,
  });
}
