// Runs the target: inside this process when it can, so that there is nothing between the person and the program; otherwise as a child
// that gets our stdio, every signal once, and whose end becomes ours.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const prepare = new URL('./prepare.mjs', import.meta.url);

/** Resolves when the target was loaded (inside) or has ended (child). `file` lies in the project; the working folder stays the person's. */
export async function launch({ node, file, args, root }) {
  const ours = !path.relative(root, file).startsWith('node_modules');
  if (node === process.execPath && ours) {
    process.argv = [process.execPath, file, ...args];
    await import(prepare.href);
    await import(pathToFileURL(file).href);
    return;
  }
  await runChild(node, ['--import', prepare.href, file, ...args]);
}

/** Signals are passed on. In a terminal the whole group gets them already; `prepare.mjs` in the child drops the second of a pair. */
function runChild(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: 'inherit',
      env: { ...process.env, MISP_RELAY_PARENT: String(process.pid) },
    });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
    const forward = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
      // End by the same signal, so that a shell in a loop stops on Ctrl-C and a supervisor sees what happened.
      if (signal !== null) process.kill(process.pid, signal);
      resolve();
    });
  });
}

export const preparePath = fileURLToPath(prepare);
