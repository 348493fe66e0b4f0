// `npm ci`, whatever the person's environment says about production or omitted kinds, with a sentence for what usually goes wrong.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Sentence } from './say.mjs';

const flags = [
  'ci',
  '--include=dev',
  '--include=optional',
  '--include=peer',
  '--package-lock=true',
  '--dry-run=false',
  '--global=false',
  '--json=false',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];

/** Installs exactly the lockfile. npm's own output goes to stderr. `own` is told the id of the npm process. */
export async function npmCi(root, own) {
  const { command, before } = findNpm();
  const windowsShim = command.endsWith('.cmd');
  const child = spawn(command, [...before, ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windowsShim,
  });
  // npm dies with us when we are asked to stop; when we are killed, the next start ends it (install-lock.mjs).
  let interrupted = false;
  const forward = (signal) => {
    interrupted = true;
    child.kill(signal);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, forward);
  let errors = '';
  child.stdout.pipe(process.stderr, { end: false });
  // Kept back: npm says much where one sentence is enough, and says it at its end in any case.
  child.stderr.on('data', (chunk) => (errors = (errors + String(chunk)).slice(-100_000)));
  const end = await new Promise((resolve) => {
    child.once('spawn', () => own(child.pid));
    child.once('error', (error) => resolve({ error }));
    child.once('close', (code) => resolve({ code }));
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
  if (interrupted) throw new Sentence('the installation was interrupted; the next start repairs it.');
  if (end.error !== undefined)
    throw new Sentence(`npm could not be started (${end.error.message}): install Node with npm.`);
  if (end.code === 0) return;
  const sentence = explain(errors);
  if (sentence !== null) throw new Sentence(sentence);
  process.stderr.write(errors);
  throw new Sentence(`npm ci failed (exit ${end.code}); its reason stands above.`);
}

/** The npm that runs us, else the one beside this Node, else the one on the PATH. */
function findNpm() {
  const running = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  if (running !== undefined && /np[mx]-cli\.c?js$/.test(running) && existsSync(running)) {
    return { command: node, before: [running.replace(/npx-cli/, 'npm-cli')] };
  }
  const folder = path.dirname(process.execPath);
  for (const place of ['../lib/node_modules/npm/bin/npm-cli.js', 'node_modules/npm/bin/npm-cli.js']) {
    const file = path.join(folder, place);
    if (existsSync(file)) return { command: process.execPath, before: [file] };
  }
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', before: [] };
}

const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|ENOTCACHED)\b/;

/** One sentence for what usually goes wrong, by npm's error code; null for anything else. */
export function explain(errors) {
  const cause = unreachable.exec(errors)?.[1];
  if (cause !== undefined) {
    return `npm could not reach its package registry (${cause}): check the network or npm's proxy and registry settings, then run the same command again.`;
  }
  if (/\b(ENOSPC)\b/.test(errors)) return 'the disk is full: free about 1 GB, then run the same command again.';
  if (/\b(EACCES|EPERM|EROFS)\b/.test(errors)) return 'npm may not write to node_modules: check who owns this folder.';
  if (/\b(CERT|UNABLE_TO_|SELF_SIGNED)/.test(errors)) {
    return "the registry's certificate is not trusted: set NODE_EXTRA_CA_CERTS or npm's cafile to your proxy's CA, then run the same command again.";
  }
  return null;
}
