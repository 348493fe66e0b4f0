// One installer at a time, for a folder. A lock folder in `data/` (kept out of git) with the owner's ids: an owner that was killed is
// seen at once by its id, one on another machine or in another container by a heartbeat that has stopped.

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';

const beatMillis = 2_000;
const silentMillis = 20_000;

/** Runs `work` while the lock is held. `work` gets `own`, by which it tells the id of the npm process that it started. */
export async function withInstallLock(root, work) {
  const lock = path.join(root, 'data', 'install.lock');
  const owner = { token: randomUUID(), host: hostname(), pid: process.pid, npm: null };
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let told = false; !take(lock, owner);) {
    if (clearIfDead(lock)) continue;
    if (!told) say('another start is installing the dependencies; waiting for it …');
    told = true;
    await sleep(200);
  }
  const beat = setInterval(() => touch(lock), beatMillis);
  try {
    await work((npm) => writeOwner(lock, Object.assign(owner, { npm })));
  } finally {
    clearInterval(beat);
    if (readOwner(lock)?.token === owner.token) rmSync(lock, { recursive: true, force: true });
  }
}

function take(lock, owner) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
  writeOwner(lock, owner);
  return true;
}

/** Sets a dead owner's lock aside by a rename, which only one of several waiters can do, and ends the npm that it left behind. */
function clearIfDead(lock) {
  const owner = readOwner(lock);
  if (!isDead(lock, owner)) return false;
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
  } catch {
    return false;
  }
  if (readOwner(aside)?.token !== owner?.token) {
    // Another waiter was quicker and holds the lock already: it goes back.
    renameSync(aside, lock);
    return false;
  }
  rmSync(aside, { recursive: true, force: true });
  if (owner?.host === hostname() && owner.npm !== null && commandOf(owner.npm).includes('npm')) kill(owner.npm);
  return true;
}

function isDead(lock, owner) {
  if (owner !== null && owner.host === hostname()) return !isAlive(owner.pid);
  try {
    return Date.now() - statSync(lock).mtimeMs > silentMillis;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The command line behind an id, so that a reused id is left alone; empty where it cannot be told. */
function commandOf(pid) {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}

const ownerFile = (lock) => path.join(lock, 'owner.json');
const writeOwner = (lock, owner) => writeFileSync(ownerFile(lock), JSON.stringify(owner));

function readOwner(lock) {
  try {
    return JSON.parse(readFileSync(ownerFile(lock), 'utf8'));
  } catch {
    return null;
  }
}

function touch(lock) {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // The next beat tries again.
  }
}
