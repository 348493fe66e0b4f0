// What a monitor is handed.
import type { Client } from '@temporalio/client';
import type { RelayConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Runtime } from '../runtime.ts';
import type { RunningWorker } from '../worker.ts';

export interface MonitorParts {
  config: RelayConfig;
  runtime: Runtime;
  client: Client;
  worker: RunningWorker;
  log: Logger;
  /** Between two looks at the feeds. */
  lookMs?: number;
}
