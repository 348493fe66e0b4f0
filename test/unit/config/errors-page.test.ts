// docs/errors.md names exactly the codes that the code has, each with its kind.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const files = ['src', 'activities', 'workflows'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);

/** Words that look like codes and are none of ours. */
const VARIABLES = /env\[?\.?'?[A-Z_]+|named\('[A-Z_]+'|'NO_PROXY'/g;
const OTHERS = /^(UND_ERR_|ERR_|EAI_|HPE_|DUPLICATE_KEY$|TEMPORAL_CLI_PATH$)/;
const CODE = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;

function codesOf(path: string): string[] {
  if (path === 'src/config/from-env.ts') return []; // names of variables only
  const text = read(path)
    .replace(/HTTPS?_PROXY' : 'HTTPS?_PROXY'/, '')
    .replace(VARIABLES, '');
  return [...text.matchAll(CODE)].map(([, code]) => code!).filter((code) => !OTHERS.test(code));
}

const inSource = new Set(files.flatMap(codesOf));
const page = read('docs/errors.md');
const rows = [...page.matchAll(/^\| `([A-Z0-9_]+)` \| (\w+) \| (.+) \| (.+) \|$/gm)];
const onPage = rows.map(([, code]) => code!);

/** Where a code and its class stand together. */
const kinds = new Map(
  files.flatMap((path) =>
    [...read(path).matchAll(/new (Retryable|Permanent|Record)Error\(\s*'([A-Z0-9_]+)'/g)].map(
      ([, kind, code]): [string, string] => [code!, kind!.toLowerCase()],
    ),
  ),
);

describe('docs/errors.md', () => {
  it('reads the code: these stand in very different places', () => {
    expect([...inSource]).toEqual(
      expect.arrayContaining([
        'HTTP_DNS',
        'MISP_HIDES_ROWS',
        'HEC_RATE_LIMITED',
        'INDEX_NOT_ALLOWED',
        'STORE_CORRUPT',
        'FILE_DISK_FULL',
        'ROW_UNREADABLE',
        'FEED_UNKNOWN',
        'NOT_CONFIRMED',
      ]),
    );
    expect(kinds.size).toBeGreaterThan(30);
  });

  it('has every code of the code', () => {
    expect([...inSource].filter((code) => !onPage.includes(code)).sort()).toEqual([]);
  });

  it('has no code that the code does not have', () => {
    expect(onPage.filter((code) => !inSource.has(code))).toEqual([]);
  });

  it('has each code once', () => {
    expect(onPage).toEqual([...new Set(onPage)]);
  });

  it.each(rows.map(([, code, kind]) => ({ code: code!, kind: kind! })))('$code is $kind', ({ code, kind }) => {
    expect(['retryable', 'permanent', 'record']).toContain(kind);
    if (kinds.has(code)) expect(kind).toBe(kinds.get(code));
  });
});

it('every page that a document links to is there', () => {
  for (const from of [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/errors.md',
    'docs/runbook.md',
    'docs/guarantees.md',
  ]) {
    for (const [, target] of read(from).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const path = new URL(target!, new URL(from, root));
      expect(() => readdirSync(new URL('.', path)), `${from} → ${target}`).not.toThrow();
      const name = decodeURIComponent(path.pathname.split('/').at(-1)!);
      if (name !== '') expect(readdirSync(new URL('.', path)), `${from} → ${target}`).toContain(name);
    }
  }
});
