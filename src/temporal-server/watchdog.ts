// Stands between the relay and its server: `node watchdog.ts <log file> <program> <arguments>`. It lives in a session of its own, so that
// Ctrl-C in the terminal does not reach the server before the relay has finished, and it holds the other end of a pipe of the relay's:
// the pipe closes when the relay ends, however it ends, and then the server ends too.

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

/** Together with the closing of the pipe well below the five seconds that are promised. SQLite's file survives a kill at any moment. */
const patienceMs = 2_500;

const [logFile, program, ...args] = process.argv.slice(2) as [string, string, ...string[]];
const log = openSync(logFile, 'a');
const server = spawn(program, args, { stdio: ['ignore', log, log], windowsHide: true });

server.once('error', (error) => {
  process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
  process.exitCode = 1;
});
server.once('spawn', () => process.stdout.write(`${JSON.stringify({ pid: server.pid })}\n`));
server.once('exit', (code, signal) => {
  process.exitCode = code ?? 1;
  process.stdout.write(`${JSON.stringify({ ended: signal ?? `exit code ${code}` })}\n`, () => process.exit());
});

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), patienceMs);
};
process.stdin.once('end', stop).once('close', stop).once('error', stop).resume();
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, stop);
// Nobody reads any more when the relay is gone.
process.stdout.on('error', () => undefined);
