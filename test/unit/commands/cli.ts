// The command line as people run it: a process, in a folder of its own, with nothing of this machine's environment but the PATH.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'misp-relay-cli-'));
  folders.push(folder);
  return folder;
}

/** The vitest that runs this may be started with a Node that is too old for TypeScript: then the pinned one is used. */
async function node(): Promise<string> {
  const { chooseNode } = (await import(new URL('../../../bin/bootstrap/node.mjs', import.meta.url).href)) as {
    chooseNode: (root: string) => string;
  };
  return chooseNode(root);
}

export async function misprelay(
  args: readonly string[],
  { cwd = emptyFolder(), env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = spawn(await node(), ['--disable-warning=ExperimentalWarning', join(root, 'src/cli.ts'), ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: cwd,
      NODE_COMPILE_CACHE: join(tmpdir(), 'misp-relay-compiled'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = async (stream: NodeJS.ReadableStream): Promise<string> => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** A folder with a relay.yaml of two feeds, in which nothing runs. */
export function configured(): string {
  const folder = emptyFolder();
  writeFileSync(
    join(folder, 'relay.yaml'),
    `version: 1
sources:
  main: { url: 'http://127.0.0.1:1', apiKey: misp-key-of-the-test }
destinations:
  out: { type: file, path: ./out.ndjson }
feeds:
  first: { source: main, destination: out }
  second: { source: main, destination: out }
`,
  );
  return folder;
}
