// The workflow code as one file, made once and kept by content: a worker starts with it in a second instead of four.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { payloadConverterPath } from './temporal.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SOURCES = ['../workflows', './core'];
const CACHE = here('../node_modules/.cache/misp-relay');
const TIME_SCALE_FILE = here('../workflows/time-scale.ts');

export interface BundleOptions {
  /** For tests: all times of workflows/options.ts, multiplied. */
  timeScale?: number;
}

/** The path of the bundle. Throws when the workflows import what a workflow may not. */
export async function workflowBundle({ timeScale = 1 }: BundleOptions = {}): Promise<string> {
  const path = `${CACHE}/workflows-${contentHash(timeScale)}.js`;
  try {
    readFileSync(path);
    return path;
  } catch {
    // made now
  }
  mkdirSync(CACHE, { recursive: true });
  const scaleFile = `${CACHE}/time-scale-${timeScale}.ts`;
  if (timeScale !== 1) writeFileSync(scaleFile, `export const TIME_SCALE = ${timeScale};\n`);
  const { code } = await bundleWorkflowCode({
    workflowsPath: here('../workflows/index.ts'),
    payloadConverterPath,
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) =>
      timeScale === 1
        ? config
        : {
            ...config,
            resolve: { ...config.resolve, alias: { ...config.resolve?.alias, [TIME_SCALE_FILE]: scaleFile } },
          },
  });
  const half = `${path}.${process.pid}`;
  writeFileSync(half, code);
  renameSync(half, path);
  if (timeScale !== 1) rmSync(scaleFile, { force: true });
  return path;
}

function contentHash(timeScale: number): string {
  const hash = createHash('sha256').update(String(timeScale));
  hash.update(readFileSync(here('../package-lock.json')));
  for (const folder of SOURCES) {
    const names = readdirSync(here(folder)).filter((name) => name.endsWith('.ts'));
    for (const name of names.sort()) hash.update(name).update(readFileSync(here(`${folder}/${name}`)));
  }
  return hash.digest('hex').slice(0, 16);
}
