// The simulators of the demo, in processes of their own. They end with us: each watches its stdin.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Simulator {
  url: string;
  pid: number;
  /** The control API: what it holds, and what it shall change. */
  ask<T>(path: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Throws when it ends before it is ready. */
export async function startSimulator(
  name: 'misp' | 'hec' | 'elasticsearch',
  args: readonly string[],
): Promise<Simulator> {
  const child = spawn(process.execPath, [here(`../../simulators/${name}/main.ts`), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // Ctrl-C in the terminal must not end it before the relay has finished
  });
  const { url } = await ready(name, child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    url,
    pid: child.pid!,
    async ask<T>(path: string, body?: unknown): Promise<T> {
      const response = await fetch(
        `${url}/_control/${path}`,
        body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
      );
      if (!response.ok) throw new Error(`${name}: ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
    async stop() {
      child.stdin?.end();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function ready(name: string, child: ChildProcess): Promise<{ url: string }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the simulated ${name} ended at once (exit code ${code})`)));
    child.once('error', reject);
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as { url: string }));
  });
}
