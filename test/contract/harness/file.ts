import { mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { file } from '../../../src/destinations/file.ts';
import { type Arrived, type Harness, type HarnessKind, testContext } from './harness.ts';

async function make(): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-file-'));
  const path = join(folder, 'out.ndjson');
  const aside = join(folder, 'aside');
  const destination = file.create(file.options.parse({ path }), testContext());
  const setAside = (): Promise<void> => rename(path, aside).catch(() => {});
  return {
    destination,
    secrets: [],
    arrived: async () => {
      const text = await readFile(path, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter(Boolean)
        .map((line): Arrived => {
          const { delivery_id, uuid, action, value } = JSON.parse(line) as Record<string, string>;
          return { deliveryId: delivery_id!, uuid: uuid!, action: action!, value };
        });
    },
    outage: async () => {
      await setAside();
      await symlink('/dev/full', path);
    },
    revoke: async () => {
      await setAside();
      await mkdir(path);
    },
    repair: async () => {
      await rm(path, { recursive: true, force: true });
      await rename(aside, path).catch(() => {});
    },
    close: async () => {
      await destination.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const fileHarnesses: HarnessKind[] = [{ name: 'file', make }];
