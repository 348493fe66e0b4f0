// Install, choose the Node, run. Plain Node 20 without dependencies: nothing is installed yet when this runs.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { launch } from './launch.mjs';
import { chooseNode } from './node.mjs';
import { say, Sentence } from './say.mjs';

const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Runs `target` (a file of the project, or the name of an installed tool) and ends this process as the target ended. */
export async function main([target, ...args], root = projectRoot) {
  try {
    if (target === undefined) throw new Sentence('Usage: node bin/run.mjs <file or tool> [arguments]');
    await ensureInstalled(root);
    const node = chooseNode(root);
    await launch({ node, file: resolveTarget(root, target), args, root });
  } catch (error) {
    if (!(error instanceof Sentence)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

/** `src/cli.ts` is a file of the project; `vitest` is the package of that name, by its own `bin`, so that no shim is needed. */
function resolveTarget(root, target) {
  if (/[./\\]/.test(target)) {
    const file = path.resolve(root, target);
    if (!existsSync(file)) throw new Sentence(`There is no ${target} in this version of misp-relay.`);
    return file;
  }
  const name = target === 'tsc' ? 'typescript' : target;
  const folder = path.join(root, 'node_modules', name);
  if (!existsSync(path.join(folder, 'package.json'))) throw new Sentence(`There is no tool named ${target} here.`);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[target]);
}
