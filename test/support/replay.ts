// Replays histories with the present workflows.
import { DefaultLogger, Runtime, Worker, type TelemetryOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { dataConverter } from '../../src/temporal.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';

export const SILENT = new DefaultLogger('ERROR', () => {});
const QUIET: TelemetryOptions = { logging: { filter: { core: 'ERROR', other: 'ERROR' } } };

export type Replay = (workflow: string, history: unknown, bundle?: WorkflowBundleOption) => Promise<void>;

/** Once in a process. Answers a function that throws DeterminismViolationError when a run with this history could not go on. */
export async function prepareReplay(): Promise<Replay> {
  Runtime.install({ logger: SILENT, telemetryOptions: QUIET });
  const present: WorkflowBundleOption = { codePath: await workflowBundle() };
  return (workflow, history, bundle = present) =>
    Worker.runReplayHistory({ workflowBundle: bundle, dataConverter }, history, workflow);
}
