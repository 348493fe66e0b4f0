// Runs one part in a process of its own, and reads what it found.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PART = fileURLToPath(new URL('./part.ts', import.meta.url));

export type PartName = 'relay' | 'bare' | 'reading';

/** `profile`: a folder for its CPU profile. */
export async function runPart<T>(
  name: PartName,
  config: string,
  { marks = [], profile }: { marks?: readonly number[]; profile?: string | undefined } = {},
): Promise<T> {
  const node = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  // The environment could name another Temporal server.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => key !== 'TEMPORAL_ADDRESS'));
  const child = spawn(process.execPath, [...node, PART, name, config, JSON.stringify(marks)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
  const [answer, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`the part ${name} failed (exit code ${code})`);
  return JSON.parse(answer) as T;
}
