// `${NAME}` in a text of the config stands for an environment variable.
import type { Path, Problem } from './document.ts';

const REFERENCE = /\$\{([^}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export type Env = Readonly<Record<string, string | undefined>>;

/** A copy with every reference replaced. A variable that is not set is a problem; its value never stands in a message. */
export function resolveReferences(value: unknown, env: Env, path: Path = []): { value: unknown; problems: Problem[] } {
  const problems: Problem[] = [];
  const walk = (given: unknown, at: Path): unknown => {
    if (typeof given === 'string') return replace(given, at);
    if (Array.isArray(given)) return given.map((item, i) => walk(item, [...at, i]));
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, walk(item, [...at, key])]));
  };
  const replace = (text: string, at: Path): string =>
    text.replace(REFERENCE, (_, name: string) => {
      if (!NAME.test(name)) problems.push({ path: at, message: `\${${name}} is no name of an environment variable` });
      else if (!env[name])
        problems.push({
          path: at,
          message: `the environment variable ${name} is not set: set it, or write file:/path/to/it`,
        });
      return env[name] ?? '';
    });
  return { value: walk(value, path), problems };
}
