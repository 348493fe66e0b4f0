// Finds, fetches or builds the Temporal server before anything needs it, and prints where it is.

import process from 'node:process';
import { findTemporal } from '../src/temporal-server/find.ts';
import { fromEnvironment } from '../src/temporal-server/options.ts';
import { showProgress } from '../src/temporal-server/progress.ts';

const progress = showProgress(process.stderr);
try {
  const { path, version, how } = await findTemporal({ ...fromEnvironment(process.env), onProgress: progress.report });
  progress.end();
  console.log(`Temporal ${version}: ${path} (${how})`);
} catch (error) {
  progress.end();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
