// The locked dependencies: installed when they are missing, stale or half there. The proof of a whole installation is a stamp that is
// written after npm succeeded and taken away before npm starts, so that a cut at any moment is seen by the next start.

import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { isOld, pinnedNode } from './node.mjs';
import { npmCi } from './npm.mjs';
import { say, Sentence } from './say.mjs';

const stampName = '.misp-relay-installed';
const modules = (root) => path.join(root, 'node_modules');
const npmsRecord = (root) => path.join(modules(root), '.package-lock.json');
const stampFile = (root) => path.join(modules(root), stampName);

/** After this the locked dependencies are there. Two starts at once install once: the second waits for the first. */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  await withInstallLock(root, async (own) => {
    if (isInstalled(root)) return;
    if (isNpmsOwnWork(root)) return writeStamp(root);
    for (const proof of [stampFile(root), npmsRecord(root)]) rmSync(proof, { force: true });
    // Links of a half-removed installation would be found on npm's PATH, `node` among them.
    rmSync(path.join(modules(root), '.bin'), { recursive: true, force: true });
    const since = Date.now();
    say('installing the locked dependencies (once; about a minute) …');
    await npmCi(root, own);
    const node = pinnedNode(root);
    if (isOld() && node !== null && wantsPinnedNode(root) && !existsSync(node)) {
      throw new Sentence('npm did not fetch the pinned Node 24 (an optional dependency); run the same command again.');
    }
    writeStamp(root);
    say(`dependencies installed in ${Math.round((Date.now() - since) / 1000)} s.`);
  });
}

/** The stamp names the lockfile and the kind of machine: a folder shared between two kinds is installed anew for each. */
const wantedStamp = (root) => {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
};

export function isInstalled(root) {
  try {
    return readFileSync(stampFile(root), 'utf8') === wantedStamp(root);
  } catch {
    return false;
  }
}

function writeStamp(root) {
  mkdirSync(modules(root), { recursive: true });
  writeFileSync(`${stampFile(root)}.new`, wantedStamp(root));
  renameSync(`${stampFile(root)}.new`, stampFile(root));
}

/**
 * A person who ran `npm install` or `npm ci` has no stamp, or an old one. npm's own record of what it installed is taken for one when it
 * holds every locked package, development ones too, each is there, and it is not older than any package: the test by which npm itself trusts it.
 */
function isNpmsOwnWork(root) {
  const record = npmsRecord(root);
  try {
    const { packages: installed } = JSON.parse(readFileSync(record, 'utf8'));
    const { packages: locked } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
    const node = pinnedNode(root);
    if (isOld() && node !== null && wantsPinnedNode(root) && !existsSync(node)) return false;
    for (const [place, want] of Object.entries(locked)) {
      if (place === '') continue;
      const have = installed[place];
      if (have === undefined && want.optional) continue;
      if (have === undefined || have.version !== want.version || have.integrity !== want.integrity) return false;
      if (!existsSync(path.join(root, place, 'package.json'))) return false;
    }
    const { mtimeMs } = lstatSync(record);
    return packageFolders(modules(root)).every((folder) => lstatSync(folder).mtimeMs <= mtimeMs);
  } catch {
    return false;
  }
}

function packageFolders(folder) {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? packageFolders(path.join(folder, name)) : [path.join(folder, name)]));
}

const wantsPinnedNode = (root) => {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return Object.keys(optionalDependencies).some((name) => name.startsWith('node-'));
};
