// A copy of the project in a temporary folder: faults are planted there, never in the working tree.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plant } from './plants.ts';

/** The file with the fault in it. Throws when the right lines are not there exactly once: then the plant no longer fits. */
export function withFault(content: string, { name, file, right, wrong }: Plant): string {
  const found = content.split(right).length - 1;
  if (found !== 1) {
    const times = found === 0 ? 'is not there any more' : `is there ${found} times`;
    throw new Error(`${name}: look at ${file}, what is to be replaced ${times}: ${right}`);
  }
  return content.replace(right, () => wrong);
}

export class Copy {
  readonly folder: string;

  /** All that git knows of or would take: what is ignored is not needed to run the tests, but for the packages. */
  constructor(root: string) {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    this.folder = mkdtempSync(join(tmpdir(), 'misp-relay-mutations-'));
    try {
      for (const file of listed.split('\0')) {
        // Git still lists what was deleted and not committed, and a link to the packages of another checkout.
        if (file === '' || file === 'node_modules' || !existsSync(join(root, file))) continue;
        cpSync(join(root, file), join(this.folder, file));
      }
      symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  async with<T>(plant: Plant, work: () => Promise<T>): Promise<T> {
    const path = join(this.folder, plant.file);
    const content = readFileSync(path, 'utf8');
    writeFileSync(path, withFault(content, plant));
    try {
      return await work();
    } finally {
      writeFileSync(path, content);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
